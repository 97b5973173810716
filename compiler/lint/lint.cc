#include "compiler/lint/lint.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "compiler/lint/rules.h"

namespace sekisho {
namespace {

constexpr LintRule kRules[] = {
    {"boolean-comparison", "A condition is compared with `true` or `false`."},
    {"constant-condition",
     "A condition, or a part of it, is always true or never."},
    {"double-negation", "Two negations stand one behind the other."},
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
    {"role-from-context",
     "The context is asked what the principal is, and not the entity store."},
    {"self-comparison", "A value is compared with itself."},
    {"single-element-set",
     "`containsAll` or `containsAny` is asked about one element."},
    {"unconditional-permit",
     "A permit has no condition, and its head names no principal."},
    {"unknown-rule", "A comment allows a rule that there is not."},
    {"unreachable-branch", "A branch of an `if` is never taken."},
};

}  // namespace

absl::Span<const LintRule> LintRules() { return kRules; }

const LintRule* FindLintRule(absl::string_view name) {
  const auto it = std::find_if(
      std::begin(kRules), std::end(kRules),
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
    (*findings)[i].policy = policy.span;
  }
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
