#include "compiler/language/text.h"

#include <algorithm>
#include <utility>

#include "engine/base/utf8.h"

namespace sekisho {
namespace {

uint32_t UnitsOf(char32_t code_point, size_t bytes, TextUnit unit) {
  if (unit == TextUnit::kUtf8) return static_cast<uint32_t>(bytes);
  return code_point > 0xffff ? 2 : 1;
}

}  // namespace

Text::Text(std::string text) : text_(std::move(text)), line_starts_({0}) {
  for (size_t i = 1; i <= text_.size(); ++i) {
    if (BeginsLine(i)) line_starts_.push_back(i);
  }
}

bool Text::BeginsLine(size_t offset) const {
  const char before = text_[offset - 1];
  return before == '\n' || (before == '\r' && text_[offset] != '\n');
}

size_t Text::LineIndexOf(size_t offset) const {
  return std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) -
         line_starts_.begin() - 1;
}

TextSpan Text::LineAt(size_t offset) const {
  const size_t line = LineIndexOf(offset);
  const size_t begin = line_starts_[line];
  size_t end =
      line + 1 < line_starts_.size() ? line_starts_[line + 1] : text_.size();
  while (end > begin && (text_[end - 1] == '\n' || text_[end - 1] == '\r')) {
    --end;
  }
  return {begin, end};
}

size_t Text::OffsetOf(const TextPosition& position, TextUnit unit) const {
  if (position.line >= line_starts_.size()) return text_.size();
  const TextSpan line = LineAt(line_starts_[position.line]);
  size_t offset = line.begin;
  uint32_t units = 0;
  while (offset < line.end) {
    size_t after = offset;
    const char32_t c = NextCodePoint(text_, &after);
    units += UnitsOf(c, after - offset, unit);
    if (units > position.character) break;
    offset = after;
  }
  return offset;
}

TextSpan Text::SpanOf(const TextRange& range, TextUnit unit) const {
  const size_t begin = OffsetOf(range.begin, unit);
  return {begin, std::max(begin, OffsetOf(range.end, unit))};
}

TextPosition Text::PositionOf(size_t offset, TextUnit unit) const {
  offset = std::min(offset, text_.size());
  const size_t line = LineIndexOf(offset);
  return {static_cast<uint32_t>(line),
          CountUnits({line_starts_[line], offset}, unit)};
}

uint32_t Text::CountUnits(const TextSpan& span, TextUnit unit) const {
  uint32_t units = 0;
  for (size_t at = span.begin; at < span.end;) {
    if (static_cast<unsigned char>(text_[at]) < 0x80) {
      ++at;
      ++units;
      continue;
    }
    const size_t before = at;
    const char32_t c = NextCodePoint(text_, &at);
    units += UnitsOf(c, at - before, unit);
  }
  return units;
}

TextRange Text::RangeOf(const TextSpan& span, TextUnit unit) const {
  const TextPosition begin = PositionOf(span.begin, unit);
  const size_t line_after = begin.line + size_t{1};
  const bool is_in_line = span.begin <= span.end && span.end <= text_.size() &&
                          (line_after == line_starts_.size() ||
                           span.end < line_starts_[line_after]);
  if (!is_in_line) return {begin, PositionOf(span.end, unit)};
  return {begin, {begin.line, begin.character + CountUnits(span, unit)}};
}

void Text::Replace(const TextSpan& span, absl::string_view by) {
  // Whether a line begins at an offset depends on the bytes on both sides.
  const auto kept_before = std::lower_bound(line_starts_.begin() + 1,
                                            line_starts_.end(), span.begin);
  const auto kept_after =
      std::lower_bound(kept_before, line_starts_.end(), span.end + 1);
  text_.replace(span.begin, span.end - span.begin, by.data(), by.size());
  const size_t new_end = span.begin + by.size();
  for (auto it = kept_after; it != line_starts_.end(); ++it) {
    *it = *it - span.end + new_end;
  }
  std::vector<size_t> between;
  for (size_t i = std::max<size_t>(span.begin, 1); i <= new_end; ++i) {
    if (BeginsLine(i)) between.push_back(i);
  }
  const auto at = line_starts_.erase(kept_before, kept_after);
  line_starts_.insert(at, between.begin(), between.end());
}

}  // namespace sekisho
