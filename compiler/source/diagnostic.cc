// Rendering works on cells: a code point as it is shown, and the columns it
// takes. A line is turned into cells, the cells of the span are found, a window
// around them is chosen where the line is long, and carets are put under it.
// Cost: bounded by kNear, however long the line is.
//
// Tested by diagnostic_test.cc, whose tables are the rendered text.
#include "compiler/source/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/text_width.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

// Of the source text shown, in columns.
constexpr int kMaxWidth = 96;
// What is kept to the left of a span in a line that is cut.
constexpr int kContextWidth = 32;
constexpr absl::string_view kEllipsis = "…";
// Bytes to both sides of a span's begin that can be within the window; what is
// farther away is not looked at.
constexpr size_t kNear = 2048;

struct Cell {
  std::string text;
  int width = 0;
  // In the line's text.
  size_t offset = 0;
};

// True for what must not reach a terminal: control characters, and the
// bidirectional ones that show text in another order than it has.
bool IsUnsafe(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::vector<Cell> ToCells(absl::string_view line) {
  std::vector<Cell> cells;
  for (size_t offset = 0; offset < line.size();) {
    Cell cell;
    cell.offset = offset;
    char32_t c = NextCodePoint(line, &offset);
    if (c == '\t') c = ' ';
    if (IsUnsafe(c)) c = kReplacementCharacter;
    AppendUtf8(c, &cell.text);
    cell.width = CodePointWidth(c);
    cells.push_back(std::move(cell));
  }
  return cells;
}

// What a message quotes may come from anywhere.
std::string Safe(absl::string_view text) {
  std::string out;
  for (size_t offset = 0; offset < text.size();) {
    const char32_t c = NextCodePoint(text, &offset);
    AppendUtf8(IsUnsafe(c) ? kReplacementCharacter : c, &out);
  }
  return out;
}

int WidthOf(const std::vector<Cell>& cells, size_t begin, size_t end) {
  int width = 0;
  for (size_t i = begin; i < end; ++i) width += cells[i].width;
  return width;
}

// The cells [begin, end) that are shown of a line whose cells
// [span_begin, span_end) are meant.
std::pair<size_t, size_t> Window(const std::vector<Cell>& cells,
                                 size_t span_begin, size_t span_end) {
  if (WidthOf(cells, 0, cells.size()) <= kMaxWidth) return {0, cells.size()};
  size_t begin = span_begin;
  size_t end = span_begin;
  int width = 0;
  const auto take_left = [&](int limit) {
    while (begin > 0 && width + cells[begin - 1].width <= limit) {
      width += cells[--begin].width;
    }
  };
  const auto take_right = [&](size_t to) {
    while (end < to && width + cells[end].width <= kMaxWidth) {
      width += cells[end++].width;
    }
  };
  take_left(kContextWidth);
  take_right(span_end);
  take_right(cells.size());
  take_left(kMaxWidth);
  return {begin, end};
}

// The two lines of a snippet: the source's, and the one with the carets.
std::pair<std::string, std::string> Snippet(absl::string_view line,
                                            size_t begin, size_t end) {
  const auto boundary = [&](size_t offset) {
    while (offset < line.size() && (line[offset] & 0xc0) == 0x80) ++offset;
    return std::min(offset, line.size());
  };
  const size_t near_begin = boundary(begin > kNear ? begin - kNear : 0);
  const size_t near_end = boundary(begin + kNear);
  const std::vector<Cell> cells =
      ToCells(line.substr(near_begin, near_end - near_begin));
  const auto cell_at = [&](size_t offset) {
    return static_cast<size_t>(
        std::lower_bound(
            cells.begin(), cells.end(), offset,
            [](const Cell& cell, size_t o) { return cell.offset < o; }) -
        cells.begin());
  };
  const size_t span_begin = cell_at(begin - near_begin);
  const size_t span_end = std::max(span_begin, cell_at(end - near_begin));
  const auto [from, to] = Window(cells, span_begin, span_end);

  std::string text;
  int indent = WidthOf(cells, from, span_begin);
  if (near_begin + from > 0) {
    absl::StrAppend(&text, kEllipsis);
    indent += TerminalWidth(kEllipsis);
  }
  for (size_t i = from; i < to; ++i) text += cells[i].text;
  if (to < cells.size() || near_end < line.size()) {
    absl::StrAppend(&text, kEllipsis);
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();

  const int carets =
      std::max(1, WidthOf(cells, span_begin, std::min(span_end, to)));
  return {text, std::string(indent, ' ') + std::string(carets, '^')};
}

size_t GutterWidth(const SourceSet& sources, const Diagnostic& diagnostic) {
  const auto digits = [&](const Span& span) {
    return span.valid() ? absl::StrCat(sources.LineOf(span)).size() : 0;
  };
  size_t width = digits(diagnostic.span);
  for (const Diagnostic::Note& note : diagnostic.notes) {
    width = std::max(width, digits(note.span));
  }
  return width;
}

void AppendPlace(const SourceSet& sources, const Span& span, size_t gutter,
                 std::string* out) {
  if (!span.valid()) return;
  const Position at = sources.PositionOf(span);
  const absl::string_view line = sources.Line(span.source, at.line);
  const size_t line_begin = line.data() - sources.text(span.source).data();
  // What follows the first line of a span is not shown.
  const size_t begin = std::min<size_t>(span.begin - line_begin, line.size());
  const size_t end = std::min<size_t>(span.end - line_begin, line.size());
  const auto [text, carets] = Snippet(line, begin, end);
  const std::string number = absl::StrCat(at.line);
  const std::string margin(gutter, ' ');
  absl::StrAppend(out, margin.substr(1), "--> ",
                  Safe(sources.name(span.source)), ":", at.line, ":", at.column,
                  "\n", margin, " |\n", margin.substr(number.size()), number,
                  " |", text.empty() ? "" : " ", text, "\n", margin, " | ",
                  carets, "\n");
}

}  // namespace

Diagnostics::Detail& Diagnostics::Detail::Note(const Span& span,
                                               absl::string_view message) {
  diagnostic_->notes.push_back({span, std::string(message)});
  return *this;
}

Diagnostics::Detail& Diagnostics::Detail::Help(absl::string_view help) {
  diagnostic_->help = std::string(help);
  return *this;
}

Diagnostics::Detail Diagnostics::Error(const Span& span,
                                       absl::string_view message) {
  ++error_count_;
  all_.push_back(
      {Diagnostic::Severity::kError, span, std::string(message), {}, ""});
  return Detail(&all_.back());
}

Diagnostics::Detail Diagnostics::Warning(const Span& span,
                                         absl::string_view message) {
  all_.push_back(
      {Diagnostic::Severity::kWarning, span, std::string(message), {}, ""});
  return Detail(&all_.back());
}

void Diagnostics::Sort() {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.span.source, d.span.begin, d.span.end, d.message);
  };
  std::stable_sort(all_.begin(), all_.end(), [&](const auto& a, const auto& b) {
    return key(a) < key(b);
  });
}

std::string Diagnostics::ToString() const {
  std::string out;
  for (const Diagnostic& diagnostic : all_) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", ToString(diagnostic));
  }
  return out;
}

std::string Diagnostics::ToString(const Diagnostic& diagnostic) const {
  const size_t gutter = std::max<size_t>(1, GutterWidth(*sources_, diagnostic));
  std::string out = absl::StrCat(
      diagnostic.severity == Diagnostic::Severity::kError ? "error: "
                                                          : "warning: ",
      Safe(diagnostic.message), "\n");
  AppendPlace(*sources_, diagnostic.span, gutter, &out);
  if (!diagnostic.help.empty()) {
    absl::StrAppend(&out, std::string(gutter, ' '),
                    " = help: ", Safe(diagnostic.help), "\n");
  }
  for (const Diagnostic::Note& note : diagnostic.notes) {
    absl::StrAppend(&out, "note: ", Safe(note.message), "\n");
    AppendPlace(*sources_, note.span, gutter, &out);
  }
  return out;
}

}  // namespace sekisho
