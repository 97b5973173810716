// Findings that the layout of a matrix gives: headers that do not line up with
// the data, shifted rows, numbers that mislead. They need no vocabulary.
#ifndef SEKISHO_COMPILER_MATRIX_STRUCTURE_H_
#define SEKISHO_COMPILER_MATRIX_STRUCTURE_H_

#include <vector>

#include "compiler/matrix/finding.h"
#include "compiler/matrix/matrix.h"

namespace sekisho {

// Of the rows, their numbers and services, and of texts outside the tables.
std::vector<Finding> RowFindings(const Matrix& matrix);

// Of the printed headers of each table.
std::vector<Finding> HeaderFindings(const Matrix& matrix);

// How many cells stand before the old number in most rows of `table`, the
// lowest such number if several are as frequent. REQUIRES: it has a row.
size_t UsualOffset(const Matrix& matrix, const MatrixTable& table);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_STRUCTURE_H_
