// Cells that are read otherwise than printed: `corrections.tsv`.
//
//   usecase  column       printed         adopted           reason
//   ②-3      requirement  医師の資格認証  救急隊員の資格認証  The role is ...
#ifndef SEKISHO_COMPILER_MATRIX_CORRECTIONS_H_
#define SEKISHO_COMPILER_MATRIX_CORRECTIONS_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "compiler/matrix/matrix.h"
#include "compiler/matrix/table.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

struct Correction {
  TableCell printed;
  TableCell adopted;
  std::string reason;
};

// By row and column.
using Corrections = std::map<std::pair<size_t, size_t>, Correction>;

// Errors: a use case or column that does not exist, a printed text that is not
// the cell's (any more), an adopted text that is the printed one, no reason,
// two corrections of one cell.
Corrections ReadCorrections(const SourceSet& sources, SourceId source,
                            const Matrix& matrix, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_CORRECTIONS_H_
