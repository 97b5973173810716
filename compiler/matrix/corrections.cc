#include "compiler/matrix/corrections.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "compiler/matrix/columns.h"

namespace sekisho {
namespace {

enum Cell { kUseCase, kColumn, kPrinted, kAdopted, kReason };

// The cell that `row` is about, or nothing after an error.
std::optional<std::pair<size_t, size_t>> FindPlace(const TableRow& row,
                                                   const Matrix& matrix,
                                                   Diagnostics* diagnostics) {
  const TableCell& usecase = row.cells[kUseCase];
  const TableCell& key = row.cells[kColumn];
  const std::optional<size_t> found = matrix.FindRow(usecase.text);
  // The row may be one with errors.
  if (!found && matrix.complete) {
    diagnostics
        ->Error(usecase.span,
                absl::StrCat("the matrix has no use case `", usecase.text, "`"))
        .Help(matrix.HelpWithNumber(usecase.text));
  }
  const std::optional<size_t> column = FindColumn(matrix.columns, key.text);
  if (!column) {
    const std::string near = Nearest(key.text, ColumnKeys(matrix.columns));
    diagnostics
        ->Error(key.span,
                absl::StrCat("the matrix has no column `", key.text, "`"))
        .Help(near.empty() ? "" : absl::StrCat("did you mean `", near, "`?"));
  }
  if (!found || !column) return std::nullopt;
  return std::pair(*found, *column);
}

// False after an error.
bool CheckTexts(const TableRow& row, const TableCell& cell,
                Diagnostics* diagnostics) {
  const TableCell& printed = row.cells[kPrinted];
  const TableCell& adopted = row.cells[kAdopted];
  if (printed.text != Trimmed(cell).text) {
    diagnostics
        ->Error(printed.span, absl::StrCat("the matrix does not print `",
                                           printed.text, "` there"))
        .Note(cell.span, "it prints this")
        .Help("has the matrix changed? read the cell again");
    return false;
  }
  if (adopted.text == printed.text) {
    diagnostics->Error(adopted.span,
                       "the adopted reading is what the matrix prints");
    return false;
  }
  if (row.cells[kReason].text.empty()) {
    diagnostics->Error(row.span, "the correction gives no reason");
    return false;
  }
  return true;
}

}  // namespace

Corrections ReadCorrections(const SourceSet& sources, SourceId source,
                            const Matrix& matrix, Diagnostics* diagnostics) {
  const Table table =
      ReadTable(sources, source,
                {{"usecase"}, {"column"}, {"printed"}, {"adopted"}, {"reason"}},
                diagnostics);
  Corrections corrections;
  for (const TableRow& row : table.rows) {
    if (TooManyErrors(source, diagnostics)) break;
    const auto place = FindPlace(row, matrix, diagnostics);
    if (!place) continue;
    const TableCell& cell = matrix.rows[place->first].cells[place->second];
    if (!CheckTexts(row, cell, diagnostics)) continue;
    const auto [first, fresh] = corrections.emplace(
        *place, Correction{row.cells[kPrinted], row.cells[kAdopted],
                           std::string(row.cells[kReason].text)});
    if (fresh) continue;
    diagnostics->Error(row.cells[kUseCase].span, "the cell is corrected twice")
        .Note(first->second.printed.span, "first here");
  }
  return corrections;
}

}  // namespace sekisho
