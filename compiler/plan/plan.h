// Formulas to the nodes of a decision graph.
#ifndef SEKISHO_COMPILER_PLAN_PLAN_H_
#define SEKISHO_COMPILER_PLAN_PLAN_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "compiler/plan/formula.h"
#include "compiler/plan/traits.h"
#include "engine/graph/graph.h"

namespace sekisho {

struct PlanOptions {
  // Above this many nodes, policies are no longer combined: each is walked on
  // its own from there. Bounds the size of the graph where its diagram would
  // explode.
  uint32_t node_budget = 1'000'000;
  // A policy that takes more nodes than this by itself, in one environment, is
  // too large to be walked test by test: see Planner::too_large(). At least 16.
  uint32_t policy_budget = 10'000;
  // In an environment with more policies than this, diagrams end in tables
  // once a state is small: the graph grows with the policies and not with their
  // combinations.
  uint32_t table_threshold = 512;
};

// Plans all environments together, so that they share what is equal.
class Planner {
 public:
  // `tests`, `traits` (by TestIndex) and `pool` must outlive this object.
  Planner(const std::vector<Test>& tests, const std::vector<TestTraits>& traits,
          FormulaPool* pool, const PlanOptions& options);
  ~Planner();

  // Adds a root; returns its number.
  size_t AddRoot(const PolicyFormulas& policies);

  // Lays out all nodes; (*roots)[i] is where root i begins.
  std::vector<uint32_t> Finish(std::vector<NodeRef>* roots);

  // Policies over their budget, ascending. If there are any, the nodes are of
  // no use: these policies have to be lowered as one test each.
  std::vector<PolicyIndex> too_large() const;
  // How often the budget cut a combination short.
  uint32_t splits_by_budget() const;

 private:
  class Builder;
  std::unique_ptr<Builder> builder_;
  std::vector<uint32_t> roots_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_PLAN_H_
