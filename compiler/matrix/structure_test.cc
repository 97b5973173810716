// Findings of the layout: each is looked for in a matrix of four columns that
// has it, and what is found is compared whole.
#include "compiler/matrix/structure.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/matrix/columns.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/matrix.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kColumns[] =
    "column\theader\tenglish\tbecomes\tgrammar\n"
    "a\tA\tFirst\tcondition\tphrase\n"
    "b\tB\tSecond\tcondition\tphrase\n"
    "c\tC\tThird\tcondition\tphrase\n"
    "d\tD\tFourth\tcondition\tphrase\n";

constexpr char kHeaders[] =
    "service|old|new|group|||D\n"
    "|||A|B|C|\n";

// Where `|` stands for a tab.
std::string Tabbed(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\t"}});
}

// The findings, a line each.
std::string Find(const std::string& matrix_text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  const SourceId columns = sources.Add("columns.tsv", kColumns);
  const SourceId source = sources.Add("m", Tabbed(matrix_text));
  const Matrix matrix =
      ReadMatrixRows(sources, source,
                     ReadColumns(sources, columns, &diagnostics), &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "");
  std::vector<Finding> findings = HeaderFindings(matrix);
  for (const Finding& finding : RowFindings(matrix)) {
    findings.push_back(finding);
  }
  SortFindings(&findings);
  std::string text;
  for (const Finding& finding : findings) {
    const Position at = sources.PositionOf(finding.span);
    absl::StrAppend(&text, at.line, ":", at.column, " ",
                    FindingKindName(finding.kind), " [",
                    matrix.RowsName(finding.rows), "] ", finding.column, ": ",
                    finding.message, "\n");
  }
  return text;
}

std::string FindIn(const std::string& rows) {
  return Find(absl::StrCat(kHeaders, rows));
}

TEST(RowFindingsTest, NoneInATidyMatrix) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|d\n"), "");
}

TEST(RowFindingsTest, ShiftedRowsAreOneFindingARun) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|1\n"
                   "①s|①-2|①-2|a|b|c|2\n"
                   "①s|①-3|①-3|a|b|c|3\n"
                   "|①s|①-4|①-4|a|b|c|4\n"
                   "|①s|①-5|①-5|a|b|c|5\n"),
            "6:5 shifted [①-4 to ①-5] formerly: the numbers of ①-4 to ①-5 "
            "stand in cells 3 and 4, those of most rows of this table in 2 and "
            "3\n");
}

TEST(RowFindingsTest, EmptyCellsAfterTheLast) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|1|\n"
                   "①s|①-2|①-2|a|b|c|2||\n"),
            "3:20 shifted [①-1] : after the last cell of ①-1 an empty one "
            "follows\n"
            "4:20 shifted [①-2] : after the last cell of ①-2 2 empty ones "
            "follow\n");
}

TEST(RowFindingsTest, ServicesOnTheFirstRowAreOneNoteATable) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|1\n"
                   "|①-2|①-2|a|b|c|2\n"
                   "|①-3|①-3|a|b|c|3\n"),
            "3:1 incomplete [①-1 to ①-3] service: services are named on the "
            "first of their rows only; the rows below are read as of the same "
            "service\n");
}

TEST(RowFindingsTest, NumbersThatMislead) {
  EXPECT_EQ(
      FindIn("①s|①-2|①-1|a|b|c|1\n"
             "①s|①-3|①-2|a|b|c|2\n"
             "①s|①-3|②-1|a|b|c|3\n"),
      "3:4 odd [①-1] formerly: the old number of ①-1 is the new number of "
      "another row (line 4)\n"
      "3:4 incomplete [①-1 to ②-1] formerly: the old numbers leave out "
      "①-1\n"
      "5:4 contradictory [②-1] formerly: the old number of ②-1 is also "
      "that of ①-2\n"
      "5:8 contradictory [②-1] number: ②-1 stands under the service ①s\n");
}

