// One of the threads that make the decisions of a log again.
#ifndef SEKISHO_ENGINE_REPLAY_REPLAY_WORKER_H_
#define SEKISHO_ENGINE_REPLAY_REPLAY_WORKER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/decide/oblige.h"
#include "engine/eval/decision.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/model/link.h"
#include "engine/model/request.h"
#include "engine/replay/activated_policies.h"
#include "engine/replay/group_counts.h"
#include "engine/replay/record_batches.h"
#include "engine/replay/recorded_entities.h"
#include "engine/replay/replay.h"

namespace sekisho {

// What all workers share.
struct ReplayShared {
  const ReplayOptions& options;
  std::vector<CountPath> paths;
  // Of options.policy.
  std::optional<ReplayPolicy> policy;
  EvidenceKeeper& evidence;
  ActivatedPolicies& policies;
};

// What one worker found.
struct ReplayFindings {
  uint64_t decisions = 0;
  ReplayCounts counts;
  Groups groups;
  std::vector<ReplayFinding> findings;
  uint64_t findings_left_off = 0;
  // Whose policy the log had not spoken of.
  RecordBatch deferred;
};

// For one thread.
class ReplayWorker {
 public:
  // `shared` must outlive this object.
  explicit ReplayWorker(ReplayShared* shared)
      : shared_(*shared),
        decoder_(shared->evidence),
        groups_(shared->paths, shared->options.filter.policy, &decoder_) {}

  // Takes all that comes.
  void Run(BatchQueue* queue);
  // Takes records that were deferred: now the whole log is known.
  void TakeDeferred(const RecordBatch& deferred);

  // Once, at the end.
  ReplayFindings TakeFindings();

 private:
  // What came of a decision.
  struct Made {
    ReplayOutcome outcome = ReplayOutcome::kNoDecision;
    std::optional<Decision> decision;
    Obliged obliged;
    std::optional<EntityUid> lacking;
    std::string message;
  };

  // A record with its place and bytes in the log. One after the other has the
  // same memory.
  struct OneRecord {
    uint64_t index = 0;
    absl::string_view bytes;
    absl::Status status;
    Record record;

    // Null if it is no decision.
    const DecisionBody* decision() const {
      return status.ok() ? std::get_if<DecisionBody>(&record.body) : nullptr;
    }
  };
  // So many are decoded, and the entities that they cite asked for, before they
  // are decided.
  static constexpr size_t kTogether = 16;

  void TakeAll(const RecordBatch& batch);
  void Expect(const DecisionBody& body, EntityDecoder::Step step) const;
  void Take(const OneRecord& one);
  void TakeUnreadable(uint64_t index, const absl::Status& status);
  bool MayPass(const DecisionBody& body, absl::Time time) const;
  absl::StatusOr<const ReplayPolicy*> FindPolicy(const std::string& hash);
  // Makes the decision and compares.
  Made Decide(const DecisionBody& body, const Request& request,
              const ReplayPolicy& policy, const Artifact* recorded_by);
  void Keep(ReplayFinding finding);

  ReplayShared& shared_;
  EntityDecoder decoder_;
  GroupCounts groups_;
  // The policy that was asked for last.
  const ReplayPolicy* last_policy_ = nullptr;
  bool may_defer_ = true;
  std::array<OneRecord, kTogether> records_;
  ReplayFindings findings_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_REPLAY_WORKER_H_
