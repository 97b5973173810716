#include "cli/unified_diff.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(UnifiedDiffTest, ShowsChangesWithWhatStandsAroundThem) {
  EXPECT_EQ(UnifiedDiff("x", "a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(UnifiedDiff("x", "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                        "1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n"),
            "--- x\n+++ x\n"
            "@@ -2,8 +2,9 @@\n"
            " 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+ten\n");
}

// What `patch` would make of it.
std::string Patched(const std::string& before, const std::string& diff) {
  const std::vector<std::string> lines = absl::StrSplit(before, '\n');
  std::string out;
  size_t at = 0;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(diff, '\n'))) {
    if (line.empty() || absl::StartsWith(line, "--- ") ||
        absl::StartsWith(line, "+++ ")) {
      continue;
    }
    if (absl::StartsWith(line, "@@ -")) {
      const size_t begin = std::stoul(line.substr(4));
      while (at + 1 < begin) absl::StrAppend(&out, lines[at++], "\n");
      continue;
    }
    if (line[0] != '+') {
      EXPECT_EQ(lines[at], line.substr(1));
      ++at;
    }
    if (line[0] != '-') absl::StrAppend(&out, line.substr(1), "\n");
  }
  while (at + 1 < lines.size()) absl::StrAppend(&out, lines[at++], "\n");
  return out;
}

TEST(UnifiedDiffTest, AppliedToTheFirstTextItMakesTheSecond) {
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    std::string before, after;
    for (size_t n = 1 + random() % 40; n > 0; --n) {
      const std::string line = absl::StrCat("l", random() % 5, "\n");
      if (random() % 6 != 0) before += line;
      if (random() % 6 != 0) after += line;
    }
    if (before.empty() || after.empty()) continue;
    ASSERT_EQ(Patched(before, UnifiedDiff("x", before, after)), after)
        << "seed " << seed << "\n"
        << UnifiedDiff("x", before, after);
  }
}

TEST(UnifiedDiffTest, TextsWithLittleInCommonAreReplaced) {
  std::string before, after;
  for (int i = 0; i < 3000; ++i) {
    absl::StrAppend(&before, "a", i, "\n");
    absl::StrAppend(&after, "b", i, "\n");
  }
  EXPECT_EQ(Patched(before, UnifiedDiff("x", before, after)), after);
}

}  // namespace
}  // namespace sekisho
