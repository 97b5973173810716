// Tested by evaluate_test.cc and tests/differential.
#include "engine/eval/walk.h"

#include "absl/strings/str_cat.h"

namespace sekisho {

bool Intersect(absl::Span<const uint32_t* const> sets,
               absl::Span<uint32_t> left) {
  // So much at a time that what is ruled out early is not looked at again.
  constexpr size_t kBlock = 16;
  bool any = false;
  for (size_t begin = 0; begin < left.size(); begin += kBlock) {
    const size_t end = std::min(begin + kBlock, left.size());
    uint32_t in_block = 0;
    for (const uint32_t* set : sets) {
      in_block = 0;
      for (size_t i = begin; i < end; ++i) in_block |= left[i] &= set[i];
      if (in_block == 0) break;
    }
    any |= in_block != 0;
  }
  return any;
}

absl::Status CannotEvaluate(const Test& test) {
  return absl::DataLossError(absl::StrCat(
      "an entity does not fit the schema: cannot evaluate `", test.text, "`"));
}

}  // namespace sekisho
