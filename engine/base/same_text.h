// Equality of short texts without a call, for the hot path: most names and
// symbols have at most 16 bytes, and are read as two words that may overlap.
#ifndef SEKISHO_ENGINE_BASE_SAME_TEXT_H_
#define SEKISHO_ENGINE_BASE_SAME_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace sekisho {

// The first and the last bytes of a text, all of it if it has at most 16.
struct TextEnds {
  uint64_t first = 0;
  uint64_t last = 0;

  friend bool operator==(const TextEnds& a, const TextEnds& b) {
    return a.first == b.first && a.last == b.last;
  }

  explicit TextEnds(absl::string_view text) {
    const size_t size = text.size();
    const char* const data = text.data();
    if (size >= 8) {
      std::memcpy(&first, data, 8);
      std::memcpy(&last, data + size - 8, 8);
    } else if (size >= 4) {
      uint32_t halves[2];
      std::memcpy(&halves[0], data, 4);
      std::memcpy(&halves[1], data + size - 4, 4);
      first = halves[0];
      last = halves[1];
    } else if (size > 0) {
      first = static_cast<uint8_t>(data[0]) |
              uint64_t{static_cast<uint8_t>(data[size / 2])} << 8;
      last = static_cast<uint8_t>(data[size - 1]);
    }
  }
};

inline bool SameText(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() > 16) return std::memcmp(a.data(), b.data(), a.size()) == 0;
  return TextEnds(a) == TextEnds(b);
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_SAME_TEXT_H_
