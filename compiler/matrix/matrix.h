// The rows of a use-case matrix, found in a table as a spreadsheet gives it:
// rows may be shifted, service names stand on the first row of a group only,
// and printed headers may stand anywhere.
//
// A row is a line with two use-case numbers side by side, the old one and the
// new one: a circled digit, `-`, digits. As many cells as there are columns
// follow. The service is the one cell to the left of the numbers. The two
// lines above the first row of a table are its headers; they are kept, but
// what a cell means is decided by its position after the numbers alone.
//
// Nothing is dropped: a text that is no header, number, service or cell is
// in `unread`, and a line that could have been meant as a row is an error.
#ifndef SEKISHO_COMPILER_MATRIX_MATRIX_H_
#define SEKISHO_COMPILER_MATRIX_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "compiler/matrix/columns.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/table.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

inline constexpr size_t kMaxMatrixRows = 10'000;

struct MatrixRow {
  TableCell old_number;
  TableCell number;
  // Where it is printed, which may be on an earlier row.
  TableCell service;
  bool prints_service = false;
  // One for each column, exactly as printed.
  std::vector<TableCell> cells;

  uint32_t line = 0;
  // From the old number to the last cell.
  Span span;
  // How many cells of the line stand before the old number.
  size_t offset = 0;
  // The empty cells after the last one.
  std::vector<TableCell> trailing;
};

struct MatrixTable {
  TableLine top_headers;
  TableLine headers;
  Finding::Rows rows;
};

struct Matrix {
  SourceId source = kNoSource;
  Columns columns;
  std::vector<MatrixRow> rows;
  std::vector<MatrixTable> tables;
  // Texts outside the tables, such as a legend.
  std::vector<TableCell> unread;
  // False if something could not be read; rows may then be missing.
  bool complete = false;
  // From new numbers to rows.
  absl::flat_hash_map<std::string, size_t> row_of;

  // The row of that new number. Old numbers never resolve: some of them are
  // the new numbers of other rows.
  std::optional<size_t> FindRow(absl::string_view number) const;
  // What was likely meant by a number that FindRow does not know; may be "".
  std::string HelpWithNumber(absl::string_view number) const;
  // The cell of one of the keys in finding.h or of a column, or null.
  const TableCell* FindCell(const MatrixRow& row, absl::string_view key) const;
  // `①-1`, or `①-1 to ①-4`.
  std::string RowsName(const Finding::Rows& range) const;
};

// A circled digit ① to ⑳, `-`, and one to four digits.
bool IsUseCaseNumber(absl::string_view text);

// Errors: a number without its pair, a number used twice, too few cells or
// text after the last one, no service, several texts left of the numbers, no
// headers above the first row, a line with several texts that is no row, more
// than kMaxMatrixRows rows, none at all.
Matrix ReadMatrixRows(const SourceSet& sources, SourceId source,
                      Columns columns, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_MATRIX_MATRIX_H_
