#include "server/decision_ids.h"

#include <algorithm>
#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace sekisho {
namespace {

uint64_t RandomNumber() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace

DecisionIds::DecisionIds() : process_(RandomNumber()) {}

std::array<uint8_t, 16> DecisionIds::Next(absl::Time now) {
  const auto clock = static_cast<uint64_t>(absl::ToUnixNanos(now));
  uint64_t last = last_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    next = std::max(clock, last + 1);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  std::array<uint8_t, 16> id;
  for (int i = 0; i < 8; ++i) {
    id[i] = static_cast<uint8_t>(next >> (56 - 8 * i));
    id[8 + i] = static_cast<uint8_t>(process_ >> (56 - 8 * i));
  }
  return id;
}

std::string DecisionIds::ToString(const std::array<uint8_t, 16>& id) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

}  // namespace sekisho
