#include "engine/base/utf8.h"

#include <cstdint>

namespace sekisho {
namespace {

// The length of the well-formed sequence at `offset`, which goes to
// `code_point`; 0 if there is none.
size_t Decode(absl::string_view text, size_t offset, char32_t* code_point) {
  const auto byte = [&](size_t i) -> uint32_t {
    return offset + i < text.size() ? static_cast<uint8_t>(text[offset + i])
                                    : 0;
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint32_t first = byte(0);
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  if (first < 0xc2) return 0;
  if (first < 0xe0) {
    if (!continues(1)) return 0;
    *code_point = (first & 0x1f) << 6 | (byte(1) & 0x3f);
    return 2;
  }
  if (first < 0xf0) {
    if (!continues(1) || !continues(2)) return 0;
    const char32_t c =
        (first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff)) return 0;
    *code_point = c;
    return 3;
  }
  if (first < 0xf5) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const char32_t c = (first & 0x07) << 18 | (byte(1) & 0x3f) << 12 |
                       (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    if (c < 0x10000 || c > 0x10ffff) return 0;
    *code_point = c;
    return 4;
  }
  return 0;
}

}  // namespace

char32_t NextCodePoint(absl::string_view text, size_t* offset) {
  char32_t code_point = kReplacementCharacter;
  const size_t length = Decode(text, *offset, &code_point);
  *offset += length == 0 ? 1 : length;
  return code_point;
}

size_t FindInvalidUtf8(absl::string_view text) {
  size_t offset = 0;
  while (offset < text.size()) {
    char32_t code_point;
    const size_t length = Decode(text, offset, &code_point);
    if (length == 0) return offset;
    offset += length;
  }
  return absl::string_view::npos;
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto append = [&](uint32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  const uint32_t c = code_point;
  if (c < 0x80) {
    append(c);
  } else if (c < 0x800) {
    append(0xc0 | c >> 6);
    append(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    append(0xe0 | c >> 12);
    append(0x80 | (c >> 6 & 0x3f));
    append(0x80 | (c & 0x3f));
  } else {
    append(0xf0 | c >> 18);
    append(0x80 | (c >> 12 & 0x3f));
    append(0x80 | (c >> 6 & 0x3f));
    append(0x80 | (c & 0x3f));
  }
}

bool IsUnicodeSpace(char32_t c) {
  return (c >= 0x9 && c <= 0xd) || c == 0x20 || c == 0x85 || c == 0xa0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

}  // namespace sekisho
