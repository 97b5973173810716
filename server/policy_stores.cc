// Tested by tests/server.
#include "server/policy_stores.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

// How many misfits an activation names.
constexpr size_t kMaxMisfits = 5;

absl::Status NoActivePolicy(absl::string_view id) {
  return absl::FailedPreconditionError(
      absl::StrCat("policy store `", id, "` has no active policy"));
}

bool SameEntityTypes(const Schema& a, const Schema& b) {
  if (a.entity_types.size() != b.entity_types.size()) return false;
  for (const auto& [name, type] : a.entity_types) {
    auto it = b.entity_types.find(name);
    if (it == b.entity_types.end()) return false;
    const EntityType& other = it->second;
    if (type.attributes != other.attributes || type.tags != other.tags ||
        type.member_of != other.member_of || type.enum_ids != other.enum_ids) {
      return false;
    }
  }
  return true;
}

absl::Status ValidateMutations(const Schema& schema,
                               const std::vector<EntityMutation>& mutations) {
  for (size_t i = 0; i < mutations.size(); ++i) {
    const auto* put = std::get_if<PutEntity>(&mutations[i]);
    if (put == nullptr) continue;
    const std::vector<FieldError> errors = ValidateEntity(schema, put->entity);
    if (errors.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "mutations[", i, "].put.", errors[0].field, ": ", errors[0].message,
        " (in ", put->entity.uid.ToString(), ")"));
  }
  return absl::OkStatus();
}

// FailedPrecondition, naming the first few, unless all entities fit.
absl::Status ValidateStored(const Schema& schema, EntitySnapshot& entities) {
  std::vector<std::string> misfits;
  absl::Status enough = absl::CancelledError();
  absl::Status status = entities.ForEach([&](const Entity& entity) {
    for (const FieldError& error : ValidateEntity(schema, entity)) {
      misfits.push_back(absl::StrCat(entity.uid.ToString(), " ", error.field,
                                     ": ", error.message));
      if (misfits.size() == kMaxMisfits) return enough;
    }
    return absl::OkStatus();
  });
  if (!status.ok() && status != enough) return status;
  if (misfits.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("stored entities do not fit the new schema: ",
                   absl::StrJoin(misfits, "; "),
                   misfits.size() == kMaxMisfits ? "; perhaps more" : ""));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyStores>> PolicyStores::Load(
    EntityStore* store) {
  std::unique_ptr<PolicyStores> policy_stores(new PolicyStores(store));
  for (const std::string& id : store->PolicyStores()) {
    ASSIGN_OR_RETURN(std::optional<Activation> activation,
                     store->ActiveArtifact(id));
    if (!activation.has_value()) continue;
    ASSIGN_OR_RETURN(std::string bytes, store->Artifact(id, activation->hash));
    auto artifact = Artifact::FromBytes(std::move(bytes));
    if (!artifact.ok()) {
      return absl::Status(artifact.status().code(),
                          absl::StrCat("the active policy of policy store `",
                                       id, "`: ", artifact.status().message()));
    }
    RETURN_IF_ERROR(policy_stores->Publish(
        id,
        std::make_shared<ActivePolicy>(
            ActivePolicy{*std::move(artifact), *std::move(activation)}),
        policy_stores->FindOrCreate(id)));
  }
  return policy_stores;
}

absl::StatusOr<std::shared_ptr<const View>> PolicyStores::Current(
    absl::string_view policy_store) const {
  PolicyStore* found = Find(policy_store);
  if (found != nullptr) {
    if (std::shared_ptr<const View> view = ViewOf(*found)) return view;
  }
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  return NoActivePolicy(policy_store);
}

absl::StatusOr<uint64_t> PolicyStores::Write(
    absl::string_view policy_store,
    const std::vector<EntityMutation>& mutations,
    std::optional<uint64_t> expected_revision) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  PolicyStore* found = Find(policy_store);
  if (found == nullptr) return NoActivePolicy(policy_store);
  absl::ReaderMutexLock lock(&found->schema_mutex);
  std::shared_ptr<const View> view = ViewOf(*found);
  if (view == nullptr) return NoActivePolicy(policy_store);
  RETURN_IF_ERROR(
      ValidateMutations(view->policy->artifact->schema(), mutations));
  ASSIGN_OR_RETURN(uint64_t revision,
                   store_->Write(policy_store, mutations, expected_revision));
  RETURN_IF_ERROR(Publish(policy_store, view->policy, *found));
  return revision;
}

absl::StatusOr<PolicyStores::ActivateResult> PolicyStores::Activate(
    absl::string_view policy_store, std::string artifact,
    std::optional<absl::string_view> expected_hash,
    absl::FunctionRef<absl::Status(const ActivateResult&)> record) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  auto loaded = Artifact::FromBytes(std::move(artifact));
  if (!loaded.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact: ", loaded.status().message()));
  }
  auto next = std::make_shared<ActivePolicy>();
  next->artifact = *std::move(loaded);

  PolicyStore& found = FindOrCreate(policy_store);
  absl::MutexLock lock(&found.schema_mutex);
  std::shared_ptr<const View> view = ViewOf(found);
  if (view == nullptr || !SameEntityTypes(view->policy->artifact->schema(),
                                          next->artifact->schema())) {
    ASSIGN_OR_RETURN(std::shared_ptr<EntitySnapshot> entities,
                     store_->Snapshot(policy_store));
    RETURN_IF_ERROR(ValidateStored(next->artifact->schema(), *entities));
  }
  ASSIGN_OR_RETURN(
      next->activation,
      store_->SaveArtifact(policy_store, next->artifact->bytes(),
                           next->artifact->hash(), absl::Now(), expected_hash));
  const ActivateResult result = {
      next->activation, view == nullptr ? "" : view->policy->artifact->hash()};
  RETURN_IF_ERROR(record(result));
  RETURN_IF_ERROR(Publish(policy_store, next, found));
  return result;
}

bool PolicyStores::AnyActive() const {
  absl::ReaderMutexLock lock(&mutex_);
  for (const auto& [id, policy_store] : policy_stores_) {
    if (ViewOf(*policy_store) != nullptr) return true;
  }
  return false;
}

PolicyStores::PolicyStore* PolicyStores::Find(absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  auto it = policy_stores_.find(id);
  return it == policy_stores_.end() ? nullptr : it->second.get();
}

PolicyStores::PolicyStore& PolicyStores::FindOrCreate(absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<PolicyStore>& found = policy_stores_[id];
  if (found == nullptr) found = std::make_unique<PolicyStore>();
  return *found;
}

std::shared_ptr<const View> PolicyStores::ViewOf(
    const PolicyStore& policy_store) {
  absl::ReaderMutexLock lock(&policy_store.mutex);
  return policy_store.view;
}

absl::Status PolicyStores::Publish(absl::string_view id,
                                   std::shared_ptr<const ActivePolicy> policy,
                                   PolicyStore& policy_store) {
  auto view = std::make_shared<View>();
  view->policy = std::move(policy);
  std::shared_ptr<const View> previous;
  absl::MutexLock lock(&policy_store.mutex);
  // Within the lock: of two writers, the later to get here shows what both
  // wrote.
  ASSIGN_OR_RETURN(view->entities, store_->Snapshot(id));
  previous = std::exchange(policy_store.view, std::move(view));
  return absl::OkStatus();
}

}  // namespace sekisho
