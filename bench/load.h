// Drives a decision service and measures how long it takes to answer.
//
//   LoadOptions options;
//   options.address = "unix:/run/sekisho.sock";
//   options.per_second = 10'000;
//   ASSIGN_OR_RETURN(LoadResult result, RunLoad(requests, options, {}));
//
// Open-loop, at a stated rate: what is sent is sent at its time, whatever has
// been answered, and latency counts from the time at which it ought to have
// been sent. So requests that wait because others are slow are slow
// (coordinated omission is accounted for). Closed-loop, with a number in
// flight: each answer sends the next.
#ifndef SEKISHO_BENCH_LOAD_H_
#define SEKISHO_BENCH_LOAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/latency_histogram.h"
#include "bench/request_file.h"

namespace sekisho {

// How decisions are asked for.
enum class LoadMethod {
  kUnary,
  kBatch,
  // Batches in numbers.
  kCompact,
  kStream
};

struct LoadOptions {
  // `127.0.0.1:7400` or `unix:/PATH`.
  std::string address;
  // Empty: the server's default.
  std::string policy_store;
  LoadMethod method = LoadMethod::kUnary;
  // Decisions in one message of kBatch and kCompact, at most 1,000.
  int batch = 100;
  // Messages a second, over all connections. 0: closed-loop.
  double per_second = 0;
  // Closed-loop: messages that wait for their answer, over all connections.
  int in_flight = 1;
  // Each has a thread here.
  int connections = 1;
  absl::Duration duration = absl::Seconds(10);
  // Before that, and not counted.
  absl::Duration warm_up = absl::Milliseconds(500);
  // For a message; and for those that wait when the time is over.
  absl::Duration timeout = absl::Seconds(10);
  // Of the order of the requests.
  uint64_t seed = 1;
};

struct LoadCounts {
  uint64_t permits = 0;
  uint64_t denials = 0;
  // Answers that are not what the requests' file says.
  uint64_t wrong = 0;
  // Requests without a decision, by the name of the status code.
  std::map<std::string, uint64_t> errors;

  uint64_t decisions() const { return permits + denials; }
  uint64_t failed() const;
  void Add(const LoadCounts& other);
};

struct LoadResult {
  // Of messages that were answered.
  LatencyHistogram latencies;
  LoadCounts counts;
  // What was measured, without warming up.
  double seconds = 0;

  double decisions_per_second() const {
    return static_cast<double>(counts.decisions()) / seconds;
  }
};

struct LoadProgress {
  double seconds = 0;
  uint64_t decisions = 0;
  uint64_t failed = 0;
};

// `progress`, if any, is called a few times a second. Unavailable if the server
// cannot be reached; what goes wrong later is counted.
// REQUIRES: there are requests.
absl::StatusOr<LoadResult> RunLoad(
    const std::vector<RequestToMeasure>& requests, const LoadOptions& options,
    const std::function<void(const LoadProgress&)>& progress);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_LOAD_H_
