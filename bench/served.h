// What a served decision costs: sekishod beside a server that decides nothing
// (echo_server), driven by the same client in rounds that take turns.
#ifndef SEKISHO_BENCH_SERVED_H_
#define SEKISHO_BENCH_SERVED_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/workload.h"

namespace sekisho {

struct ServedOptions {
  // The programs.
  std::string sekishod;
  std::string echo_server;
  int rounds = 7;
  // Of each measurement in a round.
  absl::Duration slice = absl::Seconds(1);
  // Of each measurement of streams and batches.
  absl::Duration duration = absl::Seconds(10);
};

// Medians over the rounds.
struct ServedUnary {
  // One in flight, in nanoseconds.
  double p50 = 0;
  double p99 = 0;
  double echo_p50 = 0;
  double echo_p99 = 0;
  // Decisions a second, 32 in flight.
  double throughput = 0;
  double echo_throughput = 0;
  // Of sekishod's figure to the echo's of the same round.
  double p50_ratio = 0;
  double p99_ratio = 0;
  double throughput_ratio = 0;
};

struct ServedResult {
  ServedUnary unix_socket;
  ServedUnary tcp;
  // Decisions a second, over the Unix socket.
  double stream = 0;
  double batch = 0;
  double compact = 0;
  // Unary with 32 in flight, before policies are activated and while they are,
  // one after the other, in nanoseconds.
  double p99_9_before_reload = 0;
  double p99_9_during_reload = 0;
  int activations = 0;
};

// `progress` is told what is being done. FailedPrecondition if an answer is not
// what the workload says, or any request is not decided.
absl::StatusOr<ServedResult> MeasureServed(
    const Workload& workload, const ServedOptions& options,
    absl::FunctionRef<void(const std::string&)> progress);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_SERVED_H_
