// Cedar's operations on values, where they are more than a comparison. Both
// the graph evaluator and anything else that computes values use these, so
// that overflow and wildcards have one meaning.
#ifndef SEKISHO_ENGINE_MODEL_OPERATIONS_H_
#define SEKISHO_ENGINE_MODEL_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/model/value.h"

namespace sekisho {

// Nothing on overflow.
std::optional<int64_t> CheckedAdd(int64_t a, int64_t b);
std::optional<int64_t> CheckedSubtract(int64_t a, int64_t b);
std::optional<int64_t> CheckedMultiply(int64_t a, int64_t b);
std::optional<int64_t> CheckedNegate(int64_t a);

// The number by which Cedar's `<` and `<=` order values: that of an integer,
// the milliseconds of a datetime or duration. Nothing for other kinds.
std::optional<int64_t> OrderedNumber(const Value& value);
// `a < b` and `a <= b`. Nothing unless both are of one kind that is ordered.
std::optional<bool> Less(const Value& a, const Value& b);
std::optional<bool> LessOrEqual(const Value& a, const Value& b);

// Whether `text` is the pieces of `pattern` in order with anything between
// them. REQUIRES: at least one piece. Time: at most text times pattern.
bool Like(absl::string_view text, const std::vector<std::string>& pattern);

// REQUIRES for both: sets.
bool ContainsAll(const Value& set, const Value& subset);
bool ContainsAny(const Value& set, const Value& other);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_OPERATIONS_H_
