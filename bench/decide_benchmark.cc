// What a decision costs in process, by stage: validation, the walk, and all
// that is behind `Decide`, with what a log needs of it.
//
//   bazel run --config=release //bench:decide_benchmark
//
// Workloads: the requests of the healthcare policies' cases, and matrices of 39
// to 100,000 generated rows with eleven cells each, a fifth of them wildcards
// and a fifth with two values. Half of a generated workload's requests meet a
// row. Every answer is held to the reference evaluator before it is timed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "benchmark/benchmark.h"
#include "compiler/cases/compiled_cases.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/reference/reference.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"

namespace sekisho {
namespace {

constexpr char kHealthcare[] = "policies/healthcare";
constexpr uint64_t kSeed = 20261122;
constexpr int kGeneratedRequests = 65536;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

struct Workload {
  std::shared_ptr<const Artifact> artifact;
  MemoryEntities entities;
  // In the order in which they are asked.
  std::vector<Request> requests;
  int permits = 0;
};

// Holds the answers to the reference evaluator's; ends the program otherwise.
// Of generated policies only every `stride`th: it takes its time.
void Prove(Workload* workload, const std::vector<Policy>& policies,
           const std::vector<Entity>& population, size_t stride) {
  EntityMap all;
  for (const Entity& entity : population) all[entity.uid] = entity;
  const Artifact& artifact = *workload->artifact;
  for (size_t i = 0; i < workload->requests.size(); ++i) {
    const Request& request = workload->requests[i];
    const auto decision = Decide(artifact, request, workload->entities);
    if (!decision.ok()) Die(decision.status().ToString());
    workload->permits += decision->permitted();
    if (i % stride != 0) continue;
    const Decision expected = ReferenceDecide(
        policies, {request, all, artifact.schema()}, /*fail_closed=*/true);
    if (decision->cause != expected.cause ||
        decision->determining != expected.determining ||
        decision->errors != expected.errors) {
      Die(absl::StrCat("request ", i, " is not decided as by the reference"));
    }
  }
}

const Workload& HealthcareWorkload() {
  static const auto* workload = [] {
    auto compiled = CompileWithCases(kHealthcare);
    if (!compiled.ok()) Die(compiled.status().ToString());
    auto* out = new Workload;
    out->artifact = *Artifact::FromBytes((*compiled)->compilation.artifact);
    const CaseSet& set = (*compiled)->set;
    out->entities = MemoryEntities(set.population);
    for (const Case& c : set.cases) {
      if (c.changes_entities() || c.expect == Expectation::kInvalid) continue;
      out->requests.push_back(c.request);
    }
    std::mt19937_64 random(kSeed);
    std::shuffle(out->requests.begin(), out->requests.end(), random);
    Prove(out, (*compiled)->compilation.policies, set.population, 1);
    return out;
  }();
  return *workload;
}

// ---- Generated matrices -----------------------------------------------------

constexpr const char* kCells[] = {"role",     "situation", "place",  "network",
                                  "origin",   "owner",     "kind",   "grade",
                                  "approval", "device",    "factors"};
constexpr int kValuesOfCell = 12;

using Row = std::vector<std::vector<int>>;  // By cell: none is a wildcard.

std::string CellValue(size_t cell, int value) {
  return absl::StrCat(kCells[cell], "-", value);
}

Row RandomRow(std::mt19937_64* random) {
  Row row(std::size(kCells));
  for (std::vector<int>& cell : row) {
    const uint64_t kind = (*random)() % 5;
    const int count = kind == 0 ? 0 : kind == 1 ? 2 : 1;
    for (int i = 0; i < count; ++i) {
      cell.push_back(static_cast<int>((*random)() % kValuesOfCell));
    }
  }
  return row;
}

std::string RuleOf(const Row& row, size_t index) {
  std::vector<std::string> conditions = {"true"};
  for (size_t cell = 0; cell < row.size(); ++cell) {
    if (row[cell].empty()) continue;
    conditions.push_back(absl::StrCat(
        "(",
        absl::StrJoin(row[cell], " || ",
                      [&](std::string* out, int value) {
                        absl::StrAppend(out, "context.", kCells[cell], " == \"",
                                        CellValue(cell, value), "\"");
                      }),
        ")"));
  }
  return absl::StrCat("@id(\"row-", index,
                      "\") permit(principal, action, resource) when { ",
                      absl::StrJoin(conditions, " && "), " };\n");
}

Request RequestOf(const Row& row, bool meets, std::mt19937_64* random) {
  Value::Attributes context;
  for (size_t cell = 0; cell < row.size(); ++cell) {
    int value = static_cast<int>((*random)() % kValuesOfCell);
    if (meets && !row[cell].empty()) {
      value = row[cell][(*random)() % row[cell].size()];
    }
    context.emplace_back(kCells[cell], Value::String(CellValue(cell, value)));
  }
  return {{"User", absl::StrCat("user-", (*random)() % 100000)},
          {"Action", "view"},
          {"Record", absl::StrCat("record-", (*random)() % 100000)},
          Value::Record(std::move(context))};
}

const Workload& GeneratedWorkload(size_t rows) {
  static auto* made = new std::map<size_t, std::unique_ptr<Workload>>;
  std::unique_ptr<Workload>& workload = (*made)[rows];
  if (workload != nullptr) return *workload;
  workload = std::make_unique<Workload>();
  std::mt19937_64 random(kSeed);
  std::vector<Row> matrix;
  // One file may have two million expressions.
  constexpr size_t kRowsOfFile = 10000;
  std::vector<std::pair<std::string, std::string>> files;
  for (size_t i = 0; i < rows; ++i) {
    matrix.push_back(RandomRow(&random));
    if (i % kRowsOfFile == 0) {
      files.emplace_back(absl::StrCat("rules-", 100 + files.size(), ".cedar"),
                         "");
    }
    files.back().second += RuleOf(matrix.back(), i);
  }
  std::string schema =
      "entity User; entity Record;\naction view appliesTo { principal: User, "
      "resource: Record, context: {";
  for (const char* cell : kCells) absl::StrAppend(&schema, cell, ": String, ");
  schema += "} };\n";
  files.emplace_back("s.cedarschema", schema);
  auto folder = MakePolicyFolder(std::move(files));
  if (!folder.ok()) Die(folder.status().ToString());
  Compilation compilation(&folder->sources);
  const absl::Status status = Compile(*folder, {}, &compilation);
  if (!status.ok() || compilation.artifact.empty()) {
    Die(absl::StrCat(status.ToString(), compilation.diagnostics.ToString()));
  }
  workload->artifact = *Artifact::FromBytes(compilation.artifact);
  for (int i = 0; i < kGeneratedRequests; ++i) {
    workload->requests.push_back(
        RequestOf(matrix[random() % rows], i % 2 == 0, &random));
  }
  Prove(workload.get(), compilation.policies, {}, 1 + rows / 8);
  std::fprintf(stderr, "%zu rows: %u nodes, %zu bytes of graph, worst %zu\n",
               rows, compilation.size.nodes, compilation.size.bytes,
               static_cast<size_t>(compilation.size.worst_nodes));
  return *workload;
}

const Workload& WorkloadOf(const benchmark::State& state) {
  const auto rows = static_cast<size_t>(state.range(0));
  return rows == 0 ? HealthcareWorkload() : GeneratedWorkload(rows);
}

// Calls `stage` with one request after the other.
template <typename Stage>
void Run(benchmark::State& state, Stage stage) {
  const Workload& workload = WorkloadOf(state);
  MemoryEntities entities = workload.entities;
  size_t next = 0;
  for (auto _ : state) {
    stage(*workload.artifact, workload.requests[next], entities);
    if (++next == workload.requests.size()) next = 0;
  }
  state.counters["permits"] = static_cast<double>(workload.permits) /
                              static_cast<double>(workload.requests.size());
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

// 0: healthcare.
void Workloads(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("rows")->Arg(0)->Arg(39);
  if (std::getenv("SEKISHO_BENCH_ALL") != nullptr) {
    benchmark->Arg(1000)->Arg(10000)->Arg(100000);
  }
}
BENCHMARK(BM_Validate)->Apply(Workloads);
BENCHMARK(BM_Walk)->Apply(Workloads);
BENCHMARK(BM_Decide)->Apply(Workloads);

}  // namespace
}  // namespace sekisho
