// What a decision record costs: encoding it, hashing it, appending it.
//
//   bazel run --config=release //bench:log_benchmark
//
// The log is in $TEST_TMPDIR or /tmp, on a disk and not in memory if the
// figures are to mean anything; BM_Append includes the flushes and checkpoints
// of the default options, which another thread makes at the same time.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "benchmark/benchmark.h"
#include "engine/log/log_writer.h"
#include "engine/log/merkle.h"
#include "engine/log/record_format.h"
#include "engine/log/sample_records.h"

namespace sekisho {
namespace {

constexpr const char* kEntities[] = {"nurse-1", "record-1", "patient-1",
                                     "tablet-1"};

// A decision of the healthcare matrix: eight attributes, four entities.
Record TypicalDecision() {
  Record record;
  record.salt = NewSalt();
  record.id = NewRecordId(absl::Now());
  record.time_ns = absl::ToUnixNanos(absl::Now());
  record.policy_store = "default";
  record.pep = {"unix", "1000"};
  record.face = "grpc";
  DecisionBody body;
  body.request.request = {
      {"Person", "nurse-1"},
      {"Action", "view"},
      {"Record", "record-1"},
      Value::Record(
          {{"device", Value::Entity({"Device", "tablet-1"})},
           {"factors", Value::Long(2)},
           {"kinds", Value::Set({Value::String("card"), Value::String("pin")})},
           {"location", Value::String("hospital")},
           {"network", Value::String("closed")},
           {"purpose", Value::String("treatment")},
           {"situation", Value::String("ordinary")},
           {"subjectCount", Value::Long(1)}})};
  body.basis.policy_hash = std::string(64, 'a');
  body.basis.policy_version = 3;
  body.basis.entity_revision = 300;
  body.basis.added_context =
      Value::Record({{"now", Value::Long(1775001600123)}});
  for (const char* id : kEntities) {
    body.basis.evidence.push_back({{"Person", id}, Sha256(id)});
  }
  body.permitted = true;
  body.cause = Cause::kPermitted;
  body.determining = {"①-5"};
  body.obligations = {{"limit", Value::Record({{"n", Value::Long(1)}})}};
  record.body = body;
  return record;
}

void BM_NewIdAndSalt(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(NewSalt());
    benchmark::DoNotOptimize(NewRecordId(absl::Now()));
  }
}
BENCHMARK(BM_NewIdAndSalt);

void BM_Encode(benchmark::State& state) {
  const Record record = TypicalDecision();
  std::string bytes;
  for (auto _ : state) {
    if (!EncodeRecord(record, &bytes).ok()) abort();
  }
  state.counters["bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(BM_Encode);

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
}

void CloseLog(const benchmark::State&) {
  log_under_test = nullptr;
  std::filesystem::remove_all(log_directory);
}

// The whole call: encoding, hashing, and the store that the kernel keeps.
void BM_Append(benchmark::State& state) {
  const Record record = TypicalDecision();
  std::vector<LogEvidence> evidence;
  for (const char* id : kEntities) evidence.push_back({Sha256(id), id});
  for (auto _ : state) {
    if (!log_under_test->Append(record, evidence).ok()) abort();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_Append)
    ->ArgNames({"sync"})
    ->Arg(0)
    ->Threads(1)
    ->Threads(2)
    ->Setup(OpenLog)
    ->Teardown(CloseLog)
    ->UseRealTime();
BENCHMARK(BM_Append)
    ->ArgNames({"sync"})
    ->Arg(1)
    ->Threads(1)
    ->Threads(8)
    ->Setup(OpenLog)
    ->Teardown(CloseLog)
    ->UseRealTime();

}  // namespace
}  // namespace sekisho
