#include "compiler/source/source.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(SourceSetTest, PositionsCountCodePoints) {
  SourceSet sources;
  const SourceId id = sources.Add("a", "ab\r\n病院 x\n");
  const struct {
    uint32_t offset;
    uint32_t line;
    uint32_t column;
  } kCases[] = {
      {0, 1, 1}, {1, 1, 2},  {3, 1, 4},  {4, 2, 1},
      {7, 2, 2}, {11, 2, 4}, {13, 3, 1}, {99, 3, 1},
  };
  for (const auto& c : kCases) {
    const Position at = sources.PositionOf(id, c.offset);
    EXPECT_EQ(at.line, c.line) << c.offset;
    EXPECT_EQ(sources.LineOf(id, c.offset), c.line) << c.offset;
    EXPECT_EQ(at.column, c.column) << c.offset;
  }
}

TEST(SourceSetTest, LinesHaveNoLineBreaks) {
  SourceSet sources;
  const SourceId id = sources.Add("a", "ab\r\ncd\n\nef\r");
  EXPECT_EQ(sources.Line(id, 0), "");
  EXPECT_EQ(sources.Line(id, 1), "ab");
  EXPECT_EQ(sources.Line(id, 2), "cd");
  EXPECT_EQ(sources.Line(id, 3), "");
  EXPECT_EQ(sources.Line(id, 4), "ef");
  EXPECT_EQ(sources.Line(id, 5), "");
}

TEST(SourceSetTest, AnEmptyTextHasOneEmptyLine) {
  SourceSet sources;
  const SourceId id = sources.Add("a", "");
  EXPECT_EQ(sources.PositionOf(id, 0).line, 1u);
  EXPECT_EQ(sources.Line(id, 1), "");
}

TEST(SourceSetTest, TextsStayWhereTheyAre) {
  SourceSet sources;
  const SourceId first = sources.Add("first", "short");
  const absl::string_view text = sources.text(first);
  for (int i = 0; i < 1000; ++i) sources.Add("more", "text");
  EXPECT_EQ(sources.text(first).data(), text.data());
  EXPECT_EQ(sources.text(Span{first, 1, 3}), "ho");
  EXPECT_EQ(sources.name(first), "first");
  EXPECT_EQ(sources.size(), 1001u);
}

}  // namespace
}  // namespace sekisho
