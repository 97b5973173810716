// What the texts in testdata/ are laid out to: a case is an input, `----`, what
// comes out, `====`. And what holds of any source: tokens and comments stay,
// and what has been laid out stays as it is.
//
// To rewrite the files after a change that is meant, run the test's binary with
// SEKISHO_REWRITE set to the directory they are in, and read the difference.
#include "compiler/format/format.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "compiler/cedar/lexer.h"
#include "compiler/matrix/table.h"
#include "engine/base/text_width.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

struct Case {
  std::string input;
  std::string output;
};

// Those that are made of tokens, and all.
const char* const kTokenKinds[] = {"cedar", "cedarschema", "json"};
const char* const kKinds[] = {"cedar", "cedarschema", "json", "tsv"};

std::string FileName(const std::string& kind) { return kind + ".txt"; }

std::vector<Case> Cases(const std::string& kind) {
  std::ifstream file("compiler/format/testdata/" + FileName(kind));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(text, "") << kind;
  std::vector<Case> cases;
  for (const std::string& test : std::vector<std::string>(
           absl::StrSplit(text, "====\n", absl::SkipEmpty()))) {
    const std::vector<std::string> parts =
        absl::StrSplit(test, absl::MaxSplits("\n----\n", 1));
    EXPECT_EQ(parts.size(), 2u) << kind << " has a case without `----`:\n"
                                << test;
    if (parts.size() == 2) cases.push_back({parts[0], parts[1]});
  }
  return cases;
}

std::string Format(const std::string& kind, const std::string& text) {
  SourceSet sources;
  const SourceId source =
      sources.Add(kind == "json" ? "cases/requests.json" : "x." + kind, text);
  Diagnostics diagnostics(&sources);
  const std::optional<std::string> formatted =
      FormatSource(sources, source, &diagnostics);
  EXPECT_EQ(formatted.has_value(), !diagnostics.has_errors());
  return formatted ? *formatted : diagnostics.ToString();
}

// The texts of the tokens, and of what stands between them.
struct Pieces {
  std::vector<std::string> tokens;
  std::vector<std::string> gaps;

  explicit Pieces(const std::string& text) {
    SourceSet sources;
    const SourceId source = sources.Add("x", text);
    Lexer lexer(sources, {source, 0, static_cast<uint32_t>(text.size())});
    size_t at = 0;
    while (true) {
      const Span span = lexer.Next().span;
      gaps.push_back(text.substr(at, span.begin - at));
      if (span.begin == span.end) return;
      tokens.push_back(text.substr(span.begin, span.end - span.begin));
      at = span.end;
    }
  }

  std::vector<std::string> Comments() const {
    std::vector<std::string> comments;
    for (const std::string& gap : gaps) {
      for (absl::string_view line :
           absl::StrSplit(gap, absl::ByAnyChar("\r\n"))) {
        const size_t comment = line.find("//");
        if (comment == absl::string_view::npos) continue;
        comments.emplace_back(
            absl::StripTrailingAsciiWhitespace(line.substr(comment)));
      }
    }
    return comments;
  }

  // The source with other gaps. A gap that may not be there stays empty.
  std::string With(const std::function<std::string(size_t)>& gap) const {
    std::string text;
    for (size_t i = 0; i < gaps.size(); ++i) {
      const bool in_slot =
          i > 0 && i < tokens.size() && tokens[i - 1] == "?" && gaps[i].empty();
      absl::StrAppend(&text, in_slot ? "" : gap(i),
                      i < tokens.size() ? tokens[i] : "");
    }
    return text;
  }
};

void ExpectSameButForSpace(const std::string& kind, const std::string& text) {
  const std::string formatted = Format(kind, text);
  const Pieces before(text), after(formatted);
  ASSERT_EQ(before.tokens, after.tokens) << text << "\n" << formatted;
  ASSERT_EQ(before.Comments(), after.Comments()) << text << "\n" << formatted;
  ASSERT_EQ(Format(kind, formatted), formatted) << text;
}

TEST(FormatTest, TheCasesComeOutAsTheySay) {
  const char* directory = std::getenv("SEKISHO_REWRITE");
  for (const std::string kind : kKinds) {
    std::string rewritten;
    for (const Case& test : Cases(kind)) {
      const std::string output = Format(kind, test.input);
      EXPECT_EQ(output, test.output) << test.input;
      absl::StrAppend(&rewritten, test.input, "\n----\n", output, "====\n");
    }
    if (directory == nullptr) continue;
    std::ofstream(absl::StrCat(directory, "/", FileName(kind))) << rewritten;
  }
}

TEST(FormatTest, WhatHasBeenLaidOutStaysAsItIs) {
  for (const std::string kind : kKinds) {
    for (const Case& test : Cases(kind)) {
      EXPECT_EQ(Format(kind, test.output), test.output);
    }
  }
}

