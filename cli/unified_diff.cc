// The shortest edit script by Myers' greedy algorithm: time in proportion to
// lines times differences, memory to the square of the differences. Where there
// are more than kMaxDifferences, what differs is shown as replaced as a whole.
//
// Tested by unified_diff_test.cc.
#include "cli/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sekisho {
namespace {

constexpr int kMaxDifferences = 2000;
constexpr size_t kContext = 3;

// A line of both texts, or of one.
struct Step {
  char kind;  // ' ', '-', '+'
  absl::string_view line;
};

using Lines = std::vector<absl::string_view>;

Lines LinesOf(absl::string_view text) {
  Lines lines = absl::StrSplit(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

// The furthest x on each diagonal after so many differences, for each number of
// them up to that with which both texts end; nothing if those are too many.
std::vector<std::vector<int>> FurthestPaths(const Lines& a, const Lines& b) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  std::vector<std::vector<int>> paths;
  for (int d = 0; d <= std::min(n + m, kMaxDifferences); ++d) {
    // By diagonal k from -d to d, at k + d.
    std::vector<int> furthest(2 * d + 1);
    for (int k = -d; k <= d; k += 2) {
      int x = 0;
      if (d > 0) {
        const std::vector<int>& last = paths.back();
        const bool down =
            k == -d || (k != d && last[k - 1 + d - 1] < last[k + 1 + d - 1]);
        x = down ? last[k + 1 + d - 1] : last[k - 1 + d - 1] + 1;
      }
      while (x < n && x - k < m && a[x] == b[x - k]) ++x;
      furthest[k + d] = x;
      if (x >= n && x - k >= m) {
        paths.push_back(std::move(furthest));
        return paths;
      }
    }
    paths.push_back(std::move(furthest));
  }
  return {};
}

std::vector<Step> StepsBetween(const Lines& a, const Lines& b) {
  std::vector<Step> steps;
  const std::vector<std::vector<int>> paths = FurthestPaths(a, b);
  if (paths.empty()) {
    for (absl::string_view line : a) steps.push_back({'-', line});
    for (absl::string_view line : b) steps.push_back({'+', line});
    return steps;
  }
  int x = static_cast<int>(a.size()), y = static_cast<int>(b.size());
  for (int d = static_cast<int>(paths.size()) - 1; d > 0; --d) {
    const std::vector<int>& last = paths[d - 1];
    const int k = x - y;
    const bool down =
        k == -d || (k != d && last[k - 1 + d - 1] < last[k + 1 + d - 1]);
    const int from = down ? k + 1 : k - 1;
    const int from_x = last[from + d - 1], from_y = from_x - from;
    while (x > from_x && y > from_y) {
      steps.push_back({' ', a[--x]});
      --y;
    }
    steps.push_back(down ? Step{'+', b[--y]} : Step{'-', a[--x]});
  }
  while (x > 0) steps.push_back({' ', a[--x]});
  std::reverse(steps.begin(), steps.end());
  return steps;
}

}  // namespace

std::string UnifiedDiff(absl::string_view name, absl::string_view before,
                        absl::string_view after) {
  if (before == after) return "";
  const std::vector<Step> steps = StepsBetween(LinesOf(before), LinesOf(after));
  std::string out = absl::StrCat("--- ", name, "\n+++ ", name, "\n");
  size_t line_before = 1, line_after = 1;  // of steps[at]
  for (size_t at = 0; at < steps.size();) {
    // A hunk goes on while the next change is within reach.
    size_t change = at;
    while (change < steps.size() && steps[change].kind == ' ') ++change;
    if (change == steps.size()) break;
    const size_t begin = std::max(at, change - std::min(change, kContext));
    line_before += begin - at;
    line_after += begin - at;
    size_t last = change;
    for (size_t i = change; i < steps.size() && i <= last + 2 * kContext; ++i) {
      if (steps[i].kind != ' ') last = i;
    }
    const size_t end = std::min(steps.size(), last + 1 + kContext);
    std::string body;
    size_t of_before = 0, of_after = 0;
    for (size_t i = begin; i < end; ++i) {
      absl::StrAppend(&body, std::string(1, steps[i].kind), steps[i].line,
                      "\n");
      of_before += steps[i].kind != '+';
      of_after += steps[i].kind != '-';
    }
    absl::StrAppend(&out, "@@ -", line_before, ",", of_before, " +", line_after,
                    ",", of_after, " @@\n", body);
    line_before += of_before;
    line_after += of_after;
    at = end;
  }
  return out;
}

}  // namespace sekisho
