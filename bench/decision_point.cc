#include "bench/decision_point.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "engine/decide/decide.h"
#include "engine/decide/oblige.h"
#include "engine/entities/mutation.h"
#include "engine/log/signing_key.h"
#include "engine/model/value.h"
#include "server/recorder.h"

namespace sekisho {
namespace {

constexpr char kPolicyStore[] = "default";
constexpr size_t kEntitiesOfAWrite = 5000;

absl::Status WriteAll(const std::vector<Entity>& entities,
                      PolicyStores& policy_stores) {
  for (size_t i = 0; i < entities.size(); i += kEntitiesOfAWrite) {
    std::vector<EntityMutation> mutations;
    const size_t end = std::min(entities.size(), i + kEntitiesOfAWrite);
    for (size_t j = i; j < end; ++j)
      mutations.push_back(PutEntity{entities[j]});
    RETURN_IF_ERROR(policy_stores.Write(kPolicyStore, mutations, {}).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DecisionPoint>> DecisionPoint::Open(
    std::string artifact, const std::vector<Entity>& entities,
    const DecisionPointOptions& options) {
  std::unique_ptr<DecisionPoint> point(new DecisionPoint);
  ASSIGN_OR_RETURN(point->directory_,
                   TemporaryDirectory::Make(options.directory));
  const std::string& path = point->directory_->path();
  ASSIGN_OR_RETURN(point->store_, EntityStore::Open(path + "/store"));
  ASSIGN_OR_RETURN(point->policy_stores_,
                   PolicyStores::Load(point->store_.get()));
  if (options.log) {
    ASSIGN_OR_RETURN(const SigningKey key, SigningKey::Generate("bench"));
    ASSIGN_OR_RETURN(point->log_, DecisionLog::Open(point->log_directory(), key,
                                                    DecisionLogOptions()));
  }
  point->caller_ = {{"library", ""}, kPolicyStore, "", "", std::nullopt};
  const std::string bytes = artifact;
  RETURN_IF_ERROR(
      point->policy_stores_
          ->Activate(kPolicyStore, std::move(artifact), std::nullopt,
                     [&](const PolicyStores::ActivateResult& result) {
                       if (!options.log) return absl::OkStatus();
                       return Recorder(point->log_.get())
                           .RecordActivation({}, kPolicyStore,
                                             result.activation, "", bytes,
                                             "activate");
                     })
          .status());
  RETURN_IF_ERROR(WriteAll(entities, *point->policy_stores_));
  ASSIGN_OR_RETURN(const std::shared_ptr<const View> view,
                   point->policy_stores_->Current(kPolicyStore));
  point->artifact_ = view->policy->artifact;
  return point;
}

absl::StatusOr<Decision> DecisionPoint::Decide(const RecordedRequest& request) {
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const std::shared_ptr<const View> view,
                   policy_stores_->Current(kPolicyStore));
  const Artifact& artifact = *view->policy->artifact;
  SnapshotReader entities(view->entities.get());
  Evidence evidence;
  ASSIGN_OR_RETURN(Decision decision,
                   sekisho::Decide(artifact, request.request, entities,
                                   &evidence, view->links.get()));
  const Obliged obliged = Oblige(artifact, request.request,
                                 request.supported_obligations, &decision);
  if (log_ != nullptr) {
    const Value added = Value::Record({});
    RETURN_IF_ERROR(
        RecordDecision(
            caller_, now, ids_.Next(now),
            MadeDecision{.request = request,
                         .added_context = added,
                         .artifact = artifact,
                         .policy_version = view->policy->activation.version,
                         .entity_revision = view->entities->revision(),
                         .has_links = view->links->size() > 0,
                         .decision = decision,
                         .obliged = obliged,
                         .evidence = evidence,
                         .duration = absl::ZeroDuration()},
            log_.get())
            .status());
  }
  return decision;
}

}  // namespace sekisho
