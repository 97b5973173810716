// Optimal string alignment distance on code points, in three rows. A change of
// case alone counts as near, whatever its length. Cost: the product of the
// lengths for each candidate of about the same length; words longer than
// kMaxLength get no suggestion.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "compiler/source/diagnostic.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

constexpr size_t kMaxLength = 64;

std::u32string ToCodePoints(absl::string_view text) {
  std::u32string out;
  for (size_t offset = 0; offset < text.size();) {
    out.push_back(NextCodePoint(text, &offset));
  }
  return out;
}

// Insertions, deletions, replacements and exchanges of neighbours.
size_t EditDistance(const std::u32string& a, const std::u32string& b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                         last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string Nearest(absl::string_view word,
                    const std::vector<std::string>& candidates) {
  if (word.size() > 4 * kMaxLength) return "";
  const std::u32string wanted = ToCodePoints(word);
  if (wanted.size() > kMaxLength) return "";
  const std::string* best = nullptr;
  size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 4 * kMaxLength) continue;
    if (candidate == word) return candidate;
    size_t distance = 1;
    if (!absl::EqualsIgnoreCase(candidate, word)) {
      const std::u32string points = ToCodePoints(candidate);
      // One edit for every three characters.
      const size_t limit = std::max(wanted.size(), points.size()) / 3;
      const size_t difference = std::max(wanted.size(), points.size()) -
                                std::min(wanted.size(), points.size());
      if (difference > limit) continue;
      distance = EditDistance(wanted, points);
      if (distance > limit) continue;
    }
    if (best == nullptr || distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : *best;
}

}  // namespace sekisho
