// What the services say to the decision log.
//
//   ASSIGN_OR_RETURN(uint64_t index,
//                    recorder->RecordDecision(caller, now, id, made, nullptr));
//   // Only now may the answer leave.
//
// What cannot be logged is not answered: every method's error becomes the
// RPC's, Unavailable or ResourceExhausted.
//
// Thread-safe.
#ifndef SEKISHO_SERVER_RECORDER_H_
#define SEKISHO_SERVER_RECORDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/base/sha256.h"
#include "engine/decide/record_decision.h"
#include "engine/entities/store.h"
#include "engine/eval/evaluate.h"
#include "engine/log/log_writer.h"
#include "engine/log/record.h"
#include "engine/model/link.h"
#include "server/policy_stores.h"

namespace sekisho {

// The face of what is called over gRPC.
inline constexpr char kGrpcFace[] = "grpc";

class Recorder {
 public:
  // `log` must outlive this object. `face`: what is called; see Record.
  explicit Recorder(DecisionLog* log, absl::string_view face = kGrpcFace)
      : log_(*log), face_(face) {}

  // See RecordDecision in engine/decide.
  absl::StatusOr<uint64_t> RecordDecision(const Caller& caller, absl::Time now,
                                          const Bytes16& id,
                                          const MadeDecision& made,
                                          Sha256Digest* leaf_hash);

  // A request that is explained from `view` and `evidence`, redacted or in
  // full.
  absl::StatusOr<LogPosition> RecordExplanation(
      const Caller& caller, absl::Time now, const RecordedRequest& request,
      const Value& added_context, const View& view, const Evidence& evidence,
      bool redacted);
  // A decision of this log that is explained from what it rests on.
  absl::StatusOr<LogPosition> RecordExplanation(const Caller& caller,
                                                absl::Time now,
                                                const Bytes16& decision_id,
                                                const DecisionBody& decision,
                                                bool redacted);

  // A request that is answered with `refusal`, as far as it was understood;
  // `view` may be null. Returns `refusal`, or the log's own error.
  absl::Status RecordRefusal(const Caller& caller, absl::Time now,
                             const RecordedRequest& request, const View* view,
                             const absl::Status& refusal);

  // `reason`: "activate", "rollback", "open" for what was in force when the log
  // was opened, or "held" for what is about to decide though it is not in
  // force.
  absl::Status RecordActivation(const Pep& pep, absl::string_view policy_store,
                                const Activation& activation,
                                absl::string_view previous_hash,
                                absl::string_view artifact,
                                absl::string_view reason);

  // `source`: where it came from, or empty. `count`: how many mutations it was.
  // What became of the entities is listed unless they are too many.
  absl::Status RecordWrite(const Pep& pep, absl::string_view policy_store,
                           absl::string_view source, size_t count,
                           const WriteResult& result);

  absl::Status RecordLinks(const Pep& pep, absl::string_view policy_store,
                           uint64_t revision,
                           const std::vector<LinkPtr>& linked,
                           const std::vector<std::string>& unlinked);

  const std::string& origin() const { return log_.origin(); }
  const std::string& face() const { return face_; }

 private:
  DecisionLog& log_;
  const std::string face_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_RECORDER_H_
