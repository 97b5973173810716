// Cells of each grammar against what they are read to mean.
#include "compiler/matrix/cell_reader.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"
#include "compiler/matrix/columns.h"
#include "compiler/matrix/vocabulary.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kColumns[] =
    "column\theader\tenglish\tbecomes\tgrammar\n"
    "phrase\t\tPhrase\tcondition\tphrase\n"
    "list\t\tList\tcondition\tlist\n"
    "formula\t\tFormula\tcondition\tformula\n"
    "remark\t\tRemark\tannotation\tphrase\n"
    "remarks\t\tRemarks\tannotation\tlist\n"
    "remedy\t\tRemedy\tannotation\tformula\n";

constexpr char kVocabulary[] =
    "column\tphrase\tmeaning\n"
    "*\tor\tor\n"
    "*\tand\tand\n"
    "*\t,\t,\n"
    "*\t-\t,\n"
    "phrase\ta (b)\tcontext.ab\n"
    "phrase\tnothing\t-\n"
    "list\ta\tcontext.a\n"
    "list\ta b\tcontext.ab\n"
    "list\tb\tcontext.b && context.bb\n"
    "list\tc\tcontext.c || context.cc\n"
    "list\tx-y\tcontext.xy\n"
    "list\tnothing\t-\n"
    "formula\ta\tcontext.a\n"
    "formula\tb\tcontext.b\n"
    "formula\tc\tcontext.c\n"
    "formula\td\tcontext.d\n"
    "formula\ta or else b\tcontext.aeb\n"
    "formula\tnothing\t-\n"
    "remark\tsoon\t10 s\n"
    "remark\tnothing\t-\n"
    "remarks\tx\tX\n"
    "remarks\ty\tY\n"
    "remarks\tnothing\t-\n"
    "remedy\tx\tX\n"
    "remedy\ty\tY\n"
    "remedy\tz\tZ\n";

class CellReaderTest : public testing::Test {
 protected:
  CellReaderTest() : diagnostics_(&sources_) {
    columns_ = ReadColumns(sources_, sources_.Add("columns.tsv", kColumns),
                           &diagnostics_);
    vocabulary_ =
        ReadVocabulary(sources_, sources_.Add("vocabulary.tsv", kVocabulary),
                       columns_, &diagnostics_);
    EXPECT_EQ(diagnostics_.ToString(), "");
  }

  // The condition, annotation, or errors with the text that they point at.
  std::string Read(absl::string_view column, const std::string& text) {
    Diagnostics diagnostics(&sources_);
    const SourceId id = sources_.Add("cell", text);
    const TableCell cell{sources_.text(id),
                         {id, 0, static_cast<uint32_t>(text.size())}};
    const CellMeaning meaning =
        ReadCell(columns_, vocabulary_, *FindColumn(columns_, column), cell,
                 &diagnostics);
    EXPECT_EQ(meaning.understood, !diagnostics.has_errors());
    std::string out;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      absl::StrAppend(&out, out.empty() ? "" : "; ", diagnostic.message, " @",
                      sources_.text(diagnostic.span));
    }
    if (!out.empty()) return out;
    if (meaning.condition) return PrintExpression(*meaning.condition);
    return meaning.annotation.empty() ? "none" : meaning.annotation;
  }

  SourceSet sources_;
  Diagnostics diagnostics_;
  Columns columns_;
  Vocabulary vocabulary_;
};

TEST_F(CellReaderTest, APhraseIsTheWholeCell) {
  EXPECT_EQ(Read("phrase", "a (b)"), "context.ab");
  EXPECT_EQ(Read("phrase", "  a (b)\xE3\x80\x80"), "context.ab");
  EXPECT_EQ(Read("phrase", "nothing"), "none");
  EXPECT_EQ(Read("phrase", "a  (b)"),
            "the vocabulary has no phrase `a  (b)` of `phrase` @a  (b)");
}

TEST_F(CellReaderTest, TheLongestPhraseOfAListWins) {
  EXPECT_EQ(Read("list", "a"), "context.a");
  EXPECT_EQ(Read("list", "a b"), "context.ab");
  EXPECT_EQ(Read("list", "a, b"), "context.a && context.b && context.bb");
  EXPECT_EQ(Read("list", "aa"), "context.a && context.a");
  EXPECT_EQ(Read("list", "x-y"), "context.xy");
  EXPECT_EQ(Read("list", "a -nothing- c,"),
            "context.a && (context.c || context.cc)");
  EXPECT_EQ(Read("list", "nothing,nothing"), "none");
}

