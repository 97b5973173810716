#include "compiler/source/diagnostic.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(NearestTest, SuggestsWhatMayBeMeant) {
  const std::vector<std::string> kWords = {
      "permit", "forbid", "when", "unless", "hospital", "Person", "病院長室",
  };
  const struct {
    absl::string_view word;
    absl::string_view nearest;
  } kCases[] = {
      {"permitt", "permit"},
      {"prmit", "permit"},
      {"premit", "permit"},  // exchanged
      {"whn", "when"},
      {"wehn", "when"},
      {"UNLESS", "unless"},  // case only
      {"hospitl", "hospital"},
      {"hopsitl", "hospital"},
      {"person", "Person"},
      {"病院室", "病院長室"},
      {"allow", ""},
      {"", ""},
      {"x", ""},
      {"hoop", ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Nearest(c.word, kWords), c.nearest) << c.word;
  }
}

TEST(NearestTest, TheFirstOfEquallyNearWins) {
  EXPECT_EQ(Nearest("cat", {"bat", "hat"}), "bat");
  EXPECT_EQ(Nearest("hat", {"bat", "hat"}), "hat");
  EXPECT_EQ(Nearest("x", {}), "");
}

TEST(NearestTest, LongWordsAreNotCompared) {
  const std::string word(100'000, 'a');
  EXPECT_EQ(Nearest(word + "b", {word, word + "c"}), "");
}

}  // namespace
}  // namespace sekisho
