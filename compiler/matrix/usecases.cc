#include "compiler/matrix/usecases.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/printer.h"

namespace sekisho {
namespace {

constexpr absl::string_view kTableHead =
    "# Every cell of the matrix as printed, with its place. Written by "
    "//compiler/matrix:healthcare_test.\n"
    "usecase\tcolumn\theader\tline\tat\ttext\n";

constexpr absl::string_view kRulesHead =
    "// The rules that the rows of the matrix become, for people to read; "
    "never compiled.\n"
    "// Written by //compiler/matrix:healthcare_test.\n";

// `職種 (role): 医師  usecase-matrix.txt:5:12`.
std::string CellText(const SourceSet& sources, const Column& column,
                     const TableCell& cell) {
  return absl::StrCat(column.Label(), " (", column.key, "): ", cell.text, "  ",
                      PlaceText(sources, cell.span));
}

// The cells of a row whose whole condition is in the head of its policy.
std::vector<std::string> HeadCells(const SourceSet& sources,
                                   const MatrixReading& reading, size_t row,
                                   const Policy& policy) {
  std::vector<std::string> texts;
  const Columns& columns = reading.matrix.columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    const CellReading& cell = reading.rows[row].cells[i];
    if (cell.meaning.condition == nullptr) continue;
    if (std::any_of(policy.clauses.begin(), policy.clauses.end(),
                    [&](const Clause& clause) {
                      return clause.column == columns[i].key;
                    })) {
      continue;
    }
    texts.push_back(CellText(sources, columns[i], cell.text));
  }
  return texts;
}

}  // namespace

std::string PlaceText(const SourceSet& sources, const Span& span) {
  const Position at = sources.PositionOf(span);
  return absl::StrCat(sources.name(span.source), ":", at.line, ":", at.column);
}

std::string UseCaseTable(const SourceSet& sources, const Matrix& matrix) {
  std::string text(kTableHead);
  for (const MatrixRow& row : matrix.rows) {
    const auto add = [&](absl::string_view key, absl::string_view header,
                         const TableCell& cell) {
      const Position at = sources.PositionOf(cell.span);
      absl::StrAppend(&text, row.number.text, "\t", key, "\t", header, "\t",
                      at.line, "\t", at.column, "\t", cell.text, "\n");
    };
    add(kServiceKey, "", row.service);
    add(kOldNumberKey, "", row.old_number);
    add(kNumberKey, "", row.number);
    for (size_t i = 0; i < matrix.columns.size(); ++i) {
      add(matrix.columns[i].key, matrix.columns[i].header, row.cells[i]);
    }
  }
  return text;
}

std::string FindingList(const SourceSet& sources, const Matrix& matrix,
                        const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    absl::StrAppend(&text, PlaceText(sources, finding.span), ": ",
                    FindingKindName(finding.kind), ": ");
    std::vector<std::string> subject;
    const std::string rows = matrix.RowsName(finding.rows);
    if (!rows.empty()) subject.push_back(rows);
    if (!finding.column.empty()) subject.push_back(finding.column);
    if (!subject.empty()) {
      absl::StrAppend(&text, absl::StrJoin(subject, " "), ": ");
    }
    absl::StrAppend(&text, finding.message, "\n");
  }
  return text;
}

std::string RuleText(const SourceSet& sources, const MatrixReading& reading,
                     const Policy& policy) {
  const std::optional<size_t> row = reading.matrix.FindRow(policy.id);
  if (!row) return "";
  std::string text;
  for (const std::string& cell : HeadCells(sources, reading, *row, policy)) {
    absl::StrAppend(&text, "// ", cell, "\n");
  }
  absl::StrAppend(
      &text, PrintPolicy(policy, [&](const Clause& clause) -> std::string {
        const auto column = FindColumn(reading.matrix.columns, clause.column);
        if (!column) return "";
        return CellText(sources, reading.matrix.columns[*column],
                        reading.rows[*row].cells[*column].text);
      }));
  if (text.back() != '\n') text += '\n';
  return text;
}

std::string RuleText(const SourceSet& sources, const MatrixReading& reading,
                     const std::vector<Policy>& policies) {
  std::string text(kRulesHead);
  for (const Policy& policy : policies) {
    absl::StrAppend(&text, "\n", RuleText(sources, reading, policy));
  }
  return text;
}

}  // namespace sekisho
