// How workloads draw their requests: distinct ones, permits and denials in
// turn.
#ifndef SEKISHO_BENCH_DRAW_REQUESTS_H_
#define SEKISHO_BENCH_DRAW_REQUESTS_H_

#include <cstddef>
#include <functional>
#include <utility>

#include "bench/workload.h"
#include "engine/model/request.h"

namespace sekisho {

// A request, and whether it is permitted.
using DrawnRequest = std::pair<Request, bool>;

// `draw` tries to draw one that is permitted, or denied, and may fail to. What
// it fails at too often is no longer asked for. Fewer than `count` if there are
// no more.
void DrawRequests(size_t count,
                  const std::function<DrawnRequest(bool permit)>& draw,
                  Workload* out);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_DRAW_REQUESTS_H_
