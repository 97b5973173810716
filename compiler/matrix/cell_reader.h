// One cell of a matrix, taken apart into phrases and given its meaning.
#ifndef SEKISHO_COMPILER_MATRIX_CELL_READER_H_
#define SEKISHO_COMPILER_MATRIX_CELL_READER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/matrix/columns.h"
#include "compiler/matrix/table.h"
#include "compiler/matrix/vocabulary.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// A longer cell is an error.
inline constexpr size_t kMaxReadCellBytes = 64 << 10;

// A phrase or connective of a cell, and where in it that stands.
struct PhraseUse {
  size_t entry = 0;
  Span span;
};

struct CellMeaning {
  // In the order of the text, connectives included.
  std::vector<PhraseUse> uses;
  // False after an error: then the meaning is not to be used, since a
  // condition that is left out would permit more.
  bool understood = false;
  // For columns that become conditions; null if there is none.
  ExprPtr condition;
  // For columns that become annotations; empty if there is none.
  std::string annotation;
};

// Reads `cell` as one of the column with that index. Errors: a text that is no
// phrase of the column, connectives that do not stand between phrases.
// `diagnostics` may be null.
CellMeaning ReadCell(const Columns& columns, const Vocabulary& vocabulary,
                     size_t column, const TableCell& cell,
                     Diagnostics* diagnostics);

// The && of what `operands` are operands of, placed at `span`; null, meaning no
// condition, if there are none. Null operands are left out.
ExprPtr AllOf(const std::vector<ExprPtr>& operands, const Span& span);

// Their ||; null if one of them is, since that one holds always.
ExprPtr AnyOf(const std::vector<ExprPtr>& operands, const Span& span);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_CELL_READER_H_
