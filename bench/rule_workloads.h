// Workloads of rules that are no rows of a matrix: see workload.h.
#ifndef SEKISHO_BENCH_RULE_WORKLOADS_H_
#define SEKISHO_BENCH_RULE_WORKLOADS_H_

#include <cstddef>

#include "bench/workload.h"

namespace sekisho {

Workload MakeRangesWorkload(size_t rules, const WorkloadOptions& options);
Workload MakeGroupsWorkload(size_t rules, const WorkloadOptions& options);
Workload MakeSetsWorkload(size_t rules, const WorkloadOptions& options);
Workload MakeLikesWorkload(size_t rules, const WorkloadOptions& options);
Workload MakeAdversaryWorkload(size_t rules, const WorkloadOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_RULE_WORKLOADS_H_
