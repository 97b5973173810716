// What a request is decided by: one policy version and one revision of the
// entities, with those that the request brings along, and what the server says
// itself.
//
//   Ground ground;
//   RETURN_IF_ERROR(ground.Find(caller, now, request, stores, recorder));
//   ASSIGN_OR_RETURN(Value added, AddedContext(schema, request.request, now));
//   Decide(ground.artifact(), .., ground.entities());
//
// For one thread.
#ifndef SEKISHO_SERVER_GROUND_H_
#define SEKISHO_SERVER_GROUND_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/decide/readers.h"
#include "engine/entities/memory.h"
#include "engine/entities/store.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"
#include "server/convert.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

class Ground {
 public:
  Ground() = default;
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  // Errors are those of the RPCs (decision.proto): there is no such policy, the
  // entities are not fresh enough, or what was brought along does not fit.
  // REQUIRES: was not called before.
  absl::Status Find(const Caller& caller, absl::Time now,
                    const RecordedRequest& request, PolicyStores& policy_stores,
                    Recorder& recorder);

  // Null until it is found, which may be before Find fails.
  const View* view() const { return view_.get(); }
  // REQUIRES: Find returned OK.
  const Artifact& artifact() const { return *view_->policy->artifact; }
  EntityReader& entities() { return *entities_; }

 private:
  std::shared_ptr<const View> view_;
  // Each in front of the one before.
  std::optional<SnapshotReader> stored_;
  std::optional<ValidatedEntities> validated_;
  std::optional<OverlaidEntities> overlaid_;
  // What the last of them shows first.
  MemoryEntities supplied_;
  // The last of the three that there is.
  EntityReader* entities_ = nullptr;
};

// What the server says in the context of a request. InvalidArgument if the
// request says it.
absl::StatusOr<Value> AddedContext(const Schema& schema, const Request& request,
                                   absl::Time now);

// What says by which policy and entities it was decided, and when. Message is
// a response that has the fields of DecideResponse for it.
template <typename Message>
void ViewToProto(const View& view, absl::Time now, Message* out) {
  out->set_policy_hash(view.policy->activation.hash);
  out->set_policy_version(view.policy->activation.version);
  out->set_entity_revision(view.entities->revision());
  TimeToProto(now, out->mutable_server_time());
}

}  // namespace sekisho

#endif  // SEKISHO_SERVER_GROUND_H_
