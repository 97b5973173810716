// A workload from its name to its figures in process.
#ifndef SEKISHO_BENCH_MEASURED_WORKLOAD_H_
#define SEKISHO_BENCH_MEASURED_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/in_process.h"
#include "bench/workload.h"

namespace sekisho {

struct MeasuredWorkload {
  std::string name;
  size_t rules = 0;
  size_t entities = 0;
  size_t requests = 0;
  size_t verified_by_reference = 0;
  uint32_t nodes = 0;
  size_t graph_bytes = 0;
  size_t artifact_bytes = 0;
  // States that the node budget left to single policies.
  uint32_t budget_splits = 0;
  size_t tests = 0;
  size_t residual_tests = 0;
  double compile_seconds = 0;
  double load_seconds = 0;
  // The median of a walk alone, in nanoseconds; 0 if it was not measured.
  double walk_ns = 0;
  // With the log on in group mode.
  InProcessResult result;
  // The median without a log, in rounds that took turns with those that logged;
  // and theirs.
  double p50_without_log = 0;
  double p50_with_log = 0;
};

struct MeasureOptions {
  InProcessOptions run;
  WorkloadOptions workload;
  // Also measure what the log adds.
  bool compare_log = false;
  // Also measure the walk alone.
  bool walk_alone = false;
};

// All answers are held to what the workload says of them, and as many to the
// reference evaluator as take it some seconds.
absl::StatusOr<MeasuredWorkload> MeasureWorkload(absl::string_view name,
                                                 const MeasureOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_MEASURED_WORKLOAD_H_
