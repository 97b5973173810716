// One thread reads, keeps evidence and activations, and hands decisions in
// batches to the threads that decide. These share the evidence and the
// policies; what they find is put together at the end.
//
// Tested by tests/replay.
#include "engine/replay/replay.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/base/status_macros.h"
#include "engine/log/log_reader.h"
#include "engine/log/record_format.h"
#include "engine/replay/activated_policies.h"
#include "engine/replay/group_counts.h"
#include "engine/replay/record_batches.h"
#include "engine/replay/recorded_entities.h"
#include "engine/replay/replay_worker.h"

namespace sekisho {
namespace {

constexpr size_t kBatchSize = 512;
constexpr uint64_t kProgressInterval = 4096;

// The second byte of a record: record_format.h.
constexpr uint8_t kDecisionKind = 1;
constexpr uint8_t kActivationKind = 4;
template <uint8_t kKind>
using BodyOfKind =
    std::variant_alternative_t<kKind - 1, decltype(Record::body)>;
static_assert(std::is_same_v<BodyOfKind<kDecisionKind>, DecisionBody>);
static_assert(std::is_same_v<BodyOfKind<kActivationKind>, ActivationBody>);

// Returns how many records there are.
absl::StatusOr<uint64_t> ReadAll(LogReader* reader, ReplayShared* shared,
                                 BatchQueue* queue) {
  uint64_t records = 0;
  RecordBatch batch;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
    if (!entry.has_value()) break;
    if (entry->kind == LogEntry::Kind::kEvidence) {
      shared->evidence.Add(entry->bytes);
      continue;
    }
    ++records;
    if (shared->options.progress && records % kProgressInterval == 0) {
      shared->options.progress(records, reader->bytes_read());
    }
    const absl::string_view bytes = entry->bytes;
    const bool is_known =
        bytes.size() >= 2 && static_cast<uint8_t>(bytes[0]) <= kRecordVersion;
    const uint8_t kind = is_known ? static_cast<uint8_t>(bytes[1]) : 0;
    if (kind == kActivationKind) {
      ASSIGN_OR_RETURN(const Record record, DecodeRecord(bytes));
      shared->policies.Add(std::get<ActivationBody>(record.body));
    } else if (!is_known || kind == kDecisionKind) {
      batch.Add(entry->index, bytes);
      if (batch.size() == kBatchSize) {
        queue->Put(&batch);
      }
    }
  }
  queue->Put(&batch);
  return records;
}

void Add(const ReplayCounts& from, ReplayCounts* to) {
  for (size_t i = 0; i < kReplayOutcomes; ++i) {
    to->by_outcome[i] += from.by_outcome[i];
  }
}

void Merge(ReplayFindings from, ReplayFindings* to) {
  to->decisions += from.decisions;
  Add(from.counts, &to->counts);
  for (const auto& [key, counts] : from.groups) Add(counts, &to->groups[key]);
  std::move(from.findings.begin(), from.findings.end(),
            std::back_inserter(to->findings));
  to->findings_left_off += from.findings_left_off;
  to->deferred.Add(from.deferred);
}

ReplayReport MakeReport(ReplayFindings all, const ReplayShared& shared,
                        uint64_t records) {
  ReplayReport report;
  report.records = records;
  report.decisions = all.decisions;
  report.counts = all.counts;
  for (const auto& [key, counts] : all.groups) {
    report.groups.push_back(
        {DimensionName(key.first, shared.paths), key.second, counts});
  }
  report.findings = std::move(all.findings);
  std::sort(report.findings.begin(), report.findings.end(),
            [](const ReplayFinding& a, const ReplayFinding& b) {
              return std::tie(a.outcome, a.index) <
                     std::tie(b.outcome, b.index);
            });
  report.findings_left_off = all.findings_left_off;
  if (const size_t max = shared.options.max_findings;
      report.findings.size() > max) {
    report.findings_left_off += report.findings.size() - max;
    report.findings.resize(max);
  }
  return report;
}

}  // namespace

absl::string_view ReplayOutcomeName(ReplayOutcome outcome) {
  switch (outcome) {
    case ReplayOutcome::kDenyToPermit:
      return "deny to permit";
    case ReplayOutcome::kPermitToDeny:
      return "permit to deny";
    case ReplayOutcome::kOtherReasons:
      return "other reasons";
    case ReplayOutcome::kOpinionsDiffer:
      return "evaluators differ";
    case ReplayOutcome::kNoDecision:
      return "no decision";
    case ReplayOutcome::kEvidenceLacks:
      return "the evidence lacks";
    case ReplayOutcome::kSame:
      return "same";
  }
  return "";
}

uint64_t ReplayCounts::total() const {
  uint64_t sum = 0;
  for (uint64_t count : by_outcome) sum += count;
  return sum;
}

absl::StatusOr<ReplayReport> ReplayLog(const std::string& directory,
                                       const ReplayOptions& options) {
  std::vector<CountPath> paths;
  for (const std::string& text : options.by) {
    ASSIGN_OR_RETURN(CountPath path, ParseCountPath(text));
    paths.push_back(std::move(path));
  }
  std::optional<ReplayPolicy> policy;
  if (options.policy != nullptr) {
    ASSIGN_OR_RETURN(policy,
                     MakeReplayPolicy(options.policy, options.second_opinion));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
                   LogReader::Open(directory));

  EvidenceKeeper evidence;
  // Recorded policies only tell the use cases where another one decides.
  ActivatedPolicies policies(
      evidence, policy.has_value() ? nullptr : options.second_opinion);
  ReplayShared shared = {options, std::move(paths), std::move(policy), evidence,
                         policies};
  BatchQueue queue;
  std::deque<ReplayWorker> workers;
  std::vector<std::thread> threads;
  for (int i = 0; i < std::max(options.threads, 1); ++i) {
    ReplayWorker* const worker = &workers.emplace_back(&shared);
    threads.emplace_back([worker, &queue] { worker->Run(&queue); });
  }
  const absl::StatusOr<uint64_t> records =
      ReadAll(reader.get(), &shared, &queue);
  queue.End();
  for (std::thread& thread : threads) thread.join();
  if (!records.ok()) return records.status();

  ReplayFindings all;
  for (ReplayWorker& worker : workers) Merge(worker.TakeFindings(), &all);
  ReplayWorker last(&shared);
  last.TakeDeferred(std::exchange(all.deferred, {}));
  Merge(last.TakeFindings(), &all);
  return MakeReport(std::move(all), shared, *records);
}

}  // namespace sekisho
