// The clock of the measurements, and what reading it costs.
#ifndef SEKISHO_BENCH_STOPWATCH_H_
#define SEKISHO_BENCH_STOPWATCH_H_

#include <cstdint>

namespace sekisho {

// Steady, in nanoseconds.
uint64_t NowNs();

// The median of what two readings in a row are apart: what a measurement of
// nothing would say.
uint64_t TimerCostNs();

}  // namespace sekisho

#endif  // SEKISHO_BENCH_STOPWATCH_H_
