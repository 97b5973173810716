// Names for decisions: unique, and sorted as they were made.
#ifndef SEKISHO_SERVER_DECISION_IDS_H_
#define SEKISHO_SERVER_DECISION_IDS_H_

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

  // 32 hexadecimal digits: nanoseconds since 1970, made strictly increasing
  // within the process, then the process.
  std::string Next(absl::Time now);

 private:
  const uint64_t process_;
  std::atomic<uint64_t> last_{0};
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECISION_IDS_H_
