// Matrix rows to Cedar policies: each row is one permit.
#ifndef SEKISHO_COMPILER_MATRIX_LOWER_ROWS_H_
#define SEKISHO_COMPILER_MATRIX_LOWER_ROWS_H_

#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/matrix/read.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {

// One policy for each row, in their order. A row that was not understood
// becomes none, for without one of its conditions it would permit more.
//
// The id is the new number. Annotations: `id`, `matrix` (the new number),
// `service`, `formerly` (the old number, where it differs), and one for each
// column that becomes one. Each other column becomes a `when` whose origin is
// the cell, in the matrix or in corrections.tsv, and whose expressions have
// their places in vocabulary.tsv.
//
// `principal is T`, `resource is T`, `action == A` and `action in A` that a
// whole clause depends on (top-level operands of its &&) become the head of
// the policy; a clause of nothing else vanishes. Error: two different ones.
std::vector<Policy> LowerRows(const MatrixReading& reading,
                              Diagnostics* diagnostics);

// What the other rows say as far as they were understood, so that what is
// wrong with those of their conditions can be reported too. They permit more
// than their rows and must not be compiled.
std::vector<Policy> LowerUnfinishedRows(const MatrixReading& reading,
                                        Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_LOWER_ROWS_H_
