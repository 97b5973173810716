// What cases show of the conditions of a policy set: which came out true,
// false and as an error, and whether that mattered.
//
//   CoverageMeter meter(all->compilation, &schema, all->set);
//   for (..) RETURN_IF_ERROR(meter.Add(c, decision));
//   CaseCoverage coverage = meter.Finish();
//
// An outcome of a condition is *covered* if there is a case in which it was
// reached with that outcome, and with the opposite one the decision would have
// been another: permit or deny, or the policies that it is by. (Masking
// modified condition/decision coverage.) Conditions are observed by the
// reference evaluator; the decision is the graph's, and both must agree.
#ifndef SEKISHO_ANALYSIS_CASES_COVERAGE_H_
#define SEKISHO_ANALYSIS_CASES_COVERAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "analysis/cases/condition_tree.h"
#include "compiler/cases/cases.h"
#include "compiler/compile.h"
#include "compiler/reference/reference.h"
#include "engine/eval/decision.h"

namespace sekisho {

// One outcome of one condition.
struct OutcomeCoverage {
  // In how many cases it was reached with that outcome.
  size_t seen = 0;
  // Of these, in how many the policy would have come out otherwise without it,
  // and in how many the decision would.
  size_t changed_policy = 0;
  size_t changed_decision = 0;
  // Cases of the last kind, the first kMaxExamples.
  std::vector<const Case*> examples;

  static constexpr size_t kMaxExamples = 20;
};

struct NodeCoverage {
  // By Tri.
  std::array<OutcomeCoverage, 3> outcomes;
  size_t not_reached = 0;
  // Of cases that did not reach it: the atom that decided, and how often.
  absl::flat_hash_map<uint32_t, size_t> decided_by;
  // The schema leaves it only this value.
  std::optional<bool> constant;
  bool may_fail = false;
  // Of a permit: a test that an attribute, or a type that has it, is there,
  // where it is read. Reading it would fail instead, and that permits as
  // little.
  bool is_guard = false;

  const OutcomeCoverage& of(Tri value) const {
    return outcomes[static_cast<size_t>(value)];
  }
  // True and false, but for what the schema rules out and for guards, which
  // are without effect where they are false.
  bool IsGoal(Tri value) const {
    return value != Tri::kError &&
           (!constant || *constant == (value == Tri::kTrue)) &&
           !(is_guard && value == Tri::kFalse);
  }
  bool IsCovered(Tri value) const { return of(value).changed_decision > 0; }
  bool HasGap(Tri value) const { return IsGoal(value) && !IsCovered(value); }
};

// Of a policy, or of a template with all its links.
struct PolicyCoverage {
  const Policy* policy = nullptr;
  // Every part with its column, those of the head too.
  ConditionTree tree;
  // By node of the tree.
  std::vector<NodeCoverage> nodes;
  // In how many cases it was among the policies that determine the decision.
  size_t determining = 0;
};

struct CoverageTotals {
  size_t policies = 0;
  // That determined a decision.
  size_t policies_covered = 0;
  // Parts of the head and clauses; for a matrix row its cells. Covered if both
  // outcomes are.
  size_t parts = 0;
  size_t parts_covered = 0;
  // Outcomes of atoms that are goals.
  size_t outcomes = 0;
  size_t outcomes_seen = 0;
  size_t outcomes_covered = 0;

  // Covered outcomes of all; 100 if there are none.
  double percent() const;
};

struct CaseCoverage {
  // In the order of the policies; links are part of their templates.
  std::vector<PolicyCoverage> policies;
  size_t cases = 0;

  CoverageTotals Totals() const;
};

// Not thread-safe.
class CoverageMeter {
 public:
  // Both must outlive this object and what it returns.
  // REQUIRES: the compilation has kept its policies, and has a schema.
  CoverageMeter(const Compilation& compilation, const CaseSet& set);

  // A case, with what the graph decided. Internal if that is not what follows
  // from the conditions: one of the two evaluators is wrong.
  absl::Status Add(const Case& c, const Decision& decision);
  // Whether that outcome of the node would be covered with the case.
  bool WouldCover(const Case& c, size_t unit, uint32_t node, Tri value);
  const CaseCoverage& coverage() const { return coverage_; }
  // No adding after this.
  CaseCoverage Finish() { return std::move(coverage_); }

 private:
  // A policy or link as it is evaluated.
  struct Evaluated {
    const Policy* policy = nullptr;
    // Into coverage_.policies.
    size_t unit = 0;
    ConditionTree tree;
    std::vector<NodeValue> values;
  };

  void AddUnits();
  void NameColumns(PolicyCoverage* unit) const;
  void FindConstants(PolicyCoverage* unit) const;
  // The population with the case's changes, for as long as `use` runs.
  void WithEntities(const Case& c, absl::FunctionRef<void()> use);
  // Of the unit's policies, or of all.
  void EvaluateConditions(const Case& c, std::optional<size_t> unit);
  bool ChangesDecision(size_t policy, const NodeValue& node,
                       const Decision& decision) const;
  Decision DecisionIf(size_t policy, Tri outcome) const;
  void Count(const Case& c, size_t policy, const Decision& decision);

  const Compilation& compilation_;
  CaseCoverage coverage_;
  // By PolicyIndex; a template's has no nodes.
  std::vector<Evaluated> evaluated_;
  std::vector<bool> is_forbid_;
  // The population, and for the time of a case what it makes of it.
  EntityMap entities_;
};

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_COVERAGE_H_
