// A decision point in this process: all that a server does for a decision
// behind its API, over a real store and a real log.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<DecisionPoint> point,
//                    DecisionPoint::Open(artifact, entities, {}));
//   ASSIGN_OR_RETURN(Decision decision, point->Decide(request));
//
// Thread-safe.
#ifndef SEKISHO_BENCH_DECISION_POINT_H_
#define SEKISHO_BENCH_DECISION_POINT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/temporary_directory.h"
#include "engine/decide/record_decision.h"
#include "engine/entities/store.h"
#include "engine/eval/decision.h"
#include "engine/log/log_writer.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"
#include "server/decision_ids.h"
#include "server/policy_stores.h"

namespace sekisho {

struct DecisionPointOptions {
  // Whether decisions are logged, in group mode.
  bool log = true;
  // Where the store and the log are, for as long as this lives; empty: the
  // system's directory for what is temporary.
  std::string directory;
};

class DecisionPoint {
 public:
  // Puts the artifact into force over these entities. InvalidArgument for an
  // entity that does not fit its schema.
  static absl::StatusOr<std::unique_ptr<DecisionPoint>> Open(
      std::string artifact, const std::vector<Entity>& entities,
      const DecisionPointOptions& options);

  // Validates the request, decides it with the entities as evidence, adds the
  // obligations, and returns when the record is in the kernel.
  absl::StatusOr<Decision> Decide(const RecordedRequest& request);

  // REQUIRES for all three: there is a log. Flushes it; closes it, after which
  // nothing is decided; where it is.
  absl::Status SyncLog() { return log_->Sync(); }
  absl::Status CloseLog() { return log_->Close("done"); }
  std::string log_directory() const { return directory_->path() + "/log"; }

  const Artifact& artifact() const { return *artifact_; }

 private:
  DecisionPoint() = default;

  std::unique_ptr<TemporaryDirectory> directory_;
  std::unique_ptr<EntityStore> store_;
  std::unique_ptr<PolicyStores> policy_stores_;
  std::shared_ptr<const Artifact> artifact_;
  // Null without a log.
  std::unique_ptr<DecisionLog> log_;
  DecisionIds ids_;
  Caller caller_;
};

}  // namespace sekisho

#endif  // SEKISHO_BENCH_DECISION_POINT_H_
