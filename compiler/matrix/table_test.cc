#include "compiler/matrix/table.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// Each cell as `line:column:text`, for lines of several with ` | ` between.
std::string Split(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId id = sources.Add("t.tsv", text);
  std::string out;
  for (const TableLine& line : SplitTable(sources, id, &diagnostics)) {
    for (size_t i = 0; i < line.cells.size(); ++i) {
      const TableCell& cell = line.cells[i];
      EXPECT_EQ(sources.text(cell.span), cell.text);
      const Position at = sources.PositionOf(cell.span);
      EXPECT_EQ(at.line, line.line);
      absl::StrAppend(&out, i > 0 ? " | " : "", at.line, ":", at.column, ":",
                      cell.text);
    }
    absl::StrAppend(&out, "\n");
  }
  return out + diagnostics.ToString();
}

TEST(SplitTableTest, CellsAreWhatStandsBetweenTabs) {
  EXPECT_EQ(Split(""), "");
  EXPECT_EQ(Split("a"), "1:1:a\n");
  EXPECT_EQ(Split("a\tb\n"), "1:1:a | 1:3:b\n");
  EXPECT_EQ(Split("\t\n\nx"), "1:1: | 1:2:\n2:1:\n3:1:x\n");
  EXPECT_EQ(Split(" 医師 \t\"q\"\n"), "1:1: 医師  | 1:6:\"q\"\n");
}

TEST(SplitTableTest, LineEndsAndByteOrderMarkBelongToNoCell) {
  EXPECT_EQ(Split("\xEF\xBB\xBF"
                  "a\tb\r\nc\r\n"),
            "1:2:a | 1:4:b\n2:1:c\n");
  EXPECT_EQ(Split("a\rb\n"), "1:1:a\rb\n");
}

TEST(SplitTableTest, TooManyCellsAreRefused) {
  const std::string most(kMaxTableCells - 1, '\t');
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  EXPECT_EQ(SplitTable(sources, sources.Add("most", most), &diagnostics).size(),
            1u);
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_TRUE(
      SplitTable(sources, sources.Add("more", most + "\n\n"), &diagnostics)
          .empty());
  EXPECT_EQ(diagnostics.all().at(0).message,
            "the table has more than 1000000 cells");
  EXPECT_TRUE(
      SplitTable(sources,
                 sources.Add("long", std::string(kMaxTableBytes + 1, 'x')),
                 &diagnostics)
          .empty());
  EXPECT_EQ(diagnostics.all().at(1).message, "the table is larger than 64 MiB");
}

// `a`, `b` and the optional `c` of each row, in brackets.
std::string Read(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const Table table =
      ReadTable(sources, sources.Add("t.tsv", text),
                {{"a"}, {"b"}, {"c", /*required=*/false}}, &diagnostics);
  std::string out;
  for (const TableRow& row : table.rows) {
    absl::StrAppend(&out, row.line, ":");
    for (const TableCell& cell : row.cells) {
      EXPECT_EQ(sources.text(cell.span), cell.text);
      absl::StrAppend(&out, "[", cell.text, "]");
    }
    absl::StrAppend(&out, "\n");
  }
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    absl::StrAppend(&out, diagnostic.message, "\n");
  }
  return out;
}

TEST(ReadTableTest, ColumnsAreFoundByName) {
  EXPECT_EQ(Read("a\tb\tc\n1\t2\t3\n"), "2:[1][2][3]\n");
  EXPECT_EQ(Read("b\ta\n1\t2\n"), "2:[2][1][]\n");
  EXPECT_EQ(Read("a\tb\tc\n1\t2\n 1 \t\xE3\x80\x80"
                 "2\t\n"),
            "2:[1][2][]\n3:[1][2][]\n");
}

TEST(ReadTableTest, CommentsAndBlankLinesAreSkipped) {
  EXPECT_EQ(Read("# a table\n\na\tb\n#1\t2\n\t\n1\t2\n"), "6:[1][2][]\n");
}

TEST(ReadTableTest, ALineOfTheWrongLengthIsLeftOut) {
  EXPECT_EQ(Read("a\tb\n1\n1\t2\t\n1\t2\t\t4\n1\t2\n"),
            "3:[1][2][]\n5:[1][2][]\n"
            "the line ends after 1 cells, before the column `b`\n"
            "this is cell 4 of its line, for which the header line names no "
            "column\n");
  EXPECT_EQ(Read("a\tb\t\n1\t2\tx\n"),
            "this is cell 3 of its line, for which the header line names no "
            "column\n");
}

TEST(SplitCellTest, PartsHaveTheirPlaces) {
  SourceSet sources;
  const SourceId id = sources.Add("t", "x | 医師 |y");
  const TableCell cell{sources.text(id),
                       {id, 0, static_cast<uint32_t>(sources.text(id).size())}};
  const auto parts = SplitCell(cell, "|");
  ASSERT_EQ(parts.size(), 3u);
  for (const TableCell& part : parts) {
    EXPECT_EQ(sources.text(part.span), part.text);
  }
  EXPECT_EQ(parts[1].text, "医師");
  EXPECT_EQ(SplitCell({"", {id, 0, 0}}, "|").size(), 1u);
}

TEST(TrimmedTest, TakesWhiteSpaceOnly) {
  const auto trimmed = [](absl::string_view text) {
    return std::string(
        Trimmed({text, {0, 0, static_cast<uint32_t>(text.size())}}).text);
  };
  EXPECT_EQ(trimmed(" \xE3\x80\x80 a b\xC2\xA0\t\r"), "a b");
  EXPECT_EQ(trimmed(" \xE3\x80\x80\t"), "");
  EXPECT_EQ(trimmed("。"), "。");
}

}  // namespace
}  // namespace sekisho
