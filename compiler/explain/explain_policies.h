// What the artifact says of each policy for whoever asks why: its clauses with
// their conditions, the cells they come from, and what values are called.
#ifndef SEKISHO_COMPILER_EXPLAIN_EXPLAIN_POLICIES_H_
#define SEKISHO_COMPILER_EXPLAIN_EXPLAIN_POLICIES_H_

#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/matrix/read.h"
#include "compiler/source/source.h"
#include "engine/graph/explanation.h"
#include "engine/model/schema.h"

namespace sekisho {

// `policies` by PolicyIndex. `matrix`, which the policies with columns come
// from, may be null.
//
// A value is called what the vocabulary calls it, if an entry's whole condition
// is that something is that value, is among listed values of which it is one,
// or contains it. Of several entries the one that lists the fewest values
// counts, and of those the first.
Explanations ExplainPolicies(const SourceSet& sources, const Schema& schema,
                             const std::vector<Policy>& policies,
                             const MatrixReading* matrix);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_EXPLAIN_EXPLAIN_POLICIES_H_