TEST_F(CellReaderTest, WhatIsNoPhraseIsReportedWhole) {
  EXPECT_EQ(Read("list", "a, zebra crossing, b"),
            "the vocabulary has no phrase `zebra crossing` of `list` "
            "@zebra crossing");
  EXPECT_EQ(Read("list", "zebra, 漢字"),
            "the vocabulary has no phrase `zebra` of `list` @zebra; the "
            "vocabulary has no phrase `漢字` of `list` @漢字");
}

TEST_F(CellReaderTest, AndBindsTighterThanOr) {
  EXPECT_EQ(Read("formula", "a or b and c"),
            "context.a || context.b && context.c");
  EXPECT_EQ(Read("formula", "a and b or c and d"),
            "context.a && context.b || context.c && context.d");
  EXPECT_EQ(Read("formula", "a, b or c"),
            "context.a && context.b || context.c");
  EXPECT_EQ(Read("formula", "a or else b"), "context.aeb");
  EXPECT_EQ(Read("formula", "a or b or c"),
            "context.a || context.b || context.c");
}

TEST_F(CellReaderTest, APhraseWithoutAConditionHoldsAlways) {
  EXPECT_EQ(Read("formula", "nothing"), "none");
  EXPECT_EQ(Read("formula", "a and nothing or b"), "context.a || context.b");
  EXPECT_EQ(Read("formula", "nothing or nothing"), "none");
  constexpr char kVanish[] =
      "an alternative without a condition makes the others vanish @";
  for (const char* cell : {"a or nothing", "nothing or a", "a or nothing or b",
                           "nothing or a or nothing"}) {
    EXPECT_EQ(Read("formula", cell), absl::StrCat(kVanish, cell));
  }
}

TEST_F(CellReaderTest, AnnotationsAreJoined) {
  EXPECT_EQ(Read("remark", "soon"), "10 s");
  EXPECT_EQ(Read("remark", "nothing"), "none");
  EXPECT_EQ(Read("remarks", "x, nothing, y"), "X; Y");
  EXPECT_EQ(Read("remedy", "x and y or z"), "X and Y or Z");
  EXPECT_EQ(Read("remedy", "x, y"), "X and Y");
}

TEST_F(CellReaderTest, LongCellsAreRefused) {
  std::string phrases = "a";
  for (int i = 0; i < 60; ++i) phrases += ",a";
  EXPECT_EQ(Read("list", phrases),
            absl::StrCat("a cell of more than 100 phrases and connectives @",
                         phrases));
  const std::string text(kMaxReadCellBytes + 1, 'a');
  EXPECT_EQ(Read("list", text),
            absl::StrCat("a cell of more than 65536 bytes @", text));
}

// Against the plainest way to do it, over an alphabet of two letters.
TEST(PhraseIndexTest, FindsTheLongestPhrase) {
  std::minstd_rand random(20220701);
  for (int round = 0; round < 300; ++round) {
    const auto word = [&](int most) {
      std::string text;
      for (int n = static_cast<int>(random() % most) + 1; n > 0; --n) {
        text += random() % 2 == 0 ? 'a' : '\xE3';
      }
      return text;
    };
    std::vector<std::string> phrases;
    for (int i = 0; i < 12; ++i) phrases.push_back(word(6));
    std::sort(phrases.begin(), phrases.end());
    phrases.erase(std::unique(phrases.begin(), phrases.end()), phrases.end());
    PhraseIndex index;
    for (size_t i = 0; i < phrases.size(); ++i) index.Add(phrases[i], i);
    index.Sort();
    for (int i = 0; i < 20; ++i) {
      const std::string text = word(8);
      size_t longest = 0;
      for (const std::string& phrase : phrases) {
        if (text.compare(0, phrase.size(), phrase) == 0) {
          longest = std::max(longest, phrase.size());
        }
      }
      const auto match = index.Longest(text);
      ASSERT_EQ(match ? match->bytes : 0, longest);
      if (match) {
        EXPECT_EQ(phrases[match->entry], text.substr(0, longest));
      }
      const bool known =
          std::find(phrases.begin(), phrases.end(), text) != phrases.end();
      EXPECT_EQ(index.Find(text).has_value(), known);
    }
  }
}

}  // namespace
}  // namespace sekisho
