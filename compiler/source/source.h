// Source texts, and places in them.
//
//   SourceSet sources;
//   SourceId id = sources.Add("rules.cedar", text);
//   Span span{id, 10, 15};
//   Position at = sources.PositionOf(span);  // line, column
//
// A SourceSet only grows; texts stay where they are, so views into them live
// as long as the set. Not thread-safe while sources are added.
#ifndef SEKISHO_COMPILER_SOURCE_SOURCE_H_
#define SEKISHO_COMPILER_SOURCE_SOURCE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sekisho {

// The number of a source in its set.
using SourceId = uint32_t;
inline constexpr SourceId kNoSource = ~SourceId{0};

// The bytes [begin, end) of a source.
struct Span {
  SourceId source = kNoSource;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool valid() const { return source != kNoSource; }
  bool operator==(const Span&) const = default;
};

// From the start of `first` to the end of `last`, in one source.
inline Span Join(const Span& first, const Span& last) {
  return {first.source, first.begin, last.end};
}

struct Position {
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1, counted in Unicode code points
};

class SourceSet {
 public:
  // `name` is what messages call it, usually the path as the user gave it.
  // REQUIRES: `text` is valid UTF-8 of less than 4 GiB (see ReadSource).
  SourceId Add(absl::string_view name, std::string text);

  size_t size() const { return sources_.size(); }
  absl::string_view name(SourceId id) const { return sources_[id].name; }
  absl::string_view text(SourceId id) const { return sources_[id].text; }
  absl::string_view text(const Span& span) const;

  // Takes time in proportion to the length of the line.
  Position PositionOf(SourceId id, uint32_t offset) const;
  Position PositionOf(const Span& span) const {
    return PositionOf(span.source, span.begin);
  }
  // Its line alone, without looking at the text.
  uint32_t LineOf(SourceId id, uint32_t offset) const;
  uint32_t LineOf(const Span& span) const {
    return LineOf(span.source, span.begin);
  }
  // The line with that number (from 1), without its line break, which may be
  // LF or CRLF; empty if there is no such line.
  absl::string_view Line(SourceId id, uint32_t line) const;

 private:
  struct Source {
    std::string name;
    std::string text;
    std::vector<uint32_t> line_starts;
  };
  std::deque<Source> sources_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_SOURCE_SOURCE_H_
