#include "compiler/cedar/lexer.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "compiler/source/source.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::vector<std::string> Tokens(const std::string& text, TokenKind kind) {
  SourceSet sources;
  const SourceId source = sources.Add("", text);
  Lexer lexer(sources, {source, 0, static_cast<uint32_t>(text.size())});
  std::vector<std::string> tokens;
  for (Token t = lexer.Next(); t.kind != TokenKind::kEnd; t = lexer.Next()) {
    if (t.kind == kind) tokens.emplace_back(sources.text(t.span));
  }
  return tokens;
}

TEST(LexerTest, AStringWithoutAnEndIsOneErrorUpToTheEndOfItsLine) {
  EXPECT_EQ(Tokens("\"a b\n\\\"c\nd \\\"e\n", TokenKind::kError),
            (std::vector<std::string>{"\"a b", "\\", "\"c", "\\", "\"e"}));
}

// Property: a string that begins where none without an end came before ends at
// the first quote without a backslash in front of it that is none itself.
TEST(LexerTest, StringsEndWhereTheyWouldByThemselves) {
  const auto end_of = [](const std::string& text, size_t begin) {
    for (size_t i = begin + 1; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        return i + 1;
      }
    }
    return std::string::npos;
  };
  std::mt19937 random(1);
  int strings_without_end = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += "\"\\\nx"[random() % 4];
    std::vector<std::string> strings;
    for (size_t at = 0; at < text.size();) {
      if (text[at] != '"') {
        ++at;
        continue;
      }
      const size_t end = end_of(text, at);
      if (end == std::string::npos) {
        ++strings_without_end;
        at = std::min(text.find('\n', at), text.size());
        continue;
      }
      strings.push_back(text.substr(at, end - at));
      at = end;
    }
    ASSERT_EQ(Tokens(text, TokenKind::kString), strings) << text;
  }
  EXPECT_GT(strings_without_end, 1000);
}

// To look for the end of each in all that follows would take hours.
TEST(LexerTest, AMillionStringsWithoutAnEndAreAMillionErrors) {
  constexpr size_t kStrings = 1'000'000;
  std::string text = "\"";
  for (size_t i = 1; i < kStrings; ++i) text += "\n\\\"";
  EXPECT_EQ(Tokens(text, TokenKind::kError).size(), 2 * kStrings - 1);
}

}  // namespace
}  // namespace sekisho
