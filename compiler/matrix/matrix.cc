#include "compiler/matrix/matrix.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

constexpr size_t kMaxNumberDigits = 4;

// The bytes of a circled digit at the start of `text`: ① to ⑳ are U+2460 to
// U+2473.
bool StartsWithCircledDigit(absl::string_view text) {
  if (text.size() < 3 || !absl::StartsWith(text, "\xE2\x91")) return false;
  const unsigned char last = static_cast<unsigned char>(text[2]);
  return last >= 0xA0 && last <= 0xB3;
}

std::vector<TableCell> Texts(const TableLine& line) {
  std::vector<TableCell> texts;
  for (const TableCell& cell : line.cells) {
    const TableCell text = Trimmed(cell);
    if (!text.text.empty()) texts.push_back(text);
  }
  return texts;
}

class RowReader {
 public:
  RowReader(Matrix* matrix, Diagnostics* diagnostics)
      : matrix_(matrix), diagnostics_(diagnostics) {
    for (const Column& column : matrix->columns) {
      if (!column.header.empty()) printed_headers_.insert(column.header);
    }
  }

  void Read(const TableLine& line) {
    if (line.blank()) return;
    const std::optional<size_t> offset = FindNumbers(line);
    if (!offset) {
      pending_.push_back(line);
      return;
    }
    TakeHeaders(line);
    ReadRow(line, *offset);
  }

  void Finish() {
    for (const TableLine& line : pending_) TakeUnread(line);
    pending_.clear();
  }

 private:
  // The index of the first of two numbers side by side.
  static std::optional<size_t> FindNumbers(const TableLine& line) {
    for (size_t i = 0; i + 1 < line.cells.size(); ++i) {
      if (IsUseCaseNumber(Trimmed(line.cells[i]).text) &&
          IsUseCaseNumber(Trimmed(line.cells[i + 1]).text)) {
        return i;
      }
    }
    return std::nullopt;
  }

  // Two lines, one of which has a header of a column, and none a number.
  bool AreHeaders(const TableLine& top, const TableLine& bottom) const {
    bool known = false;
    for (const TableLine* line : {&top, &bottom}) {
      for (const TableCell& text : Texts(*line)) {
        if (IsUseCaseNumber(text.text)) return false;
        known |= printed_headers_.contains(text.text);
      }
    }
    return known;
  }

  // Opens a table if the lines above `row` are its headers.
  void TakeHeaders(const TableLine& row) {
    const size_t count = pending_.size();
    if (count >= 2 && AreHeaders(pending_[count - 2], pending_[count - 1])) {
      MatrixTable table;
      table.headers = std::move(pending_.back());
      pending_.pop_back();
      table.top_headers = std::move(pending_.back());
      pending_.pop_back();
      table.rows = {matrix_->rows.size(), matrix_->rows.size()};
      matrix_->tables.push_back(std::move(table));
      service_.reset();
    } else if (matrix_->tables.empty()) {
      diagnostics_->Error(
          row.span,
          "the first row of a table has no two header lines above it");
      matrix_->tables.emplace_back();
    }
    Finish();
  }

  void TakeUnread(const TableLine& line) {
    const std::vector<TableCell> texts = Texts(line);
    for (const TableCell& text : texts) {
      if (!IsUseCaseNumber(text.text)) continue;
      diagnostics_
          ->Error(text.span, absl::StrCat("the use-case number `", text.text,
                                          "` has no second one beside it"))
          .Help("a row has its old number and its new one side by side");
      return;
    }
    if (texts.size() == 1) {
      matrix_->unread.push_back(texts[0]);
      return;
    }
    diagnostics_->Error(Join(texts.front().span, texts.back().span),
                        "this line is neither a row nor the header of a table");
  }

  void ReadRow(const TableLine& line, size_t offset) {
    MatrixRow row;
    row.line = line.line;
    row.offset = offset;
    row.old_number = Trimmed(line.cells[offset]);
    row.number = Trimmed(line.cells[offset + 1]);
    if (!ReadService(line, offset, &row) ||
        !ReadCells(line, offset + 2, &row)) {
      return;
    }
    row.span = Join(row.old_number.span, row.number.span);
    if (!row.cells.empty()) row.span.end = row.cells.back().span.end;
    const auto [first, fresh] = matrix_->row_of.emplace(
        std::string(row.number.text), matrix_->rows.size());
    if (!fresh) {
      diagnostics_
          ->Error(row.number.span, absl::StrCat("two rows have the number `",
                                                row.number.text, "`"))
          .Note(matrix_->rows[first->second].number.span, "first here");
      return;
    }
    matrix_->rows.push_back(std::move(row));
    matrix_->tables.back().rows.end = matrix_->rows.size();
  }

