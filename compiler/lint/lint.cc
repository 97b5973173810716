#include "compiler/lint/lint.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/lint/rules.h"

namespace sekisho {
namespace {

constexpr LintRule kRules[] = {
    {"boolean-comparison", "A condition is compared with `true` or `false`."},
    {"confusable-id", "Two ids differ in what a reader overlooks."},
    {"constant-condition",
     "A condition, or a part of it, is always true or never."},
    {"double-negation", "Two negations stand one behind the other."},
    {"duplicate-policy", "Two policies say the same."},
    {"empty-set", "`containsAll` or `containsAny` is asked about no element."},
    {"equality-chain",
     "One value is compared with three or more literals, joined by `||`."},
    {"forbid-everything", "A forbid has neither a condition nor a head."},
    {"like-without-wildcard", "The pattern of a `like` has no wildcard."},
    {"missing-id", "A policy has no `@id`."},
    {"mixed-clauses", "A `when` stands behind an `unless`."},
    {"negated-unless", "An `unless` holds a negation."},
    {"never-applies", "A policy applies to no request."},
    {"redundant-has", "A `has` tests for what is always there."},
    {"repeated-operand",
     "An operand of `&&` or `||`, or an element of a set, is there twice."},
    {"role-from-context", "The context is asked what the principal is."},
    {"self-comparison", "A value is compared with itself."},
    {"shadowed-policy", "A policy only says what a wider one says too."},
    {"single-element-set",
     "`containsAll` or `containsAny` is asked about one element."},
    {"unconditional-permit",
     "A permit has no condition, and its head names no principal."},
    {"unknown-rule", "A comment allows a rule that there is not."},
    {"unpermitted-action", "No permit applies to an action."},
    {"unreachable-branch", "A branch of an `if` is never taken."},
    {"unused-attribute", "No policy reads an attribute of the schema."},
    {"unused-phrase", "No cell of the matrix says a phrase of the vocabulary."},
    {"unused-type", "Nothing is of a type of the schema."},
    {"unused-word", "No policy names an entity of an enumerated type."},
};

}  // namespace

absl::Span<const LintRule> LintRules() { return kRules; }

const LintRule* FindLintRule(absl::string_view name) {
  const auto it =
      std::find_if(std::begin(kRules), std::end(kRules),
                   [name](const LintRule& rule) { return rule.name == name; });
  return it == std::end(kRules) ? nullptr : it;
}

void LintPolicy(const SourceSet& sources, const Policy& policy,
                const std::vector<TypedPolicy>& typed,
                std::vector<LintFinding>* findings) {
  const size_t before = findings->size();
  lint::Report report(sources, findings);
  lint::LintShape(policy, &report);
  lint::LintConstants(policy, typed, &report);
  for (const Clause& clause : policy.clauses) {
    lint::LintExpression(*clause.body, &report);
  }
  for (size_t i = before; i < findings->size(); ++i) {
    (*findings)[i].owner = policy.span;
  }
}

std::string ApplyFixes(const SourceSet& sources, SourceId source,
                       absl::Span<const LintFinding> findings) {
  std::vector<const LintFinding*> fixable;
  for (const LintFinding& finding : findings) {
    if (!finding.fix.empty() && finding.fix.front().span.source == source) {
      fixable.push_back(&finding);
    }
  }
  std::stable_sort(fixable.begin(), fixable.end(),
                   [](const LintFinding* a, const LintFinding* b) {
                     return a->fix.front().span.begin <
                            b->fix.front().span.begin;
                   });
  const absl::string_view text = sources.text(source);
  std::string out;
  size_t done = 0;
  for (const LintFinding* finding : fixable) {
    if (finding->fix.front().span.begin < done) continue;
    for (const SourceEdit& edit : finding->fix) {
      absl::StrAppend(&out, text.substr(done, edit.span.begin - done),
                      edit.text);
      done = edit.span.end;
    }
  }
  absl::StrAppend(&out, text.substr(done));
  return out;
}

namespace lint {

LintFinding& Report::Add(absl::string_view rule, const Span& span,
                         absl::string_view message, absl::string_view help) {
  LintFinding finding;
  finding.rule = FindLintRule(rule)->name;
  finding.span = span;
  finding.message = std::string(message);
  finding.help = std::string(help);
  findings_.push_back(std::move(finding));
  return findings_.back();
}

void Report::Replace(const Span& span, absl::string_view text,
                     LintFinding* finding) const {
  if (absl::EndsWith(sources_.name(span.source), ".json") ||
      absl::StrContains(TextOf(span), "//")) {
    finding->fix.clear();
    return;
  }
  finding->fix.push_back({span, std::string(text)});
}

}  // namespace lint
}  // namespace sekisho
