#include "bench/stopwatch.h"

#include <chrono>

#include "bench/latency_histogram.h"

namespace sekisho {

uint64_t NowNs() {
  return static_cast<uint64_t>(
      std::chrono::nanoseconds(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

uint64_t TimerCostNs() {
  LatencyHistogram histogram;
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t start = NowNs();
    histogram.Record(NowNs() - start);
  }
  return histogram.Percentile(50);
}

}  // namespace sekisho
