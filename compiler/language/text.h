// A text that is being edited, and places in it as editors count them.
#ifndef SEKISHO_COMPILER_LANGUAGE_TEXT_H_
#define SEKISHO_COMPILER_LANGUAGE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sekisho {

// What a character of a line counts for.
enum class TextUnit { kUtf8, kUtf16 };

// Both from 0. Lines end with LF, CRLF or CR.
struct TextPosition {
  uint32_t line = 0;
  uint32_t character = 0;

  auto operator<=>(const TextPosition&) const = default;
};

struct TextRange {
  TextPosition begin;
  TextPosition end;

  bool operator==(const TextRange&) const = default;
};

// The bytes [begin, end) of a text.
struct TextSpan {
  size_t begin = 0;
  size_t end = 0;

  bool operator==(const TextSpan&) const = default;
};

class Text {
 public:
  // REQUIRES: `text` is UTF-8.
  explicit Text(std::string text = "");

  const std::string& text() const { return text_; }
  size_t size() const { return text_.size(); }
  absl::string_view substr(const TextSpan& span) const {
    return absl::string_view(text_).substr(span.begin, span.end - span.begin);
  }

  // Every position means some place: behind the end of a line its end, behind
  // the last line the end of the text, inside of a character its beginning.
  size_t OffsetOf(const TextPosition& position, TextUnit unit) const;
  TextSpan SpanOf(const TextRange& range, TextUnit unit) const;
  // An offset behind the end means the end.
  TextPosition PositionOf(size_t offset, TextUnit unit) const;
  TextRange RangeOf(const TextSpan& span, TextUnit unit) const;

  // The line that `offset` is in, without its line break.
  TextSpan LineAt(size_t offset) const;

  // Takes time in proportion to the number of lines and to what has to move.
  // REQUIRES: the ends of `span` are places that OffsetOf may return.
  void Replace(const TextSpan& span, absl::string_view by);

 private:
  // REQUIRES: the span is in one line, and begins and ends with characters.
  uint32_t CountUnits(const TextSpan& span, TextUnit unit) const;
  size_t LineIndexOf(size_t offset) const;
  bool BeginsLine(size_t offset) const;

  std::string text_;
  // Offsets, ascending; the first is 0.
  std::vector<size_t> line_starts_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_TEXT_H_
