// Tested by targets_test.cc.
#include "bench/graph_walk.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>

#include "absl/status/status.h"
#include "bench/stopwatch.h"
#include "engine/base/status_macros.h"
#include "engine/entities/memory.h"
#include "engine/eval/machine.h"
#include "engine/eval/walk.h"

namespace sekisho {
namespace {

constexpr size_t kTogether = 16;
constexpr int kRounds = 8;

// Where a walk begins, and the outcomes that it asks for, from `first` on in
// one array for all.
struct Known {
  NodeRef root = 0;
  size_t first = 0;
  size_t reported = 0;
};

class KnownOutcomes {
 public:
  explicit KnownOutcomes(const Outcome* outcomes) : outcomes_(outcomes) {}

  Outcome Ask(TestIndex test) const { return outcomes_[test]; }
  const absl::Status& status() const { return ok_; }

 private:
  const Outcome* const outcomes_;
  const absl::Status ok_;
};

// Keeps what a machine answers.
class Recorded {
 public:
  Recorded(Machine* machine, Outcome* outcomes)
      : machine_(*machine), outcomes_(outcomes) {}

  Outcome Ask(TestIndex test) { return outcomes_[test] = machine_.Ask(test); }
  const absl::Status& status() const { return machine_.status(); }

 private:
  Machine& machine_;
  Outcome* const outcomes_;
};

absl::StatusOr<Known> Record(const DecisionGraph& graph, const Request& request,
                             MemoryEntities& entities,
                             std::vector<Outcome>* outcomes) {
  const Environment* environment =
      graph.Find(request.action, request.principal.type, request.resource.type);
  if (environment == nullptr) {
    return absl::FailedPreconditionError("a request has no walk");
  }
  Known known = {environment->root, outcomes->size(), 0};
  outcomes->resize(outcomes->size() + graph.tests.size());
  Machine machine(graph, request, entities, nullptr, environment);
  Recorded recorded(&machine, outcomes->data() + known.first);
  Reports asked;
  RETURN_IF_ERROR(Walk(graph, known.root, &recorded, &asked));
  KnownOutcomes answers(outcomes->data() + known.first);
  Reports again;
  RETURN_IF_ERROR(Walk(graph, known.root, &answers, &again));
  if (asked.satisfied != again.satisfied || asked.failed != again.failed) {
    return absl::FailedPreconditionError(
        "a walk by known outcomes reports other policies");
  }
  known.reported = again.satisfied.size() + again.failed.size();
  return known;
}

}  // namespace

absl::StatusOr<double> MeasureGraphWalk(
    const DecisionGraph& graph, const std::vector<Entity>& entities,
    const std::vector<RequestToMeasure>& requests, uint64_t seed) {
  MemoryEntities memory;
  for (const Entity& entity : entities) memory.Put(entity);
  std::vector<Outcome> outcomes;
  std::vector<Known> walks;
  for (const RequestToMeasure& each : requests) {
    ASSIGN_OR_RETURN(const Known known,
                     Record(graph, each.request, memory, &outcomes));
    walks.push_back(known);
  }
  std::mt19937_64 random(seed);
  std::vector<double> times;
  const uint64_t timer = TimerCostNs();
  for (int round = 0; round < kRounds; ++round) {
    std::shuffle(walks.begin(), walks.end(), random);
    for (size_t begin = 0; begin + kTogether <= walks.size();
         begin += kTogether) {
      size_t reported = 0;
      const uint64_t start = NowNs();
      for (size_t i = begin; i < begin + kTogether; ++i) {
        Reports reports;
        KnownOutcomes answers(outcomes.data() + walks[i].first);
        RETURN_IF_ERROR(Walk(graph, walks[i].root, &answers, &reports));
        reported += reports.satisfied.size() + reports.failed.size();
      }
      const uint64_t time = NowNs() - start;
      for (size_t i = begin; i < begin + kTogether; ++i) {
        reported -= walks[i].reported;
      }
      if (reported != 0) {
        return absl::FailedPreconditionError("a walk reported otherwise");
      }
      times.push_back(static_cast<double>(time - std::min(time, timer)) /
                      kTogether);
    }
  }
  if (times.empty()) {
    return absl::FailedPreconditionError("too few requests to time walks");
  }
  const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace sekisho
