// What the record of a decision costs on the thread that decides, and its
// parts.
//
//   bazel run --config=release //bench:log_benchmark
//
// The log is in $TEST_TMPDIR or /tmp, on a disk and not in memory if the
// figures are to mean anything. Other threads flush and sign meanwhile as by
// the default options. The decisions are described in logged_decisions.h.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/allocations.h"
#include "bench/logged_decisions.h"
#include "benchmark/benchmark.h"
#include "engine/base/sha256.h"
#include "engine/log/log_writer.h"
#include "engine/log/merkle.h"
#include "engine/log/record.h"
#include "engine/log/sample_records.h"

namespace sekisho {
namespace {

const LoggedDecisions& Decisions() {
  static const auto* const decisions = new LoggedDecisions(1 << 9);
  return *decisions;
}

void BM_NewIdAndSalt(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(NewSalt());
    benchmark::DoNotOptimize(NewRecordId(absl::Now()));
  }
}
BENCHMARK(BM_NewIdAndSalt);

void BM_LeafHash(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(LeafHash(bytes));
  state.SetBytesProcessed(state.range(0) *
                          static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_LeafHash)->Arg(250)->Arg(500);

void BM_TreeAppend(benchmark::State& state) {
  const Sha256Digest leaf = LeafHash("x");
  MerkleTree tree;
  for (auto _ : state) tree.Append(leaf);
}
BENCHMARK(BM_TreeAppend);

std::unique_ptr<DecisionLog> log_under_test;
std::string log_directory;

void OpenLog(const benchmark::State& state) {
  const char* base = getenv("TEST_TMPDIR");
  log_directory =
      absl::StrCat(base == nullptr ? "/tmp" : base, "/log_benchmark-XXXXXX");
  if (mkdtemp(log_directory.data()) == nullptr) abort();
  DecisionLogOptions options;
  options.durability =
      state.range(0) == 0 ? Durability::kGroup : Durability::kSync;
  auto log = DecisionLog::Open(log_directory, SampleKey(), options);
  if (!log.ok()) {
    fprintf(stderr, "%s\n", log.status().ToString().c_str());
    abort();
  }
  log_under_test = *std::move(log);
  // So that its evidence is there; a disk is waited for too long for that.
  if (options.durability == Durability::kSync) return;
  for (size_t i = 0; i < Decisions().size(); ++i) {
    if (!Decisions().Record(i, log_under_test.get()).ok()) abort();
  }
}

void CloseLog(const benchmark::State&) {
  log_under_test = nullptr;
  std::filesystem::remove_all(log_directory);
}

// All that is done on the thread that decides, with everything cited in the log
// already, unless `sync`. `hash`: with the leaf hash, as for an answer that
// says it.
void BM_RecordDecision(benchmark::State& state) {
  const LoggedDecisions& decisions = Decisions();
  const bool with_hash = state.range(1) != 0;
  Sha256Digest hash;
  // Threads take the same decisions in turn.
  const auto step = static_cast<size_t>(state.threads());
  auto next = static_cast<size_t>(state.thread_index());
  const uint64_t before = AllocationsOfThisThread();
  for (auto _ : state) {
    const absl::Status status =
        decisions.Record(next % decisions.size(), log_under_test.get(),
                         with_hash ? &hash : nullptr);
    if (!status.ok()) abort();
    next += step;
  }
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(AllocationsOfThisThread() - before),
      benchmark::Counter::kAvgIterations);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_RecordDecision)
    ->ArgNames({"sync", "hash"})
    ->Args({0, 0})
    ->Args({0, 1})
    ->Threads(1)
    ->Threads(2)
    ->Setup(OpenLog)
    ->Teardown(CloseLog)
    ->UseRealTime();
BENCHMARK(BM_RecordDecision)
    ->ArgNames({"sync", "hash"})
    ->Args({1, 1})
    ->Threads(1)
    ->Threads(8)
    ->Setup(OpenLog)
    ->Teardown(CloseLog)
    ->UseRealTime();

}  // namespace
}  // namespace sekisho
