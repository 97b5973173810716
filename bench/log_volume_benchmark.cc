// A log of many decisions: how fast it is written with hashing, flushes and
// checkpoints, how large it is on disk when all of it is compressed, and how
// fast its decisions are made again.
//
//   SEKISHO_LOG_SECONDS=20 bazel run --config=release
//   //bench:log_volume_benchmark
//
// The log is in $TEST_TMPDIR or /tmp. `records_per_s` is of the time until the
// log was closed; `written_cpu_ns` and `replayed_cpu_ns` are CPU time a record
// of all threads of the process; `replays_per_s_a_core` follows from that.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/logged_decisions.h"
#include "benchmark/benchmark.h"
#include "engine/log/log_format.h"
#include "engine/log/log_writer.h"
#include "engine/log/sample_records.h"
#include "engine/log/seal_segment.h"
#include "engine/replay/replay.h"

namespace sekisho {
namespace {

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

absl::Duration Seconds() {
  const char* const text = std::getenv("SEKISHO_LOG_SECONDS");
  return absl::Seconds(text == nullptr ? 0.2 : std::atof(text));
}

double CpuNs() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return 1e9 * static_cast<double>(time.tv_sec) +
           1e3 * static_cast<double>(time.tv_usec);
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

// Returns how many decisions were recorded.
uint64_t Write(const LoggedDecisions& decisions, int threads,
               const std::string& directory) {
  auto log = DecisionLog::Open(directory, SampleKey());
  Check(log.status());
  Check(decisions.RecordActivation(log->get()));
  const absl::Time end = absl::Now() + Seconds();
  std::atomic<uint64_t> recorded = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&, t] {
      size_t next = static_cast<size_t>(t) * decisions.size() / 2;
      uint64_t count = 0;
      while (absl::Now() < end) {
        for (int i = 0; i < 100; ++i) {
          Check(decisions.Record(next++ % decisions.size(), log->get()));
        }
        count += 100;
      }
      recorded += count;
    });
  }
  for (std::thread& thread : all) thread.join();
  Check((*log)->Close("benchmark"));
  return recorded;
}

// Compresses all segments. Returns how large they are then.
uint64_t Seal(const std::string& directory) {
  uint64_t bytes = 0;
  const auto segments = ListSegments(directory);
  Check(segments.status());
  for (uint64_t number : *segments) {
    Check(SealSegment(directory, number, [] { return false; }));
    bytes += std::filesystem::file_size(
        absl::StrCat(directory, "/", SegmentName(number)));
  }
  return bytes;
}

void BM_LogVolume(benchmark::State& state) {
  static const auto* const decisions = new LoggedDecisions(1 << 17);
  const char* const base = std::getenv("TEST_TMPDIR");
  std::string directory =
      absl::StrCat(base == nullptr ? "/tmp" : base, "/log_volume-XXXXXX");
  if (mkdtemp(directory.data()) == nullptr) std::abort();
  for (auto _ : state) {
    const absl::Time begin = absl::Now();
    double cpu = CpuNs();
    const auto records = static_cast<double>(
        Write(*decisions, static_cast<int>(state.range(0)), directory));
    state.counters["records_per_s"] =
        records / absl::ToDoubleSeconds(absl::Now() - begin);
    state.counters["written_cpu_ns"] = (CpuNs() - cpu) / records;

    state.counters["sealed_bytes_a_record"] =
        static_cast<double>(Seal(directory)) / records;

    cpu = CpuNs();
    const auto report = ReplayLog(directory, {});
    Check(report.status());
    if (!report->agrees()) {
      Check(absl::InternalError("replay does not agree with the log"));
    }
    const double replayed = (CpuNs() - cpu) / records;
    state.counters["replayed_cpu_ns"] = replayed;
    state.counters["replays_per_s_a_core"] = 1e9 / replayed;
    state.counters["entities"] = static_cast<double>(decisions->entities());
    state.counters["cited"] = decisions->cited_per_decision();
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(BM_LogVolume)
    ->ArgNames({"threads"})
    ->Arg(1)
    ->Arg(2)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace sekisho
