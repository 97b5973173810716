// Tested by tests/server.
#include "server/policy_stores.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/graph/validate_link.h"
#include "engine/model/validate.h"
#include "server/stored_fit.h"

namespace sekisho {
namespace {

// How many policies besides the active one a policy store keeps in memory.
constexpr size_t kMaxHeld = 8;

absl::Status NoActivePolicy(absl::string_view id) {
  return absl::FailedPreconditionError(
      absl::StrCat("policy store `", id, "` has no active policy"));
}

absl::Status NotHeld(absl::string_view id, absl::string_view hash) {
  return absl::NotFoundError(
      absl::StrCat("policy store `", id, "` does not hold the policy ", hash));
}

// `kind`: what made the entity, "put" or "patch".
absl::Status Validate(const Schema& schema, const Entity& entity,
                      size_t mutation, absl::string_view kind) {
  const std::vector<FieldError> errors = ValidateEntity(schema, entity);
  if (errors.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "mutations[", mutation, "].", kind, ".", errors[0].field, ": ",
      errors[0].message, " (in ", entity.uid.ToString(), ")"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<PolicyStores>> PolicyStores::Load(
    EntityStore* store) {
  auto policy_stores = std::make_unique<PolicyStores>();
  {
    absl::MutexLock lock(&policy_stores->mutex_);
    // Not owned.
    policy_stores->store_ =
        std::shared_ptr<EntityStore>(std::shared_ptr<void>(), store);
  }
  for (const std::string& id : store->PolicyStores()) {
    ASSIGN_OR_RETURN(std::optional<Activation> activation,
                     store->ActiveArtifact(id));
    if (!activation.has_value()) continue;
    ASSIGN_OR_RETURN(std::shared_ptr<const HeldPolicy> policy,
                     Load(*store, id, activation->hash));
    ASSIGN_OR_RETURN(std::vector<LinkPtr> links, store->Links(id));
    RETURN_IF_ERROR(policy_stores->Publish(
        id, std::move(policy),
        std::make_shared<const LinkSet>(std::move(links)),
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

absl::StatusOr<WriteResult> PolicyStores::Write(
    absl::string_view policy_store,
    const std::vector<EntityMutation>& mutations, WriteOptions options) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  PolicyStore* found = Find(policy_store);
  if (found == nullptr) return NoActivePolicy(policy_store);
  absl::ReaderMutexLock lock(&found->schema_mutex);
  std::shared_ptr<const View> view = ViewOf(*found);
  if (view == nullptr) return NoActivePolicy(policy_store);
  const Schema& schema = view->policy->artifact->schema();
  for (size_t i = 0; i < mutations.size(); ++i) {
    const auto* put = std::get_if<PutEntity>(&mutations[i]);
    if (put == nullptr) continue;
    RETURN_IF_ERROR(Validate(schema, put->entity, i, "put"));
  }
  options.check = [&schema](size_t mutation, const Entity& patched) {
    return Validate(schema, patched, mutation, "patch");
  };
  ASSIGN_OR_RETURN(WriteResult result,
                   store()->Write(policy_store, mutations, options));
  RETURN_IF_ERROR(Publish(policy_store, view->policy, view->links, *found));
  return result;
}

absl::StatusOr<uint64_t> PolicyStores::Link(
    absl::string_view policy_store, const std::vector<LinkPtr>& links,
    std::optional<uint64_t> expected_revision,
    absl::FunctionRef<absl::Status(uint64_t)> record) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  PolicyStore* found = Find(policy_store);
  if (found == nullptr) return NoActivePolicy(policy_store);
  absl::MutexLock lock(&found->schema_mutex);
  std::shared_ptr<const View> view = ViewOf(*found);
  if (view == nullptr) return NoActivePolicy(policy_store);
  if (view->links->size() + links.size() > kMaxLinks) {
    return absl::ResourceExhaustedError(
        absl::StrCat("links: a policy store holds at most ", kMaxLinks));
  }
  const LinkValidator validator(view->policy->artifact.get());
  absl::flat_hash_set<absl::string_view> ids;
  for (size_t i = 0; i < links.size(); ++i) {
    const std::vector<FieldError> errors = validator.Validate(*links[i]);
    if (!errors.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "links[", i, "].", errors[0].field, ": ", errors[0].message));
    }
    if (!ids.insert(links[i]->id).second ||
        view->links->Find(links[i]->id) != nullptr) {
      return absl::AlreadyExistsError(absl::StrCat(
          "links[", i, "].id: there is a link `", links[i]->id, "` already"));
    }
  }
  return ChangeLinks(policy_store, *view, links, {}, expected_revision, record,
                     *found);
}

absl::StatusOr<uint64_t> PolicyStores::Unlink(
    absl::string_view policy_store, const std::vector<std::string>& ids,
    std::optional<uint64_t> expected_revision,
    absl::FunctionRef<absl::Status(uint64_t)> record) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  PolicyStore* found = Find(policy_store);
  if (found == nullptr) return NoActivePolicy(policy_store);
  absl::MutexLock lock(&found->schema_mutex);
  std::shared_ptr<const View> view = ViewOf(*found);
  if (view == nullptr) return NoActivePolicy(policy_store);
  std::vector<LinkPtr> removed;
  for (size_t i = 0; i < ids.size(); ++i) {
    removed.push_back(view->links->Find(ids[i]));
    if (removed.back() == nullptr) {
      return absl::NotFoundError(
          absl::StrCat("ids[", i, "]: there is no link `", ids[i], "`"));
    }
  }
  return ChangeLinks(policy_store, *view, {}, removed, expected_revision,
                     record, *found);
}

absl::StatusOr<uint64_t> PolicyStores::ChangeLinks(
    absl::string_view id, const View& view, const std::vector<LinkPtr>& added,
    const std::vector<LinkPtr>& removed,
    std::optional<uint64_t> expected_revision,
    absl::FunctionRef<absl::Status(uint64_t)> record,
    PolicyStore& policy_store) {
  auto links =
      std::make_shared<const LinkSet>(view.links->With(added, removed));
  ASSIGN_OR_RETURN(const uint64_t revision,
                   store()->WriteLinks(id, added, removed, expected_revision));
  // What is on the disk is shown, whether or not the log could be written.
  const absl::Status recorded = record(revision);
  RETURN_IF_ERROR(Publish(id, view.policy, std::move(links), policy_store));
  RETURN_IF_ERROR(recorded);
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
  PolicyStore& found = FindOrCreate(policy_store);
  absl::MutexLock lock(&found.schema_mutex);
  return PutIntoForce(policy_store, *std::move(loaded), expected_hash, record,
                      found);
}

absl::StatusOr<PolicyStores::ActivateResult> PolicyStores::Rollback(
    absl::string_view policy_store, absl::string_view hash,
    std::optional<absl::string_view> expected_hash,
    absl::FunctionRef<absl::Status(const ActivateResult&, const Artifact&)>
        record) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(policy_store));
  PolicyStore* found = Find(policy_store);
  if (found == nullptr) return NoActivePolicy(policy_store);
  absl::MutexLock lock(&found->schema_mutex);
  std::shared_ptr<const View> view = ViewOf(*found);
  if (view == nullptr) return NoActivePolicy(policy_store);
  std::string wanted(hash);
  if (wanted.empty()) {
    ASSIGN_OR_RETURN(
        std::vector<Activation> activations,
        store()->Activations(policy_store, std::numeric_limits<size_t>::max()));
    for (const Activation& activation : activations) {
      if (activation.hash == view->policy->activation.hash) continue;
      wanted = activation.hash;
      break;
    }
    if (wanted.empty()) {
      return absl::NotFoundError(
          absl::StrCat("policy store `", policy_store,
                       "` never had another policy than the active one"));
    }
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const HeldPolicy> policy,
                   Load(*store(), policy_store, wanted));
  return PutIntoForce(
      policy_store, policy->artifact, expected_hash,
      [&](const ActivateResult& result) {
        return record(result, *policy->artifact);
      },
      *found);
}

absl::StatusOr<PolicyStores::ActivateResult> PolicyStores::PutIntoForce(
    absl::string_view id, std::shared_ptr<const Artifact> artifact,
    std::optional<absl::string_view> expected_hash,
    absl::FunctionRef<absl::Status(const ActivateResult&)> record,
    PolicyStore& policy_store) {
  auto next = std::make_shared<HeldPolicy>(std::move(artifact));
  std::shared_ptr<const View> view = ViewOf(policy_store);
  if (view == nullptr || !SameEntityTypes(view->policy->artifact->schema(),
                                          next->artifact->schema())) {
    ASSIGN_OR_RETURN(std::shared_ptr<EntitySnapshot> entities,
                     store()->Snapshot(id));
    RETURN_IF_ERROR(CheckStored(next->artifact->schema(), *entities));
  }
  auto links = view != nullptr ? view->links : std::make_shared<LinkSet>();
  RETURN_IF_ERROR(CheckLinks(*next->artifact, *links));
  ASSIGN_OR_RETURN(
      next->activation,
      store()->SaveArtifact(id, next->artifact->bytes(), next->artifact->hash(),
                            absl::Now(), expected_hash));
  const ActivateResult result = {
      next->activation, view == nullptr ? "" : view->policy->artifact->hash()};
  RETURN_IF_ERROR(record(result));
  if (view != nullptr) {
    absl::MutexLock lock(&policy_store.held_mutex);
    Hold(view->policy, policy_store);
  }
  RETURN_IF_ERROR(Publish(id, next, std::move(links), policy_store));
  return result;
}

absl::StatusOr<std::shared_ptr<const HeldPolicy>> PolicyStores::Load(
    const EntityStore& store, absl::string_view id, absl::string_view hash) {
  absl::StatusOr<std::string> bytes = store.Artifact(id, hash);
  if (absl::IsNotFound(bytes.status())) return NotHeld(id, hash);
  RETURN_IF_ERROR(bytes.status());
  auto artifact = Artifact::FromBytes(*std::move(bytes));
  if (!artifact.ok()) {
    return absl::DataLossError(
        absl::StrCat("policy ", hash, " of policy store `", id,
                     "`: ", artifact.status().message()));
  }
  auto policy = std::make_shared<HeldPolicy>(*std::move(artifact));
  ASSIGN_OR_RETURN(std::vector<Activation> activations,
                   store.Activations(id, std::numeric_limits<size_t>::max()));
  for (Activation& activation : activations) {
    if (activation.hash != hash) continue;
    policy->activation = std::move(activation);
    return policy;
  }
  return NotHeld(id, hash);
}

void PolicyStores::Hold(std::shared_ptr<const HeldPolicy> policy,
                        PolicyStore& policy_store) {
  std::deque<std::shared_ptr<const HeldPolicy>>& held = policy_store.held;
  const std::string& hash = policy->activation.hash;
  held.erase(std::remove_if(held.begin(), held.end(),
                            [&hash](const auto& other) {
                              return other->activation.hash == hash;
                            }),
             held.end());
  held.push_front(std::move(policy));
  if (held.size() > kMaxHeld) held.pop_back();
}

absl::StatusOr<std::shared_ptr<const View>> PolicyStores::Pinned(
    absl::string_view policy_store, absl::string_view hash,
    absl::FunctionRef<absl::Status(const HeldPolicy&)> loaded) {
  ASSIGN_OR_RETURN(std::shared_ptr<const View> current, Current(policy_store));
  if (current->policy->activation.hash == hash) return current;
  PolicyStore& found = *Find(policy_store);
  auto view = std::make_shared<View>();
  view->entities = current->entities;
  view->links = current->links;
  view->validated = false;
  absl::MutexLock lock(&found.held_mutex);
  for (const std::shared_ptr<const HeldPolicy>& held : found.held) {
    if (held->activation.hash == hash) view->policy = held;
  }
  if (view->policy == nullptr) {
    ASSIGN_OR_RETURN(view->policy, Load(*store(), policy_store, hash));
    RETURN_IF_ERROR(loaded(*view->policy));
  }
  Hold(view->policy, found);
  return view;
}

absl::Status PolicyStores::Follow(
    absl::string_view policy_store, std::shared_ptr<EntityStore> secondary,
    absl::FunctionRef<absl::Status(const ActivateResult&, const Artifact&)>
        record) {
  PolicyStore& found = FindOrCreate(policy_store);
  const std::shared_ptr<const View> view = ViewOf(found);
  ASSIGN_OR_RETURN(const std::optional<Activation> active,
                   secondary->ActiveArtifact(policy_store));
  std::shared_ptr<View> next;
  if (active.has_value()) {
    next = std::make_shared<View>();
    if (view != nullptr &&
        view->policy->activation.version == active->version &&
        view->policy->activation.hash == active->hash) {
      next->policy = view->policy;
    } else {
      ASSIGN_OR_RETURN(next->policy,
                       Load(*secondary, policy_store, active->hash));
    }
    ASSIGN_OR_RETURN(next->entities, secondary->Snapshot(policy_store));
    ASSIGN_OR_RETURN(std::vector<LinkPtr> links,
                     secondary->Links(policy_store));
    next->links = std::make_shared<const LinkSet>(std::move(links));
  }
  if (next != nullptr && (view == nullptr || next->policy != view->policy)) {
    RETURN_IF_ERROR(
        record({*active, view == nullptr ? "" : view->policy->activation.hash},
               *next->policy->artifact));
    if (view != nullptr) {
      absl::MutexLock lock(&found.held_mutex);
      Hold(view->policy, found);
    }
  }
  {
    absl::MutexLock lock(&mutex_);
    store_ = std::move(secondary);
  }
  absl::MutexLock lock(&found.mutex);
  found.view = std::move(next);
  return absl::OkStatus();
}

bool PolicyStores::AnyActive() const {
  absl::ReaderMutexLock lock(&mutex_);
  for (const auto& [id, policy_store] : policy_stores_) {
    if (ViewOf(*policy_store) != nullptr) return true;
  }
  return false;
}

std::shared_ptr<EntityStore> PolicyStores::store() const {
  absl::ReaderMutexLock lock(&mutex_);
  return store_;
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
                                   std::shared_ptr<const HeldPolicy> policy,
                                   std::shared_ptr<const LinkSet> links,
                                   PolicyStore& policy_store) {
  auto view = std::make_shared<View>();
  view->policy = std::move(policy);
  view->links = std::move(links);
  const std::shared_ptr<EntityStore> shown = store();
  std::shared_ptr<const View> previous;
  absl::MutexLock lock(&policy_store.mutex);
  // Within the lock: of two writers, the later to get here shows what both
  // wrote.
  ASSIGN_OR_RETURN(view->entities, shown->Snapshot(id));
  previous = std::exchange(policy_store.view, std::move(view));
  return absl::OkStatus();
}

}  // namespace sekisho
