#include "analysis/cases/coverage_gaps.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"

namespace sekisho {
namespace {

using Reason = CoverageGap::Reason;

bool IsOfHead(const PolicyCoverage& policy, uint32_t node) {
  return std::any_of(policy.tree.parts.begin(), policy.tree.parts.end(),
                     [&](const TreePart& part) {
                       return part.node == node &&
                              part.clause == TreePart::kHead;
                     });
}

std::string CasesText(size_t count) {
  return absl::StrCat(count, count == 1 ? " case" : " cases");
}

// The atom that was got to last: behind it is what is missing.
uint32_t NearestDecider(const NodeCoverage& node) {
  uint32_t nearest = 0;
  for (const auto& [by, count] : node.decided_by) {
    nearest = std::max(nearest, by);
  }
  return nearest;
}

}  // namespace

std::optional<CoverageGap> FindGap(const PolicyCoverage& policy, uint32_t node,
                                   Tri value) {
  const NodeCoverage& coverage = policy.nodes[node];
  const OutcomeCoverage& outcome = coverage.of(value);
  if (coverage.IsCovered(value)) return std::nullopt;
  if (coverage.is_guard && value == Tri::kFalse) {
    return CoverageGap{Reason::kGuard, 0, 0};
  }
  if (outcome.changed_policy > 0) {
    return CoverageGap{Reason::kMaskedByPolicies, outcome.changed_policy, 0};
  }
  if (outcome.seen > 0) {
    return CoverageGap{Reason::kMaskedInPolicy, outcome.seen, 0};
  }
  if (value == Tri::kError ? !coverage.may_fail : !coverage.IsGoal(value)) {
    return CoverageGap{Reason::kUnreachable, 0, 0};
  }
  size_t reached = 0;
  for (const OutcomeCoverage& any : coverage.outcomes) reached += any.seen;
  if (reached > 0) return CoverageGap{Reason::kNotSeen, reached, 0};
  const uint32_t by = NearestDecider(coverage);
  const bool of_head = std::all_of(
      coverage.decided_by.begin(), coverage.decided_by.end(),
      [&](const auto& each) { return IsOfHead(policy, each.first); });
  const auto count = coverage.decided_by.find(by);
  return CoverageGap{of_head ? Reason::kNeverReached : Reason::kShortCircuited,
                     count == coverage.decided_by.end() ? 0 : count->second,
                     by};
}

std::string NodeText(const PolicyCoverage& policy, uint32_t node) {
  for (const TreePart& part : policy.tree.parts) {
    if (part.node == node && part.clause == TreePart::kHead) return part.text;
  }
  const ExprPtr& expr = policy.tree.nodes[node].expr;
  return expr == nullptr ? "" : PrintExpression(*expr);
}

std::string GapText(const PolicyCoverage& policy, const CoverageGap& gap,
                    Language language) {
  const bool en = language == Language::kEnglish;
  const std::string by =
      gap.decided_by == 0
          ? ""
          : absl::StrCat("`", NodeText(policy, gap.decided_by), "`");
  switch (gap.reason) {
    case Reason::kUnreachable:
      return en ? "unreachable: the schema leaves it no such outcome"
                : "到達不能: スキーマ上この結果はありえない";
    case Reason::kGuard:
      return en ? "a guard: without it, what it guards would fail, which "
                  "permits as little"
                : "保護条件: これがなければ後の条件がエラーになり、いずれ"
                  "にせよ許可されない";
    case Reason::kNeverReached:
      if (by.empty()) {
        return en ? "never reached: no case was run"
                  : "未到達: 実行されたケースがない";
      }
      return en ? absl::StrCat("never reached: no case fits the head, ", by)
                : absl::StrCat("未到達: 頭部 ", by, " に合うケースがない");
    case Reason::kShortCircuited:
      return en ? absl::StrCat("short-circuited: ", by,
                               " decided before it, in ", CasesText(gap.cases))
                : absl::StrCat("短絡: 先に ", by, " で決まった (", gap.cases,
                               " 件)");
    case Reason::kNotSeen:
      return en ? absl::StrCat(
                      "not seen: otherwise whenever it is reached, in ",
                      CasesText(gap.cases))
                : absl::StrCat("未観測: 到達した ", gap.cases,
                               " 件すべてで別の結果");
    case Reason::kMaskedInPolicy:
      return en ? absl::StrCat("without effect: seen in ", CasesText(gap.cases),
                               ", but the rest of the policy came to the "
                               "same")
                : absl::StrCat("影響なし: ", gap.cases,
                               " 件で観測されたが、ポリシーの他の部分で結果"
                               "が同じになった");
    case Reason::kMaskedByPolicies:
      return en ? absl::StrCat("without effect: seen in ", CasesText(gap.cases),
                               ", but other policies made the same "
                               "decision")
                : absl::StrCat("影響なし: ", gap.cases,
                               " 件で観測されたが、他のポリシーで同じ判定に"
                               "なった");
  }
  return "";
}

}  // namespace sekisho
