// Tested by format_test.cc.
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/format/format.h"
#include "compiler/matrix/table.h"

namespace sekisho {
namespace {

// A row that only looks like a comment without its space stays a row.
absl::string_view CellText(const TableLine& line, size_t index) {
  const absl::string_view text = Trimmed(line.cells[index]).text;
  const bool is_no_comment = index == 0 && absl::StartsWith(text, "#");
  return is_no_comment ? line.cells[0].text : text;
}

}  // namespace

std::optional<std::string> FormatTable(const SourceSet& sources,
                                       SourceId source,
                                       Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  const std::vector<TableLine> lines = SplitTable(sources, source, diagnostics);
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  std::string out;
  bool blank = false;
  for (const TableLine& line : lines) {
    if (line.blank()) {
      blank = !out.empty();
      continue;
    }
    if (blank) out += '\n';
    blank = false;
    if (absl::StartsWith(line.cells[0].text, "#")) {
      absl::StrAppend(
          &out, absl::StripTrailingAsciiWhitespace(sources.text(line.span)));
    } else {
      for (size_t i = 0; i < line.cells.size(); ++i) {
        absl::StrAppend(&out, i > 0 ? "\t" : "", CellText(line, i));
      }
    }
    out += '\n';
  }
  return out;
}

}  // namespace sekisho
