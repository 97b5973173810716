#include "engine/graph/explanation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the explanations are damaged: ", what));
}

bool EditsFit(const std::vector<EditPlan>& edits,
              const Explanations& explanations) {
  return std::all_of(edits.begin(), edits.end(), [&](const EditPlan& edit) {
    return edit.path < explanations.paths.size() &&
           (edit.kind == EditKind::kDelete ||
            edit.value < explanations.programs.tests.size());
  });
}

}  // namespace

const Label* Explanations::LabelOf(const Value& value) const {
  auto it = std::lower_bound(
      labels.begin(), labels.end(), value,
      [](const auto& entry, const Value& key) { return entry.first < key; });
  return it != labels.end() && it->first == value ? &it->second : nullptr;
}

absl::Status Explanations::Verify(size_t policy_count) const {
  absl::Status status = programs.Verify();
  if (!status.ok()) return Damaged(status.message());
  std::vector<int> depths;
  for (size_t i = 0; i < conditions.size(); ++i) {
    const Condition& condition = conditions[i];
    const bool is_atom = condition.kind == ConditionKind::kAtom;
    if (is_atom && condition.test >= programs.tests.size()) {
      return Damaged("a condition without a program");
    }
    if (is_atom ? !condition.operands.empty() : condition.operands.empty()) {
      return Damaged("a condition with the wrong operands");
    }
    if (condition.kind == ConditionKind::kNot &&
        condition.operands.size() != 1) {
      return Damaged("a condition with the wrong operands");
    }
    int depth = 1;
    for (uint32_t operand : condition.operands) {
      if (operand >= i) return Damaged("an operand leads nowhere");
      depth = std::max(depth, depths[operand] + 1);
    }
    if (depth > kMaxConditionDepth) return Damaged("a condition is too deep");
    depths.push_back(depth);
    for (uint32_t path : condition.reads) {
      if (path >= paths.size()) return Damaged("a path that there is not");
    }
    if (!EditsFit(condition.to_hold, *this) ||
        !EditsFit(condition.to_fail, *this)) {
      return Damaged("an edit leads nowhere");
    }
  }
  if (policies.size() != policy_count) {
    return Damaged("they are of other policies");
  }
  for (const ExplainedPolicy& policy : policies) {
    for (const ExplainedClause& clause : policy.clauses) {
      if (clause.column != kNoColumn && clause.column >= columns.size()) {
        return Damaged("a column that there is not");
      }
      if (clause.condition >= conditions.size()) {
        return Damaged("a clause without a condition");
      }
      for (const Help& help : clause.help) {
        if (help.condition >= conditions.size()) {
          return Damaged("help without a condition");
        }
      }
    }
  }
  for (size_t i = 1; i < labels.size(); ++i) {
    if (!(labels[i - 1].first < labels[i].first)) {
      return Damaged("the labels are not sorted");
    }
  }
  return absl::OkStatus();
}

}  // namespace sekisho
