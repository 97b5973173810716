#include "compiler/source/source.h"

#include <algorithm>
#include <utility>

namespace sekisho {

SourceId SourceSet::Add(absl::string_view name, std::string text) {
  Source& source = sources_.emplace_back();
  source.name = std::string(name.data(), name.size());
  source.text = std::move(text);
  source.line_starts.push_back(0);
  for (size_t i = 0; i < source.text.size(); ++i) {
    if (source.text[i] == '\n') source.line_starts.push_back(i + 1);
  }
  return static_cast<SourceId>(sources_.size() - 1);
}

absl::string_view SourceSet::text(const Span& span) const {
  return text(span.source).substr(span.begin, span.end - span.begin);
}

uint32_t SourceSet::LineOf(SourceId id, uint32_t offset) const {
  const std::vector<uint32_t>& starts = sources_[id].line_starts;
  return static_cast<uint32_t>(
      std::upper_bound(starts.begin(), starts.end(), offset) - starts.begin());
}

Position SourceSet::PositionOf(SourceId id, uint32_t offset) const {
  const Source& source = sources_[id];
  Position position;
  position.line = LineOf(id, offset);
  const uint32_t begin = source.line_starts[position.line - 1];
  const size_t end = std::clamp<size_t>(offset, begin, source.text.size());
  // Every byte but the continuation bytes of UTF-8 begins a code point.
  position.column = 1 + static_cast<uint32_t>(std::count_if(
                            source.text.begin() + begin,
                            source.text.begin() + static_cast<ptrdiff_t>(end),
                            [](char c) { return (c & 0xc0) != 0x80; }));
  return position;
}

absl::string_view SourceSet::Line(SourceId id, uint32_t line) const {
  const Source& source = sources_[id];
  if (line == 0 || line > source.line_starts.size()) return "";
  const size_t begin = source.line_starts[line - 1];
  absl::string_view text = absl::string_view(source.text).substr(begin);
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

}  // namespace sekisho
