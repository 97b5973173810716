// What the decision log takes, keeps and gives back.
#ifndef SEKISHO_BENCH_LOG_RATES_H_
#define SEKISHO_BENCH_LOG_RATES_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/workload.h"

namespace sekisho {

struct LogRates {
  uint64_t records = 0;
  // Decided and appended by all cores, with hashing, until the disk has the
  // last one. So it is no more than what the cores can decide.
  double records_per_second = 0;
  // Of the whole log, compressed.
  double bytes_per_record = 0;
  // Replayed, in a second of processor time.
  double replayed_per_core_second = 0;
};

// Decides the workload's requests for so long, then replays them.
// FailedPrecondition if a replayed decision is not as its record says.
absl::StatusOr<LogRates> MeasureLog(const Workload& workload,
                                    absl::Duration duration);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_LOG_RATES_H_
