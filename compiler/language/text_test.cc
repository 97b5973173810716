#include "compiler/language/text.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(TextTest, PositionsCountWhatTheClientCounts) {
  // 2 + 1, 3 + 1 and 4 + 2 bytes and UTF-16 units.
  const Text text("ab\r\n\xc3\xa9\xe9\x96\xa2\xf0\x9f\x9a\xa7.\rx\n");
  struct {
    size_t offset;
    TextPosition utf8;
    TextPosition utf16;
  } const kCases[] = {
      {0, {0, 0}, {0, 0}},   {2, {0, 2}, {0, 2}},  {4, {1, 0}, {1, 0}},
      {6, {1, 2}, {1, 1}},   {9, {1, 5}, {1, 2}},  {13, {1, 9}, {1, 4}},
      {14, {1, 10}, {1, 5}}, {15, {2, 0}, {2, 0}}, {17, {3, 0}, {3, 0}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(text.PositionOf(c.offset, TextUnit::kUtf8), c.utf8) << c.offset;
    EXPECT_EQ(text.PositionOf(c.offset, TextUnit::kUtf16), c.utf16) << c.offset;
    EXPECT_EQ(text.OffsetOf(c.utf8, TextUnit::kUtf8), c.offset);
    EXPECT_EQ(text.OffsetOf(c.utf16, TextUnit::kUtf16), c.offset);
    for (const auto& end : kCases) {
      if (end.offset < c.offset) continue;
      EXPECT_EQ(text.RangeOf({c.offset, end.offset}, TextUnit::kUtf16),
                (TextRange{c.utf16, end.utf16}));
    }
  }
}

TEST(TextTest, EveryPositionIsAPlace) {
  const Text text("a\xf0\x9f\x9a\xa7\nb");
  // Between the halves of a surrogate pair, and inside of a character.
  EXPECT_EQ(text.OffsetOf({0, 2}, TextUnit::kUtf16), 1u);
  EXPECT_EQ(text.OffsetOf({0, 3}, TextUnit::kUtf8), 1u);
  EXPECT_EQ(text.OffsetOf({0, 99}, TextUnit::kUtf16), 5u);
  EXPECT_EQ(text.OffsetOf({99, 0}, TextUnit::kUtf16), 7u);
  EXPECT_EQ(text.PositionOf(99, TextUnit::kUtf16), (TextPosition{1, 1}));
  // A range that ends before it begins is empty.
  EXPECT_EQ(text.SpanOf({{1, 1}, {0, 0}}, TextUnit::kUtf16), (TextSpan{7, 7}));
  EXPECT_EQ(Text("").OffsetOf({0, 0}, TextUnit::kUtf16), 0u);
}

// Property: after any edits a text has the lines that its content has.
TEST(TextTest, EditsKeepLines) {
  std::mt19937 random(1);
  const auto draw = [&](size_t below) { return random() % below; };
  const std::string kParts[] = {"a", "\n", "\r", "\r\n", "\xe9\x96\xa2", ""};
  for (int round = 0; round < 200; ++round) {
    Text text;
    std::string content;
    for (int edit = 0; edit < 30; ++edit) {
      TextSpan span;
      do {
        span.begin = draw(content.size() + 1);
        span.end = span.begin + draw(content.size() - span.begin + 1);
        // At characters.
      } while ((content[span.begin] & 0xc0) == 0x80 ||
               (content[span.end] & 0xc0) == 0x80);
      std::string by;
      for (size_t i = draw(4); i > 0; --i) by += kParts[draw(6)];
      text.Replace(span, by);
      content.replace(span.begin, span.end - span.begin, by);
      const Text fresh(content);
      ASSERT_EQ(text.text(), content);
      for (size_t at = 0; at <= content.size(); ++at) {
        ASSERT_EQ(text.PositionOf(at, TextUnit::kUtf16),
                  fresh.PositionOf(at, TextUnit::kUtf16));
      }
    }
  }
}

}  // namespace
}  // namespace sekisho
