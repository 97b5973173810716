#include "compiler/matrix/table.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr absl::string_view kSpaces[] = {" ", "\t", "\r", "\u3000", "\u00A0"};
constexpr int kAbsent = -1;

// The bytes of trailing white space.
size_t TrailingSpace(absl::string_view text) {
  size_t size = text.size();
  for (bool found = true; found;) {
    found = false;
    for (absl::string_view space : kSpaces) {
      if (absl::EndsWith(text.substr(0, size), space)) {
        size -= space.size();
        found = true;
      }
    }
  }
  return text.size() - size;
}

// `cell` without its first `front` and last `back` bytes.
TableCell Narrowed(TableCell cell, size_t front, size_t back) {
  cell.text.remove_prefix(front);
  cell.text.remove_suffix(back);
  cell.span.begin += static_cast<uint32_t>(front);
  cell.span.end -= static_cast<uint32_t>(back);
  return cell;
}

// Cuts `cell` at each `separator` without trimming.
std::vector<TableCell> Cut(const TableCell& cell, absl::string_view separator) {
  std::vector<TableCell> parts;
  size_t start = 0;
  while (true) {
    const size_t at = cell.text.find(separator, start);
    const size_t end = at == absl::string_view::npos ? cell.text.size() : at;
    parts.push_back(Narrowed(cell, start, cell.text.size() - end));
    if (at == absl::string_view::npos) return parts;
    start = at + separator.size();
  }
}

// For each cell of the header line, which of `columns` it names, or kAbsent.
std::vector<int> ReadHeader(const TableLine& header,
                            const std::vector<TableColumn>& columns,
                            Diagnostics* diagnostics) {
  std::vector<std::string> names;
  for (const TableColumn& column : columns) names.emplace_back(column.name);
  std::vector<int> index(header.cells.size(), kAbsent);
  std::vector<int> place(columns.size(), kAbsent);
  for (size_t i = 0; i < header.cells.size(); ++i) {
    const TableCell cell = Trimmed(header.cells[i]);
    if (cell.text.empty()) continue;
    const auto found = std::find(names.begin(), names.end(), cell.text);
    if (found == names.end()) {
      Diagnostics::Detail error = diagnostics->Error(
          cell.span,
          absl::StrCat("this table has no column `", cell.text, "`"));
      const std::string near = Nearest(cell.text, names);
      error.Help(near.empty() ? absl::StrCat("the columns are `",
                                             absl::StrJoin(names, "`, `"), "`")
                              : absl::StrCat("did you mean `", near, "`?"));
      continue;
    }
    const int column = static_cast<int>(found - names.begin());
    if (place[column] != kAbsent) {
      diagnostics
          ->Error(cell.span,
                  absl::StrCat("the column `", cell.text, "` stands twice"))
          .Note(header.cells[place[column]].span, "first here");
      continue;
    }
    place[column] = static_cast<int>(i);
    index[i] = column;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    if (place[i] != kAbsent || !columns[i].required) continue;
    diagnostics->Error(header.span, absl::StrCat("the header line has no `",
                                                 columns[i].name, "`"));
  }
  return index;
}

// Puts the cells of `line` into the order of `columns`. False after an error.
bool ReadRow(const TableLine& line, const std::vector<int>& index,
             const std::vector<TableColumn>& columns, TableRow* row,
             Diagnostics* diagnostics) {
  for (size_t i = 0; i < line.cells.size(); ++i) {
    if (i < index.size() && index[i] != kAbsent) continue;
    const TableCell cell = Trimmed(line.cells[i]);
    if (cell.text.empty()) continue;
    diagnostics->Error(cell.span,
                       absl::StrCat("this is cell ", i + 1,
                                    " of its line, for which the header line "
                                    "names no column"));
    return false;
  }
  for (size_t i = line.cells.size(); i < index.size(); ++i) {
    if (index[i] == kAbsent || !columns[index[i]].required) continue;
    const Span end{line.span.source, line.span.end, line.span.end};
    diagnostics->Error(
        end, absl::StrCat("the line ends after ", line.cells.size(),
                          " cells, before the column `", columns[index[i]].name,
                          "`"));
    return false;
  }
  row->line = line.line;
  row->span = line.span;
  row->cells.assign(
      columns.size(),
      TableCell{"", {line.span.source, line.span.end, line.span.end}});
  for (size_t i = 0; i < std::min(index.size(), line.cells.size()); ++i) {
    if (index[i] != kAbsent) row->cells[index[i]] = Trimmed(line.cells[i]);
  }
  return true;
}

}  // namespace

