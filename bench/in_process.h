// Measures a decision point in this process, closed-loop: each thread asks one
// request after the other, in a random order of its own.
#ifndef SEKISHO_BENCH_IN_PROCESS_H_
#define SEKISHO_BENCH_IN_PROCESS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/decision_point.h"
#include "bench/latency_histogram.h"
#include "bench/request_file.h"
#include "bench/verify_answers.h"

namespace sekisho {

struct InProcessOptions {
  int threads = 1;
  // Of each of the two measurements, latency and throughput; a fifth of it is
  // for warming up before.
  absl::Duration duration = absl::Seconds(3);
  uint64_t seed = 1;
};

// How much more several threads do than one, of decisions and of a loop that
// touches nothing but registers, in rounds that take turns; medians.
struct Scaling {
  double decisions = 0;
  double registers = 0;
  double relative() const { return decisions / registers; }
};

struct InProcessResult {
  // Each decision by itself, less the cost of the timer.
  LatencyHistogram permits;
  LatencyHistogram denials;
  uint64_t timer_cost_ns = 0;
  // Without a timer in between; of all threads together.
  double decisions_per_second = 0;
  double allocations_per_decision = 0;
  // Where there are several threads.
  std::optional<Scaling> scaling;

  LatencyHistogram all() const;
};

// Every timed answer is held to the verified one. FailedPrecondition if one
// differs; what the decision point returned if there is no decision.
absl::StatusOr<InProcessResult> MeasureInProcess(
    DecisionPoint& point, const std::vector<RequestToMeasure>& requests,
    const VerifiedAnswers& answers, const InProcessOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_IN_PROCESS_H_
