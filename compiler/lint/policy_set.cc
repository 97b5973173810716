// A policy is the set of what it asks for: the parts of its head, and the
// operands of `&&` of its conditions. It is superfluous if another one, of the
// same effect and obligations, asks for a part of that.
//
// Each policy is kept under the condition of it that fewest have, so that few
// are compared; kMaxCompared bounds it whatever the policies are. Conditions
// are compared by their text, of which the hash is known.
//
// Tested by lint_test.cc.
#include "compiler/lint/policy_set.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/utf8.h"
#include "engine/model/value.h"

namespace sekisho::lint {
namespace {

constexpr size_t kMaxCompared = 1000;

// Numbers hashes, as they come, so that nothing depends on what they are.
class Numbering {
 public:
  uint32_t operator()(uint64_t hash) {
    return numbers_.emplace(hash, numbers_.size()).first->second;
  }
  size_t size() const { return numbers_.size(); }

 private:
  absl::flat_hash_map<uint64_t, uint32_t> numbers_;
};

// What a policy asks for, and what else distinguishes it.
struct Demands {
  uint32_t kind = 0;
  std::vector<uint32_t> conditions;  // ascending
};

Demands DemandsOf(const PolicySummary& summary, Numbering* numbers) {
  Demands demands;
  demands.kind = (*numbers)(summary.kind);
  std::vector<uint32_t>& conditions = demands.conditions;
  for (const uint64_t hash : summary.conditions) {
    conditions.push_back((*numbers)(hash));
  }
  std::sort(conditions.begin(), conditions.end());
  conditions.erase(std::unique(conditions.begin(), conditions.end()),
                   conditions.end());
  return demands;
}

bool Allows(const LintedPolicy& policy, absl::string_view rule) {
  return std::find(policy.allowed.begin(), policy.allowed.end(), rule) !=
         policy.allowed.end();
}

class PolicySetLinter {
 public:
  PolicySetLinter(absl::Span<const LintedPolicy> policies, Report* report);

  void FindSuperfluous();
  void FindConfusableIds();
  void FindMissingIds();

 private:
  // A policy that asks for a part of what policy `index` asks for.
  void Compare(size_t index);
  void ReportSuperfluous(size_t index, size_t other);

  const absl::Span<const LintedPolicy> policies_;
  Report& report_;
  std::vector<Demands> demands_;
  // By the rarest condition of a policy, or by its kind if it has none.
  absl::flat_hash_map<uint32_t, std::vector<size_t>> by_rarest_;
};

PolicySetLinter::PolicySetLinter(absl::Span<const LintedPolicy> policies,
                                 Report* report)
    : policies_(policies), report_(*report) {
  Numbering numbers;
  for (const LintedPolicy& policy : policies) {
    demands_.push_back(DemandsOf(*policy.summary, &numbers));
  }
  std::vector<size_t> counts(numbers.size());
  for (const Demands& demands : demands_) {
    for (const uint32_t condition : demands.conditions) ++counts[condition];
  }
  for (size_t i = 0; i < demands_.size(); ++i) {
    const std::vector<uint32_t>& conditions = demands_[i].conditions;
    const auto rarest = std::min_element(
        conditions.begin(), conditions.end(),
        [&](uint32_t a, uint32_t b) { return counts[a] < counts[b]; });
    by_rarest_[rarest == conditions.end() ? demands_[i].kind : *rarest]
        .push_back(i);
  }
}

void PolicySetLinter::FindSuperfluous() {
  for (size_t i = 0; i < policies_.size(); ++i) Compare(i);
}

void PolicySetLinter::Compare(size_t index) {
  const Demands& demands = demands_[index];
  size_t compared = 0;
  std::vector<uint32_t> keys = demands.conditions;
  keys.push_back(demands.kind);
  for (const uint32_t key : keys) {
    const auto it = by_rarest_.find(key);
    if (it == by_rarest_.end()) continue;
    for (const size_t other : it->second) {
      const Demands& wider = demands_[other];
      if (other == index || wider.kind != demands.kind) continue;
      if (++compared > kMaxCompared) return;
      if (!std::includes(demands.conditions.begin(), demands.conditions.end(),
                         wider.conditions.begin(), wider.conditions.end())) {
        continue;
      }
      // Of two equal ones the later is reported.
      if (wider.conditions == demands.conditions && other > index) continue;
      ReportSuperfluous(index, other);
      return;
    }
  }
}

void PolicySetLinter::ReportSuperfluous(size_t index, size_t other) {
  const LintedPolicy& policy = policies_[index];
  const LintedPolicy& wider = policies_[other];
  const bool same = demands_[index].conditions == demands_[other].conditions;
  const absl::string_view rule = same ? "duplicate-policy" : "shadowed-policy";
  if (Allows(policy, rule)) return;
  const absl::string_view effect =
      policy.summary->effect == Effect::kPermit ? "permits" : "forbids";
  LintFinding& finding =
      same ? report_.Add(
                 rule, policy.span,
                 absl::StrCat("this policy says what `", wider.id, "` says"),
                 "leave one of them out")
           : report_.Add(rule, policy.span,
                         absl::StrCat("whatever this policy ", effect, ", `",
                                      wider.id, "` ", effect, " too"),
                         "leave it out, or say there what it does not mean");
  finding.notes.push_back({wider.span, "it is here"});
}

// The id without what a reader may overlook: case, width, space, `-`, `_`, `.`.
std::string Skeleton(absl::string_view id) {
  std::string skeleton;
  for (size_t at = 0; at < id.size();) {
    const size_t begin = at;
    char32_t c = NextCodePoint(id, &at);
    if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
    if (c == '-' || c == '_' || c == '.' || IsUnicodeSpace(c)) continue;
    if (c < 0x80) {
      skeleton += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else {
      absl::StrAppend(&skeleton, id.substr(begin, at - begin));
    }
  }
  return skeleton;
}

void PolicySetLinter::FindConfusableIds() {
  absl::flat_hash_map<std::string, const LintedPolicy*> seen;
  for (const LintedPolicy& policy : policies_) {
    const auto [it, is_new] = seen.emplace(Skeleton(policy.id), &policy);
    if (is_new || it->second->id == policy.id ||
        Allows(policy, "confusable-id")) {
      continue;
    }
    report_
        .Add("confusable-id", policy.span,
             absl::StrCat("the id `", policy.id, "` is easily taken for `",
                          it->second->id, "`"),
             "decisions and logs name policies by their ids")
        .notes.push_back({it->second->span, "the other one is here"});
  }
}

void PolicySetLinter::FindMissingIds() {
  for (const LintedPolicy& policy : policies_) {
    if (!policy.summary->lacks_id || Allows(policy, "missing-id")) continue;
    LintFinding& finding = report_.Add(
        "missing-id", policy.span,
        policy.id.empty()
            ? "the policy has no `@id`"
            : absl::StrCat("the policy has no `@id`; decisions call it `",
                           policy.id, "`, by its position"),
        "give it a name that stays when others come before it");
    if (policy.id.empty() || policy.form == CedarForm::kJson) continue;
    const Span begin = {policy.span.source, policy.span.begin,
                        policy.span.begin};
    finding.fix.push_back(
        {begin, absl::StrCat("@id(", Quote(policy.id), ")\n")});
  }
}

}  // namespace

void LintPolicySet(absl::Span<const LintedPolicy> policies, Report* report) {
  PolicySetLinter linter(policies, report);
  linter.FindSuperfluous();
  linter.FindConfusableIds();
  linter.FindMissingIds();
}

}  // namespace sekisho::lint