  bool ReadService(const TableLine& line, size_t offset, MatrixRow* row) {
    for (size_t i = 0; i < offset; ++i) {
      const TableCell cell = Trimmed(line.cells[i]);
      if (cell.text.empty()) continue;
      if (row->prints_service) {
        diagnostics_
            ->Error(cell.span,
                    "a second text stands left of the numbers, "
                    "where only the service may stand")
            .Note(row->service.span, "the first is this");
        return false;
      }
      row->service = cell;
      row->prints_service = true;
    }
    if (row->prints_service) {
      service_ = row->service;
    } else if (service_) {
      row->service = *service_;
    } else {
      diagnostics_->Error(row->old_number.span,
                          "the first row of a table names no service");
      return false;
    }
    return true;
  }

  bool ReadCells(const TableLine& line, size_t first, MatrixRow* row) {
    const size_t count = matrix_->columns.size();
    const size_t found = line.cells.size() - first;
    if (found < count) {
      const Span end{line.span.source, line.span.end, line.span.end};
      diagnostics_->Error(
          end, absl::StrCat("row `", row->number.text, "` has ", found,
                            " cells after its numbers, not ", count));
      return false;
    }
    const auto begin = line.cells.begin() + static_cast<ptrdiff_t>(first);
    const auto end = begin + static_cast<ptrdiff_t>(count);
    row->cells.assign(begin, end);
    row->trailing.assign(end, line.cells.end());
    for (size_t i = count; i < found; ++i) {
      const TableCell cell = Trimmed(line.cells[first + i]);
      if (cell.text.empty()) continue;
      diagnostics_->Error(
          cell.span,
          absl::StrCat("row `", row->number.text, "` has a text after its ",
                       count, " cells, in cell ", i + 1));
      return false;
    }
    return true;
  }

  Matrix* const matrix_;
  Diagnostics* const diagnostics_;
  absl::flat_hash_set<std::string> printed_headers_;
  // Lines that are no rows, until it is known what they are.
  std::vector<TableLine> pending_;
  std::optional<TableCell> service_;
};

}  // namespace

bool IsUseCaseNumber(absl::string_view text) {
  if (!StartsWithCircledDigit(text)) return false;
  text.remove_prefix(3);
  if (!absl::StartsWith(text, "-")) return false;
  text.remove_prefix(1);
  return !text.empty() && text.size() <= kMaxNumberDigits &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

std::optional<size_t> Matrix::FindRow(absl::string_view number) const {
  const auto found = row_of.find(std::string(number));
  if (found == row_of.end()) return std::nullopt;
  return found->second;
}

std::string Matrix::HelpWithNumber(absl::string_view number) const {
  std::vector<std::string> numbers;
  for (const MatrixRow& row : rows) {
    if (row.old_number.text == number) {
      return absl::StrCat("it is the old number of `", row.number.text,
                          "`; only new numbers are understood");
    }
    numbers.emplace_back(row.number.text);
  }
  const std::string near = Nearest(number, numbers);
  return near.empty() ? "" : absl::StrCat("did you mean `", near, "`?");
}

const TableCell* Matrix::FindCell(const MatrixRow& row,
                                  absl::string_view key) const {
  if (key == kNumberKey) return &row.number;
  if (key == kOldNumberKey) return &row.old_number;
  if (key == kServiceKey) return &row.service;
  const std::optional<size_t> column = FindColumn(columns, key);
  return column ? &row.cells[*column] : nullptr;
}

std::string Matrix::RowsName(const Finding::Rows& range) const {
  if (range.begin >= range.end) return "";
  const absl::string_view first = rows[range.begin].number.text;
  if (range.end - range.begin == 1) return std::string(first);
  return absl::StrCat(first, " to ", rows[range.end - 1].number.text);
}

Matrix ReadMatrixRows(const SourceSet& sources, SourceId source,
                      Columns columns, Diagnostics* diagnostics) {
  Matrix matrix;
  matrix.source = source;
  matrix.columns = std::move(columns);
  const size_t errors_before = diagnostics->error_count();
  RowReader reader(&matrix, diagnostics);
  for (const TableLine& line : SplitTable(sources, source, diagnostics)) {
    if (TooManyErrors(source, diagnostics)) break;
    if (matrix.rows.size() >= kMaxMatrixRows && !line.blank()) {
      diagnostics->Error(line.span, absl::StrCat("the matrix has more than ",
                                                 kMaxMatrixRows, " rows"));
      break;
    }
    reader.Read(line);
  }
  reader.Finish();
  matrix.complete = diagnostics->error_count() == errors_before;
  if (matrix.complete && matrix.rows.empty()) {
    matrix.complete = false;
    diagnostics->Error({source, 0, 0}, "the matrix has no row");
  }
  return matrix;
}

}  // namespace sekisho
