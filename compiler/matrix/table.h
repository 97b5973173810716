// Tab-separated tables, every cell with its place.
//
//   std::vector<TableLine> lines = SplitTable(sources, id, &diagnostics);
//
//   Table table = ReadTable(sources, id, {{"usecase"}, {"note", false}},
//                           &diagnostics);
//   for (const TableRow& row : table.rows) Use(row.cells[0].text);
//
// There is no quoting and no escape: a cell is what stands between two tabs.
// All texts are views into the SourceSet and live as long as it does.
#ifndef SEKISHO_COMPILER_MATRIX_TABLE_H_
#define SEKISHO_COMPILER_MATRIX_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// Beyond these a table is refused, so that memory stays in proportion.
inline constexpr size_t kMaxTableBytes = size_t{64} << 20;
inline constexpr size_t kMaxTableCells = 1'000'000;

struct TableCell {
  absl::string_view text;
  Span span;
};

struct TableLine {
  uint32_t line = 0;  // from 1
  Span span;          // without the line break
  std::vector<TableCell> cells;

  // True if no cell holds anything but white space.
  bool blank() const;
};

// All lines of a source, blank ones included. A byte order mark at the start
// and a carriage return at the end of a line belong to no cell; every other
// byte does. Empty, with an error, if the source is beyond the limits.
std::vector<TableLine> SplitTable(const SourceSet& sources, SourceId source,
                                  Diagnostics* diagnostics);

// What a table may have as columns.
struct TableColumn {
  absl::string_view name;
  // A line may end before an optional column, and a table do without it.
  bool required = true;
};

struct TableRow {
  uint32_t line = 0;
  Span span;
  // In the order of the TableColumns asked for, white space trimmed. A cell
  // that the line does not have is empty and stands at the line's end.
  std::vector<TableCell> cells;
};

struct Table {
  std::vector<TableRow> rows;
};

// The rows below a header line that names the columns, in any order. Blank
// lines and lines that start with `#` are skipped. Errors: a missing, unknown
// or repeated column, a line with too few or too many cells (it is left out).
Table ReadTable(const SourceSet& sources, SourceId source,
                const std::vector<TableColumn>& columns,
                Diagnostics* diagnostics);

// After this many errors a table is not read further.
inline constexpr size_t kMaxTableErrors = 1000;

// True, with a last error, once there are that many: to be asked before each
// row of `source`.
bool TooManyErrors(SourceId source, Diagnostics* diagnostics);

// White space of tables: space, tab, carriage return, the ideographic space
// U+3000, and the no-break space U+00A0. Returns how many bytes of it stand at
// the start of `text`.
size_t LeadingSpace(absl::string_view text);

// `cell` without white space around it.
TableCell Trimmed(TableCell cell);

// The parts of `cell` between `separator`s, trimmed, each with its place; one
// empty part if the cell is empty.
std::vector<TableCell> SplitCell(const TableCell& cell,
                                 absl::string_view separator);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_TABLE_H_
