// Many policies that are each no more than a conjunction, as one table node:
// for each test and outcome the set of policies that it leaves.
#ifndef SEKISHO_COMPILER_PLAN_TABLE_H_
#define SEKISHO_COMPILER_PLAN_TABLE_H_

#include <cstdint>
#include <vector>

#include "compiler/plan/formula.h"
#include "engine/graph/graph.h"

namespace sekisho {

// The policies of a state that can stand in a table, and the others; both
// ascend as `state` does.
struct TableParts {
  PolicyFormulas tabular;
  PolicyFormulas others;
};
TableParts PartForTable(const PolicyFormulas& state, const FormulaPool& pool);

// The words of the table from the number of its tests on: see NodeKind::kTable.
// Tests that rule out most policies come first.
// REQUIRES: `state` is what PartForTable calls tabular, and not empty.
std::vector<uint32_t> TableWords(const PolicyFormulas& state,
                                 const std::vector<Test>& tests,
                                 const FormulaPool& pool);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_TABLE_H_
