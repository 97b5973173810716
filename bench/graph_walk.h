// What walking the graph costs by itself: with the outcomes of all tests
// known, as if every value had been interned.
#ifndef SEKISHO_BENCH_GRAPH_WALK_H_
#define SEKISHO_BENCH_GRAPH_WALK_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/request_file.h"
#include "engine/graph/graph.h"
#include "engine/model/entity.h"

namespace sekisho {

// The median of a walk in nanoseconds, in an order that `seed` decides. Walks
// are timed sixteen at a time, since one takes no longer than reading the
// clock. FailedPrecondition if a walk by known outcomes reports other policies
// than the walk that asked for them.
absl::StatusOr<double> MeasureGraphWalk(
    const DecisionGraph& graph, const std::vector<Entity>& entities,
    const std::vector<RequestToMeasure>& requests, uint64_t seed);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_GRAPH_WALK_H_
