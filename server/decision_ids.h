// Names for decisions: unique, and sorted as they were made.
#ifndef SEKISHO_SERVER_DECISION_IDS_H_
#define SEKISHO_SERVER_DECISION_IDS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace sekisho {

// Thread-safe, without locks.
class DecisionIds {
 public:
  // Draws the half of the ids that tells this process from all others.
  DecisionIds();

  // Nanoseconds since 1970, made strictly increasing within the process, then
  // the process; both with the high byte first.
  std::array<uint8_t, 16> Next(absl::Time now);

  // 32 hexadecimal digits, in the order of the ids.
  static std::string ToString(const std::array<uint8_t, 16>& id);

 private:
  const uint64_t process_;
  std::atomic<uint64_t> last_{0};
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECISION_IDS_H_
