#include "engine/base/utf8.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::vector<char32_t> Decode(absl::string_view text) {
  std::vector<char32_t> out;
  for (size_t offset = 0; offset < text.size();) {
    out.push_back(NextCodePoint(text, &offset));
  }
  return out;
}

TEST(Utf8Test, EveryScalarValueSurvivesTheRoundTrip) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string text;
    AppendUtf8(c, &text);
    size_t offset = 0;
    ASSERT_EQ(NextCodePoint(text, &offset), c);
    ASSERT_EQ(offset, text.size());
    ASSERT_EQ(FindInvalidUtf8(text), absl::string_view::npos);
  }
}

TEST(Utf8Test, FindsTheFirstBadByte) {
  const struct {
    absl::string_view text;
    size_t offset;
  } kCases[] = {
      {"", absl::string_view::npos},
      {"病院", absl::string_view::npos},
      {"ab\xff", 2},
      {"病\x80", 3},
      {"\xe7\x97", 0},           // cut short
      {"a\xc0\x80", 1},          // overlong
      {"a\xe0\x80\x80", 1},      // overlong
      {"a\xed\xa0\x80", 1},      // a surrogate
      {"a\xf4\x90\x80\x80", 1},  // above U+10FFFF
      {"a\xf0\x80\x80\x80", 1},  // overlong
      {"\x95\x61\x89\x40", 0},   // Shift_JIS
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FindInvalidUtf8(c.text), c.offset) << c.text;
  }
}

TEST(Utf8Test, BadBytesAreReplacedOneByOne) {
  EXPECT_EQ(Decode("a\xe7\x97z"),
            (std::vector<char32_t>{'a', 0xfffd, 0xfffd, 'z'}));
}

TEST(Utf8Test, KnowsJapaneseSpace) {
  EXPECT_TRUE(IsUnicodeSpace(0x3000));
  EXPECT_TRUE(IsUnicodeSpace('\n'));
  EXPECT_FALSE(IsUnicodeSpace(0x200b));
  EXPECT_FALSE(IsUnicodeSpace('_'));
}

}  // namespace
}  // namespace sekisho
