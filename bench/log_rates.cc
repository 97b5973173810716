#include "bench/log_rates.h"

#include <time.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bench/compiled_policies.h"
#include "bench/decision_point.h"
#include "bench/request_file.h"
#include "bench/stopwatch.h"
#include "bench/temporary_directory.h"
#include "compiler/folder.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_format.h"
#include "engine/log/record.h"
#include "engine/log/seal_segment.h"
#include "engine/replay/replay.h"

namespace sekisho {
namespace {

double ProcessorSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) / 1e9;
}

uint64_t BytesIn(const std::string& directory) {
  uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory, error)) {
    if (entry.is_regular_file(error)) bytes += entry.file_size(error);
  }
  return bytes;
}

// On all cores, each with its own order; returns how many.
absl::StatusOr<uint64_t> DecideFor(
    DecisionPoint& point, const std::vector<RequestToMeasure>& requests,
    absl::Duration duration) {
  const uint64_t end_ns =
      NowNs() + static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
  const unsigned count = std::max(1u, std::thread::hardware_concurrency());
  std::vector<absl::StatusOr<uint64_t>> decided(count, 0);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      uint64_t done = 0;
      while (NowNs() < end_ns) {
        RecordedRequest request;
        request.request =
            requests[(done * count + i) % requests.size()].request;
        const absl::Status status = point.Decide(request).status();
        if (!status.ok()) {
          decided[i] = status;
          return;
        }
        ++done;
      }
      decided[i] = done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  uint64_t sum = 0;
  for (const absl::StatusOr<uint64_t>& each : decided) {
    if (!each.ok()) return each.status();
    sum += *each;
  }
  return sum;
}

}  // namespace

absl::StatusOr<LogRates> MeasureLog(const Workload& workload,
                                    absl::Duration duration) {
  ASSIGN_OR_RETURN(PolicyFolder folder, MakePolicyFolder(workload.sources));
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledPolicies> policies,
                   CompileToMeasure(std::move(folder), /*fail_closed=*/true));
  ASSIGN_OR_RETURN(const std::unique_ptr<DecisionPoint> point,
                   DecisionPoint::Open(policies->bytes, workload.entities, {}));
  LogRates rates;
  const uint64_t start_ns = NowNs();
  ASSIGN_OR_RETURN(rates.records,
                   DecideFor(*point, workload.requests, duration));
  RETURN_IF_ERROR(point->SyncLog());
  rates.records_per_second = static_cast<double>(rates.records) /
                             (static_cast<double>(NowNs() - start_ns) / 1e9);
  RETURN_IF_ERROR(point->CloseLog());
  const std::string directory = point->log_directory();
  ASSIGN_OR_RETURN(const std::vector<uint64_t> segments,
                   ListSegments(directory));
  for (const uint64_t segment : segments) {
    RETURN_IF_ERROR(SealSegment(directory, segment, [] { return false; }));
  }
  rates.bytes_per_record = static_cast<double>(BytesIn(directory)) /
                           static_cast<double>(rates.records);
  const double start = ProcessorSeconds();
  ReplayOptions options;
  options.threads = 1;
  ASSIGN_OR_RETURN(const ReplayReport report, ReplayLog(directory, options));
  rates.replayed_per_core_second =
      static_cast<double>(report.counts.total()) / (ProcessorSeconds() - start);
  if (!report.agrees() || report.counts.total() == 0) {
    return absl::FailedPreconditionError(
        "the log's decisions are not replayed as they were made");
  }
  return rates;
}

}  // namespace sekisho
