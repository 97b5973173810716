#include "compiler/source/diagnostic.h"

#include <string>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The text of one error at the first `what` of `text`.
std::string Render(const std::string& text, const std::string& what) {
  SourceSet sources;
  const SourceId id = sources.Add("x.cedar", text);
  const size_t begin = text.find(what);
  EXPECT_NE(begin, std::string::npos);
  Diagnostics diagnostics(&sources);
  diagnostics.Error({id, static_cast<uint32_t>(begin),
                     static_cast<uint32_t>(begin + what.size())},
                    "wrong");
  return diagnostics.ToString();
}

TEST(DiagnosticsTest, PutsCaretsUnderTheSpan) {
  EXPECT_EQ(Render("ab cd ef", "cd"),
            "error: wrong\n"
            "--> x.cedar:1:4\n"
            "  |\n"
            "1 | ab cd ef\n"
            "  |    ^^\n");
}

TEST(DiagnosticsTest, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(Render("職種\t病院 x", "病院"),
            "error: wrong\n"
            "--> x.cedar:1:4\n"
            "  |\n"
            "1 | 職種 病院 x\n"
            "  |      ^^^^\n");
}

TEST(DiagnosticsTest, LineNumbersWidenTheMargin) {
  EXPECT_EQ(Render("\n\n\n\n\n\n\n\n\n\n\nab cd\r\n", "cd"),
            "error: wrong\n"
            " --> x.cedar:12:4\n"
            "   |\n"
            "12 | ab cd\n"
            "   |    ^^\n");
}

TEST(DiagnosticsTest, ShowsTheFirstLineOfALongSpan) {
  EXPECT_EQ(Render("ab cd\nef gh\n", "cd\nef"),
            "error: wrong\n"
            "--> x.cedar:1:4\n"
            "  |\n"
            "1 | ab cd\n"
            "  |    ^^\n");
}

TEST(DiagnosticsTest, AnEmptySpanHasOneCaret) {
  EXPECT_EQ(Render("", ""),
            "error: wrong\n"
            "--> x.cedar:1:1\n"
            "  |\n"
            "1 |\n"
            "  | ^\n");
}

TEST(DiagnosticsTest, ControlCharactersStayOutOfTheTerminal) {
  EXPECT_EQ(Render("a\x1b[31mb \u202ecd", "cd"),
            "error: wrong\n"
            "--> x.cedar:1:10\n"
            "  |\n"
            "1 | a\ufffd[31mb \ufffdcd\n"
            "  |          ^^\n");
}

TEST(DiagnosticsTest, NorInMessages) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  diagnostics.Error(Span(), "`\x1b[31m`").Help("a\nb");
  EXPECT_EQ(diagnostics.ToString(),
            "error: `\ufffd[31m`\n"
            "  = help: a\ufffdb\n");
}

std::string Repeat(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST(DiagnosticsTest, LongLinesAreCutAroundTheSpan) {
  // 32 columns before the span, 96 in all.
  EXPECT_EQ(Render(Repeat("a", 500) + "HERE" + Repeat("b", 500), "HERE"),
            "error: wrong\n"
            "--> x.cedar:1:501\n"
            "  |\n"
            "1 | …" +
                Repeat("a", 32) + "HERE" + Repeat("b", 60) +
                "…\n"
                "  | " +
                Repeat(" ", 33) + "^^^^\n");
  EXPECT_EQ(Render(Repeat("病", 500) + "HERE", "HERE"),
            "error: wrong\n"
            "--> x.cedar:1:501\n"
            "  |\n"
            "1 | …" +
                Repeat("病", 46) +
                "HERE\n"
                "  | " +
                Repeat(" ", 93) + "^^^^\n");
  EXPECT_EQ(Render("HERE" + Repeat("病", 500), "HERE"),
            "error: wrong\n"
            "--> x.cedar:1:1\n"
            "  |\n"
            "1 | HERE" +
                Repeat("病", 46) +
                "…\n"
                "  | ^^^^\n");
}

TEST(DiagnosticsTest, ASpanLongerThanTheWindowIsCutToo) {
  EXPECT_EQ(Render("ab" + Repeat("c", 500) + "d", Repeat("c", 500)),
            "error: wrong\n"
            "--> x.cedar:1:3\n"
            "  |\n"
            "1 | ab" +
                Repeat("c", 94) +
                "…\n"
                "  |   " +
                Repeat("^", 94) + "\n");
}

TEST(DiagnosticsTest, VeryLongLinesCostLittle) {
  const std::string far = Repeat("①\t", 1'000'000);
  EXPECT_EQ(Render(far + "HERE" + far, "HERE"),
            "error: wrong\n"
            "--> x.cedar:1:2000001\n"
            "  |\n"
            "1 | …" +
                Repeat("① ", 16) + "HERE" + Repeat("① ", 30) +
                "…\n"
                "  | " +
                Repeat(" ", 33) + "^^^^\n");
}

TEST(DiagnosticsTest, NotesAndHelp) {
  SourceSet sources;
  const SourceId id = sources.Add("x.cedar", "one\ntwo\n");
  Diagnostics diagnostics(&sources);
  diagnostics.Warning({id, 4, 7}, "`two` is too many")
      .Note({id, 0, 3}, "the first is here")
      .Help("remove `two`");
  diagnostics.Error(Span(), "no place");
  EXPECT_EQ(diagnostics.ToString(),
            "warning: `two` is too many\n"
            "--> x.cedar:2:1\n"
            "  |\n"
            "2 | two\n"
            "  | ^^^\n"
            "  = help: remove `two`\n"
            "note: the first is here\n"
            "--> x.cedar:1:1\n"
            "  |\n"
            "1 | one\n"
            "  | ^^^\n"
            "\n"
            "error: no place\n");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(diagnostics.error_count(), 1u);
}

TEST(DiagnosticsTest, SortsByPlace) {
  SourceSet sources;
  const SourceId a = sources.Add("a", "xyz");
  const SourceId b = sources.Add("b", "xyz");
  Diagnostics diagnostics(&sources);
  diagnostics.Error({b, 0, 1}, "4");
  diagnostics.Error({a, 2, 3}, "3");
  diagnostics.Error({a, 0, 1}, "2");
  diagnostics.Warning({a, 0, 1}, "1");
  diagnostics.Sort();
  std::string order;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    order += diagnostic.message;
  }
  EXPECT_EQ(order, "1234");
}

}  // namespace
}  // namespace sekisho
