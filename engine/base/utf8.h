// UTF-8 by code points.
#ifndef SEKISHO_ENGINE_BASE_UTF8_H_
#define SEKISHO_ENGINE_BASE_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace sekisho {

inline constexpr char32_t kReplacementCharacter = 0xfffd;

// The code point at `*offset`, which moves behind it. Bytes that are not UTF-8
// yield the replacement character, one for each byte.
// REQUIRES: *offset < text.size().
char32_t NextCodePoint(absl::string_view text, size_t* offset);

// The offset of the first byte that is not part of well-formed UTF-8 (no
// surrogates, no overlong forms, nothing above U+10FFFF), or npos.
size_t FindInvalidUtf8(absl::string_view text);

// REQUIRES: `code_point` is a Unicode scalar value.
void AppendUtf8(char32_t code_point, std::string* out);

// True for characters with the property White_Space, such as U+3000.
bool IsUnicodeSpace(char32_t code_point);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_UTF8_H_
