// What else looks wrong in a matrix, cell against cell: `checks.tsv`.
//
//   when                           column  finding        message
//   role=医師 & requirement!~資格  requirement  incomplete  No proof of ...
//
// `when` holds terms joined by ` & `: `column=text` (the cell is that text),
// `column~text` (the cell contains it), `column!~text` (it does not). They are
// about the cells as printed. For each row of which all terms hold, the
// finding is reported at the cell of `column`. Columns here are those of
// columns.tsv, and `number`, `formerly`, `service`.
#ifndef SEKISHO_COMPILER_MATRIX_CHECKS_H_
#define SEKISHO_COMPILER_MATRIX_CHECKS_H_

#include <vector>

#include "compiler/matrix/finding.h"
#include "compiler/matrix/matrix.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// Errors: a term that cannot be read, an unknown column or kind, no message. A
// check that finds nothing is a warning.
std::vector<Finding> RunChecks(const SourceSet& sources, SourceId source,
                               const Matrix& matrix, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_CHECKS_H_