TEST(FormatTest, ACommentBetweenAnyTwoTokensIsKept) {
  for (const std::string kind : kTokenKinds) {
    for (const Case& test : Cases(kind)) {
      const Pieces pieces(test.output);
      for (size_t at = 0; at < pieces.gaps.size(); ++at) {
        for (const char* comment :
             {" // 一つ\n", "\n// one\n", "\n\n// one\n\n// two\n\n",
              " // one\r\n       // two  \r\n"}) {
          ExpectSameButForSpace(kind, pieces.With([&](size_t i) {
            return absl::StrCat(i == at ? comment : "", pieces.gaps[i]);
          }));
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(FormatTest, AnySpaceAndAnyCommentsLeaveTheTokens) {
  // JSON has but these three characters for space.
  static const char* const kSpaces[] = {"\xe3\x80\x80",
                                        " ",
                                        "\n",
                                        "\t",
                                        "\n\n\n",
                                        "\r\n",
                                        " // 注\n",
                                        "\n // own\n",
                                        "\r// cr\r",
                                        "//\n",
                                        "\n    // x\n  // y\n"};
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    for (const std::string kind : kTokenKinds) {
      for (const Case& test : Cases(kind)) {
        ExpectSameButForSpace(kind, Pieces(test.output).With([&](size_t) {
          // Mostly a space, so that lines grow long as well.
          const size_t first = kind == "json" ? 1 : 0;
          return kSpaces[random() % 3 == 0
                             ? first + random() % (std::size(kSpaces) - first)
                             : 1];
        }));
        if (HasFatalFailure()) FAIL() << "seed " << seed;
      }
    }
  }
}

TEST(FormatTest, LinesAreNoLongerThanTheyMustBe) {
  for (const std::string kind : kTokenKinds) {
    for (const Case& test : Cases(kind)) {
      for (absl::string_view line : absl::StrSplit(test.output, '\n')) {
        if (TerminalWidth(line) <= 80) continue;
        // What is longer cannot be broken: it is one operand.
        EXPECT_EQ(line.find(" && "), absl::string_view::npos) << line;
        EXPECT_EQ(line.find(", "), absl::string_view::npos) << line;
      }
    }
  }
}

// The rows of a table, as those who read them see them, and its comments.
std::vector<std::vector<std::string>> Rows(const std::string& text) {
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  std::vector<std::vector<std::string>> rows;
  for (const TableLine& line :
       SplitTable(sources, sources.Add("x", text), &diagnostics)) {
    if (line.blank()) continue;
    const bool is_comment = absl::StartsWith(line.cells[0].text, "#");
    rows.push_back({is_comment ? "comment" : "row"});
    for (const TableCell& cell : line.cells) {
      rows.back().emplace_back(Trimmed(cell).text);
    }
  }
  return rows;
}

TEST(FormatTest, TablesKeepTheirCellsAndComments) {
  static const char* const kPieces[] = {
      "a", "#", "病院", " ", "\t", "\n", "\r\n", "\xe3\x80\x80", "\n#", "\n\n"};
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    std::string text;
    for (size_t n = random() % 30; n > 0; --n) {
      text += kPieces[random() % std::size(kPieces)];
    }
    const std::string formatted = Format("tsv", text);
    // Cells of a comment that hold nothing are no text of it.
    auto before = Rows(text), after = Rows(formatted);
    for (auto* rows : {&before, &after}) {
      for (std::vector<std::string>& row : *rows) {
        while (row[0] == "comment" && row.back().empty()) row.pop_back();
      }
    }
    ASSERT_EQ(before, after) << "seed " << seed << ": " << text;
    ASSERT_EQ(Format("tsv", formatted), formatted) << "seed " << seed;
  }
}

// Of several tokens, between which JSON has no space.
TEST(FormatTest, NumbersOfJsonStayAsTheyAre) {
  EXPECT_EQ(Format("json", "[ -1,2.5e+3 , -0.0E-7,12345678901234567890 ]"),
            "[-1, 2.5e+3, -0.0E-7, 12345678901234567890]\n");
}

TEST(FormatTest, ASourceWithErrorsIsLeftAlone) {
  EXPECT_NE(Format("cedar", "permit (principal, action, resource)")
                .find("error: expected `when`, `unless` or `;`"),
            std::string::npos);
  EXPECT_NE(Format("cedarschema", "entity A").find("error: expected `;`"),
            std::string::npos);
  EXPECT_NE(Format("json", "{\"a\": [1, }").find("error: this is not JSON"),
            std::string::npos);
  EXPECT_NE(Format("md", "# x").find("error: "), std::string::npos);
}

}  // namespace
}  // namespace sekisho