size_t LeadingSpace(absl::string_view text) {
  size_t size = 0;
  for (bool found = true; found;) {
    found = false;
    for (absl::string_view space : kSpaces) {
      if (absl::StartsWith(text.substr(size), space)) {
        size += space.size();
        found = true;
      }
    }
  }
  return size;
}

TableCell Trimmed(TableCell cell) {
  const size_t front = LeadingSpace(cell.text);
  cell = Narrowed(cell, front, 0);
  return Narrowed(cell, 0, TrailingSpace(cell.text));
}

std::vector<TableCell> SplitCell(const TableCell& cell,
                                 absl::string_view separator) {
  std::vector<TableCell> parts = Cut(cell, separator);
  for (TableCell& part : parts) part = Trimmed(part);
  return parts;
}

bool TableLine::blank() const {
  return std::all_of(cells.begin(), cells.end(), [](const TableCell& cell) {
    return LeadingSpace(cell.text) == cell.text.size();
  });
}

std::vector<TableLine> SplitTable(const SourceSet& sources, SourceId source,
                                  Diagnostics* diagnostics) {
  const absl::string_view text = sources.text(source);
  if (text.size() > kMaxTableBytes) {
    diagnostics->Error({source, 0, 0},
                       absl::StrCat("the table is larger than ",
                                    kMaxTableBytes >> 20, " MiB"));
    return {};
  }
  TableCell rest{text, {source, 0, static_cast<uint32_t>(text.size())}};
  if (absl::StartsWith(text, kByteOrderMark)) {
    rest = Narrowed(rest, kByteOrderMark.size(), 0);
  }
  std::vector<TableLine> lines;
  size_t cells = 0;
  while (!rest.text.empty()) {
    const size_t length = std::min(rest.text.find('\n'), rest.text.size());
    TableCell line = Narrowed(rest, 0, rest.text.size() - length);
    rest = Narrowed(rest, std::min(length + 1, rest.text.size()), 0);
    if (absl::EndsWith(line.text, "\r")) line = Narrowed(line, 0, 1);
    std::vector<TableCell> parts = Cut(line, "\t");
    cells += parts.size();
    if (cells > kMaxTableCells) {
      diagnostics->Error(
          {source, line.span.begin, line.span.begin},
          absl::StrCat("the table has more than ", kMaxTableCells, " cells"));
      return {};
    }
    lines.push_back(
        {static_cast<uint32_t>(lines.size() + 1), line.span, std::move(parts)});
  }
  return lines;
}

bool TooManyErrors(SourceId source, Diagnostics* diagnostics) {
  if (diagnostics->error_count() < kMaxTableErrors) return false;
  if (diagnostics->error_count() == kMaxTableErrors) {
    diagnostics->Error({source, 0, 0}, "too many errors; reading stops here");
  }
  return true;
}

Table ReadTable(const SourceSet& sources, SourceId source,
                const std::vector<TableColumn>& columns,
                Diagnostics* diagnostics) {
  Table table;
  const size_t errors_before = diagnostics->error_count();
  const TableLine* header = nullptr;
  std::vector<int> index;
  const std::vector<TableLine> lines = SplitTable(sources, source, diagnostics);
  for (const TableLine& line : lines) {
    if (line.blank() || absl::StartsWith(line.cells[0].text, "#")) continue;
    if (header == nullptr) {
      header = &line;
      index = ReadHeader(line, columns, diagnostics);
      // Below a header that was misread every cell would be.
      if (diagnostics->error_count() > errors_before) return table;
      continue;
    }
    if (TooManyErrors(source, diagnostics)) break;
    TableRow row;
    if (ReadRow(line, index, columns, &row, diagnostics)) {
      table.rows.push_back(std::move(row));
    }
  }
  if (header == nullptr && diagnostics->error_count() == errors_before) {
    diagnostics->Error({source, 0, 0}, "the table has no header line");
  }
  return table;
}

}  // namespace sekisho
