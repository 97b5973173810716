#include "engine/base/text_width.h"

#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(TextWidthTest, CountsTerminalColumns) {
  const struct {
    absl::string_view text;
    int width;
  } kCases[] = {
      {"", 0},
      {"abc", 3},
      {"病院", 4},
      {"ｶﾅ", 2},            // halfwidth
      {"ＡＢ", 4},          // fullwidth
      {"①-1", 3},           // ambiguous counts one
      {"　", 2},            // U+3000
      {"か\u3099", 2},      // combining dakuten
      {"葛\U000e0100", 2},  // ideographic variation selector
      {"\u200b\ufeff", 0},  // invisible
      {"한글", 4},
      {"😀", 2},
      {"é", 1},
      {"a\tb", 2},  // control characters have no width of their own
      {"𠮷", 2},    // outside the BMP
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(TerminalWidth(c.text), c.width) << c.text;
  }
}

TEST(TextWidthTest, PadsByColumns) {
  EXPECT_EQ(PadRight("病院", 6) + "|", "病院  |");
  EXPECT_EQ(PadRight("abc", 6) + "|", "abc   |");
  EXPECT_EQ(PadRight("病院", 3), "病院");
  EXPECT_EQ(PadRight("", -1), "");
}

}  // namespace
}  // namespace sekisho
