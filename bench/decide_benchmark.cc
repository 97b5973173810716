// What a decision costs in process, by stage: validation, the walk, and all
// that is behind `Decide`, with what a log needs of it. Entities are in a hash
// table, neither in a store nor in its cache, and nothing is logged; `sekisho
// bench` measures a decision with both.
//
//   bazel run --config=release //bench:decide_benchmark
//
// The workloads are those of workload.h. Every answer is held to the reference
// evaluator, or for many rules to what the workload's maker knows, before it is
// timed.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/compiled_policies.h"
#include "bench/decision_point.h"
#include "bench/verify_answers.h"
#include "bench/workload.h"
#include "benchmark/benchmark.h"
#include "compiler/folder.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"

namespace sekisho {
namespace {

// The first two always, the others if the environment says so.
constexpr const char* kWorkloads[] = {
    "healthcare",    "matrix-39",      "matrix-1000",  "matrix-10000",
    "matrix-100000", "wildcards-1000", "ranges-1000",  "groups-1000",
    "sets-100",      "likes-200",      "adversary-600"};

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::exit(1);
  }
  return *std::move(value);
}

struct Ready {
  std::unique_ptr<CompiledPolicies> policies;
  MemoryEntities entities;
  std::vector<Request> requests;
  double permits = 0;
};

const Ready& ReadyWorkload(const std::string& name) {
  static auto* all = new std::map<std::string, std::unique_ptr<Ready>>;
  std::unique_ptr<Ready>& ready = (*all)[name];
  if (ready != nullptr) return *ready;
  ready = std::make_unique<Ready>();
  const Workload workload = OrDie(MakeWorkload(name, {}));
  ready->policies = OrDie(CompileToMeasure(
      OrDie(MakePolicyFolder(workload.sources)), /*fail_closed=*/true));
  DecisionPointOptions options;
  options.log = false;
  const auto point = OrDie(
      DecisionPoint::Open(ready->policies->bytes, workload.entities, options));
  const size_t rules = ready->policies->artifact->policies().size();
  const VerifiedAnswers answers =
      OrDie(VerifyAnswers(*point, ready->policies->compilation,
                          workload.entities, workload.requests, 1 + rules / 8));
  ready->entities = MemoryEntities(workload.entities);
  for (const RequestToMeasure& each : workload.requests) {
    ready->requests.push_back(each.request);
  }
  ready->permits = static_cast<double>(answers.permits) /
                   static_cast<double>(workload.requests.size());
  std::fprintf(stderr, "%s: %u nodes, %zu bytes of graph, worst %zu\n",
               name.c_str(), ready->policies->size.nodes,
               ready->policies->size.bytes,
               static_cast<size_t>(ready->policies->size.worst_nodes));
  return *ready;
}

// Calls `stage` with one request after the other.
template <typename Stage>
void Run(benchmark::State& state, Stage stage) {
  const char* const name = kWorkloads[state.range(0)];
  const Ready& ready = ReadyWorkload(name);
  state.SetLabel(name);
  MemoryEntities entities = ready.entities;
  size_t next = 0;
  for (auto _ : state) {
    stage(*ready.policies->artifact, ready.requests[next], entities);
    if (++next == ready.requests.size()) next = 0;
  }
  state.counters["permits"] = ready.permits;
}

void BM_Validate(benchmark::State& state) {
  Run(state,
      [](const Artifact& artifact, const Request& request, EntityReader&) {
        benchmark::DoNotOptimize(ValidateRequest(artifact.schema(), request));
      });
}

void BM_Walk(benchmark::State& state) {
  Run(state, [](const Artifact& artifact, const Request& request,
                EntityReader& entities) {
    benchmark::DoNotOptimize(Evaluate(artifact.graph(), request, entities));
  });
}

void BM_Decide(benchmark::State& state) {
  Run(state, [](const Artifact& artifact, const Request& request,
                EntityReader& entities) {
    Evidence evidence;
    benchmark::DoNotOptimize(Decide(artifact, request, entities, &evidence));
  });
}

void Workloads(benchmark::internal::Benchmark* benchmark) {
  const bool all = std::getenv("SEKISHO_BENCH_ALL") != nullptr;
  const int count = all ? static_cast<int>(std::size(kWorkloads)) : 2;
  benchmark->ArgName("workload")->DenseRange(0, count - 1);
}
BENCHMARK(BM_Validate)->Apply(Workloads);
BENCHMARK(BM_Walk)->Apply(Workloads);
BENCHMARK(BM_Decide)->Apply(Workloads);

}  // namespace
}  // namespace sekisho
