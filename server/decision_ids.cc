#include "server/decision_ids.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

uint64_t RandomNumber() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace

DecisionIds::DecisionIds() : process_(RandomNumber()) {}

std::string DecisionIds::Next(absl::Time now) {
  const auto clock = static_cast<uint64_t>(absl::ToUnixNanos(now));
  uint64_t last = last_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    next = std::max(clock, last + 1);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return absl::StrCat(absl::Hex(next, absl::kZeroPad16),
                      absl::Hex(process_, absl::kZeroPad16));
}

}  // namespace sekisho
