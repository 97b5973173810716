// Decides what arrives over the API, alone or in batches: takes it in, decides
// by one view, logs, and only then answers. What is refused is logged too.
#ifndef SEKISHO_SERVER_DECIDER_H_
#define SEKISHO_SERVER_DECIDER_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/log/record.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "server/answer.h"
#include "server/decision_ids.h"
#include "server/ground.h"
#include "server/pep.h"
#include "server/policy_stores.h"
#include "server/recent_answers.h"
#include "server/recorder.h"

namespace sekisho {

// Thread-safe. Waits for a disk only where PolicyStores::Pinned does.
class Decider {
 public:
  // Both must outlive this object.
  Decider(PolicyStores* policy_stores, Recorder* recorder)
      : policy_stores_(*policy_stores), recorder_(*recorder) {}

  // The errors of all are those of the RPCs; see decision.proto.
  absl::Status Decide(const IdentifiedPep& pep,
                      const v1::DecideRequest& message,
                      v1::DecideResponse* response);
  // Gives up with Cancelled, between items, once `cancelled`.
  absl::Status DecideBatch(const IdentifiedPep& pep,
                           const v1::DecideBatchRequest& message,
                           absl::FunctionRef<bool()> cancelled,
                           v1::DecideBatchResponse* response);
  absl::Status GetSymbols(const IdentifiedPep& pep,
                          const v1::GetSymbolsRequest& message,
                          v1::GetSymbolsResponse* response);

 private:
  // Who asks, when, and of what; the same for all items of a batch.
  struct Session;

  struct Batch;
  // Who computes the hash of a record.
  enum class LeafHashes {
    // Who decides, to answer it.
    kNow,
    // The log.
    kLater,
  };

  // Decides and logs.
  absl::Status DecideNow(const Session& session, const RecordedRequest& request,
                         Ground& ground, LeafHashes leaf_hashes,
                         Answer* answer);
  // And says so in full.
  absl::Status RespondNow(const Session& session,
                          const RecordedRequest& request, Ground& ground,
                          v1::DecideResponse* response);
  absl::Status DecideItems(const Batch& batch,
                           const v1::DecideBatchRequest& message,
                           v1::DecideBatchResponse* response);
  absl::Status DecideCompact(const Batch& batch,
                             const v1::CompactItems& message,
                             v1::CompactResults* results);
  // Answers as before if the request was answered before, and otherwise by
  // `make`. Returns whether it was made.
  absl::StatusOr<bool> AnswerOnce(const Session& session,
                                  const RecordedRequest& request,
                                  absl::FunctionRef<absl::Status()> make,
                                  v1::DecideResponse* response);
  // Only decisions and refusals that were logged leave.
  absl::Status Refuse(const Session& session, const RecordedRequest& request,
                      const View* view, const absl::Status& status);

  PolicyStores& policy_stores_;
  Recorder& recorder_;
  RecentAnswers recent_answers_;
  DecisionIds ids_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECIDER_H_
