#include "bench/draw_requests.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "engine/model/json.h"

namespace sekisho {

void DrawRequests(size_t count,
                  const std::function<DrawnRequest(bool permit)>& draw,
                  Workload* out) {
  constexpr int kTries = 20'000;
  absl::flat_hash_set<std::string> seen;
  const auto draw_new = [&](bool permit) {
    for (int tries = 0; tries < kTries; ++tries) {
      auto [request, permitted] = draw(permit);
      if (permitted != permit) continue;
      if (!seen.insert(RequestToJson(request)).second) continue;
      out->requests.push_back({std::move(request), permitted});
      return true;
    }
    return false;
  };
  bool possible[] = {true, true};
  while (out->requests.size() < count && (possible[0] || possible[1])) {
    bool permit = out->requests.size() % 2 == 0;
    if (!possible[permit]) permit = !permit;
    possible[permit] = draw_new(permit);
  }
}

}  // namespace sekisho
