#include "engine/model/operations.h"

#include <algorithm>

namespace sekisho {

std::optional<int64_t> CheckedAdd(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

std::optional<int64_t> CheckedSubtract(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}

std::optional<int64_t> CheckedMultiply(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

std::optional<int64_t> CheckedNegate(int64_t a) {
  return CheckedSubtract(0, a);
}

std::optional<int64_t> OrderedNumber(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kLong:
      return value.AsLong();
    case Value::Kind::kDatetime:
      return value.AsDatetime().ms;
    case Value::Kind::kDuration:
      return value.AsDuration().ms;
    default:
      return std::nullopt;
  }
}

std::optional<bool> Less(const Value& a, const Value& b) {
  const std::optional<bool> greater = LessOrEqual(b, a);
  if (!greater) return std::nullopt;
  return !*greater;
}

std::optional<bool> LessOrEqual(const Value& a, const Value& b) {
  if (a.kind() != b.kind() || !OrderedNumber(a)) return std::nullopt;
  return *OrderedNumber(a) <= *OrderedNumber(b);
}

bool Like(absl::string_view text, const std::vector<std::string>& pattern) {
  const std::string& first = pattern.front();
  const std::string& last = pattern.back();
  if (pattern.size() == 1) return text == absl::string_view(first);
  if (text.size() < first.size() + last.size()) return false;
  if (text.substr(0, first.size()) != absl::string_view(first)) return false;
  if (text.substr(text.size() - last.size()) != absl::string_view(last)) {
    return false;
  }
  absl::string_view middle =
      text.substr(first.size(), text.size() - first.size() - last.size());
  // The leftmost place of each piece leaves the most room for the next.
  for (size_t i = 1; i + 1 < pattern.size(); ++i) {
    const size_t at = middle.find(pattern[i]);
    if (at == absl::string_view::npos) return false;
    middle.remove_prefix(at + pattern[i].size());
  }
  return true;
}

bool ContainsAll(const Value& set, const Value& subset) {
  const Value::Elements& a = set.AsSet();
  const Value::Elements& b = subset.AsSet();
  return std::includes(a.begin(), a.end(), b.begin(), b.end());
}

bool ContainsAny(const Value& set, const Value& other) {
  const Value* small = &set;
  const Value* large = &other;
  if (small->AsSet().size() > large->AsSet().size()) std::swap(small, large);
  return std::any_of(
      small->AsSet().begin(), small->AsSet().end(),
      [&](const Value& element) { return large->Contains(element); });
}

}  // namespace sekisho