TEST(RowFindingsTest, GapsInNewNumbers) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|1\n"
                   "①s|①-2|①-4|a|b|c|2\n"),
            "3:8 incomplete [①-1 to ①-4] number: the new numbers leave out "
            "①-2, ①-3\n");
}

TEST(RowFindingsTest, RowsOfTheSameCells) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|1\n"
                   "①s|①-2|①-2|a|b|c|1\n"),
            "4:8 odd [①-2] number: all cells of ①-2 are those of ①-1\n");
}

TEST(RowFindingsTest, TextOutsideTheTables) {
  EXPECT_EQ(FindIn("①s|①-1|①-1|a|b|c|1\n\nlegend\n"),
            "5:1 odd [] : stands outside the tables and is read as a remark: "
            "`legend`\n");
}

constexpr char kRow[] = "①s|①-1|①-1|a|b|c|1\n";

TEST(HeaderFindingsTest, HeadersBesideTheirData) {
  EXPECT_EQ(
      Find(absl::StrCat("service|old|new|group|||||D\n"
                        "||||A|B||C|\n",
                        kRow)),
      "2:5 header [] : the headers `A` to `B` stand 1 cell right of their "
      "data\n"
      "2:10 header [] : the headers `C` to `D` stand 2 cells right of "
      "their data\n");
}

TEST(HeaderFindingsTest, AHeaderLeftOfItsData) {
  EXPECT_EQ(
      Find(absl::StrCat("service|old|new|group||D|\n"
                        "|||A|B||C\n",
                        kRow)),
      "1:24 header [] d: the header `D` stands 1 cell left of its data\n"
      "2:9 header [] c: the header `C` stands 1 cell right of its data\n");
}

TEST(HeaderFindingsTest, HeadersWithoutData) {
  EXPECT_EQ(Find(absl::StrCat("service|old|new|group|||D|lonely\n"
                              "|||A|B|C||\n",
                              kRow)),
            "1:27 header [] : nothing stands below the header `lonely`\n");
  EXPECT_EQ(
      Find(absl::StrCat("service|old|new|group||||D\n"
                        "|||A|X|B|C|\n",
                        kRow)),
      "2:6 header [] : the header `X` has no data\n"
      "2:8 header [] : the headers `B` to `D` stand 1 cell right of their "
      "data\n");
}

TEST(HeaderFindingsTest, DataWithoutAHeader) {
  EXPECT_EQ(Find(absl::StrCat("service|old|new|group|||D\n"
                              "|||A||C\n",
                              kRow)),
            "2:6 header [] b: the data of `B`, cell 5, have no header\n");
  EXPECT_EQ(Find(absl::StrCat("service|old|new|group\n"
                              "|||A|B|C\n",
                              kRow)),
            "2:9 header [] d: the data of `D`, cell 7, have no header\n");
}

TEST(HeaderFindingsTest, AHeaderTwice) {
  EXPECT_EQ(
      Find(absl::StrCat("service|no|no|group|||D\n"
                        "|||A|B|C|\n",
                        kRow)),
      "1:12 header [] : `no` heads two columns, and nothing says how they "
      "differ\n");
}

TEST(HeaderFindingsTest, AnotherTableSaysItOtherwise) {
  EXPECT_EQ(
      Find(absl::StrCat(kHeaders, kRow,
                        "service|old|new|other|||E\n"
                        "|||A|B|C|\n"
                        "②s|②-1|②-1|a|b|c|2\n")),
      "4:25 header [] d: `E` is printed where another table has `D`\n"
      "5:4 header [] a: `A` stands under `other` here and under `group` in "
      "the table of line 1\n"
      "5:6 header [] b: `B` stands under `other` here and under `group` in "
      "the table of line 1\n"
      "5:8 header [] c: `C` stands under `other` here and under `group` in "
      "the table of line 1\n");
}

}  // namespace
}  // namespace sekisho
