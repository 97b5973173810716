#include "engine/model/operations.h"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

TEST(OperationsTest, OverflowIsNothing) {
  const int64_t kNumbers[] = {
      kMin, kMin + 1,   kMin / 2,   -3,       -1,       0,   1,
      2,    3037000499, 3037000500, kMax / 2, kMax - 1, kMax};
  auto checked = [](__int128 exact) {
    return exact < kMin || exact > kMax
               ? std::nullopt
               : std::optional<int64_t>(static_cast<int64_t>(exact));
  };
  for (int64_t a : kNumbers) {
    EXPECT_EQ(CheckedNegate(a), checked(-static_cast<__int128>(a))) << a;
    for (int64_t b : kNumbers) {
      const __int128 wide = a;
      EXPECT_EQ(CheckedAdd(a, b), checked(wide + b)) << a << " + " << b;
      EXPECT_EQ(CheckedSubtract(a, b), checked(wide - b)) << a << " - " << b;
      EXPECT_EQ(CheckedMultiply(a, b), checked(wide * b)) << a << " * " << b;
    }
  }
}

TEST(OperationsTest, Like) {
  const struct {
    absl::string_view text;
    std::vector<std::string> pattern;
    bool matches;
  } kCases[] = {
      {"", {""}, true},
      {"a", {""}, false},
      {"a", {"a"}, true},
      {"", {"", ""}, true},
      {"anything", {"", ""}, true},
      {"a", {"a", ""}, true},
      {"a", {"", "a"}, true},
      // A piece is not used twice.
      {"a", {"a", "a"}, false},
      {"aa", {"a", "a"}, true},
      {"aba", {"ab", "ba"}, false},
      {"abab", {"", "ab", "ab"}, true},
      {"aab", {"", "ab", ""}, true},
      {"10.0.0.1", {"10.", ".1"}, true},
      {"病院の中", {"病", "中"}, true},
      {"a*b", {"a*b"}, true},
      {"axb", {"a*b"}, false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Like(c.text, c.pattern), c.matches)
        << c.text << " like " << absl::StrJoin(c.pattern, "*");
  }
}

// Tries every length of every wildcard.
bool NaiveLike(absl::string_view text, const std::vector<std::string>& pattern,
               size_t piece = 0) {
  const std::string& wanted = pattern[piece];
  if (text.substr(0, wanted.size()) != absl::string_view(wanted)) return false;
  text.remove_prefix(wanted.size());
  if (piece + 1 == pattern.size()) return text.empty();
  for (size_t skip = 0; skip <= text.size(); ++skip) {
    if (NaiveLike(text.substr(skip), pattern, piece + 1)) return true;
  }
  return false;
}

TEST(OperationsTest, LikeIsTheNaiveMatcher) {
  std::mt19937 random(7);
  auto word = [&](size_t longest) {
    std::string text;
    for (size_t n = random() % (longest + 1); n > 0; --n) {
      text += static_cast<char>('a' + random() % 2);
    }
    return text;
  };
  int matches = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = word(8);
    std::vector<std::string> pattern;
    for (size_t n = 1 + random() % 4; n > 0; --n) pattern.push_back(word(2));
    const bool expected = NaiveLike(text, pattern);
    ASSERT_EQ(Like(text, pattern), expected)
        << text << " like " << absl::StrJoin(pattern, "*");
    matches += expected;
  }
  EXPECT_GT(matches, 5'000);
}

TEST(OperationsTest, SetsInSets) {
  auto set = [](std::initializer_list<int64_t> numbers) {
    Value::Elements elements;
    for (int64_t n : numbers) elements.push_back(Value::Long(n));
    return Value::Set(std::move(elements));
  };
  const struct {
    Value a;
    Value b;
    bool all;
    bool any;
  } kCases[] = {
      {set({}), set({}), true, false},
      {set({1}), set({}), true, false},
      {set({}), set({1}), false, false},
      {set({1, 2, 3}), set({3, 1}), true, true},
      {set({3, 1}), set({1, 2, 3}), false, true},
      {set({1, 2}), set({3}), false, false},
      {set({1}), Value::Set({Value::String("1")}), false, false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ContainsAll(c.a, c.b), c.all)
        << c.a.ToString() << " " << c.b.ToString();
    EXPECT_EQ(ContainsAny(c.a, c.b), c.any)
        << c.a.ToString() << " " << c.b.ToString();
  }
}

}  // namespace
}  // namespace sekisho
