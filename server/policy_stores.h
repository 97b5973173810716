// The policies in force and the entities they see, for each policy store.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const View> view,
//                    policy_stores->Current("default"));
//   Decide(*view->policy->artifact, request, *view->entities,
//          /*evidence=*/nullptr, view->links.get());
//
// Guarantees
// 1. A view is one policy version and one revision of the entities and of the
//    links made at run time. It does not change. Of a view of the active
//    policy, all entities fit its schema, and all links its templates.
// 2. Once Write, Link, Unlink, Activate or Rollback has returned, Current
// returns what it
//    made, or something later.
//
// Thread-safe. Current never waits for a disk, Pinned only for policies that it
// has not met lately.
#ifndef SEKISHO_SERVER_POLICY_STORES_H_
#define SEKISHO_SERVER_POLICY_STORES_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "engine/entities/store.h"
#include "engine/graph/artifact.h"
#include "engine/model/link.h"
#include "server/symbols.h"

namespace sekisho {

// How many links made at run time a policy store holds, at most.
inline constexpr size_t kMaxLinks = 1'000'000;

// A policy that is in force, or was.
struct HeldPolicy {
  explicit HeldPolicy(std::shared_ptr<const Artifact> policy)
      : artifact(std::move(policy)), symbols(SymbolsOf(artifact->schema())) {}

  std::shared_ptr<const Artifact> artifact;
  // See symbols.h.
  std::vector<std::string> symbols;
  // The latest one.
  Activation activation;
};

struct View {
  std::shared_ptr<const HeldPolicy> policy;
  std::shared_ptr<EntitySnapshot> entities;
  // Those made at run time, at the revision of the entities.
  std::shared_ptr<const LinkSet> links;
  // Whether all entities are known to fit the policy's schema. Otherwise each
  // must be validated when it is read: a policy may be compiled to rely on its
  // types.
  bool validated = true;
};

class PolicyStores {
 public:
  // Without any policy store; see Follow.
  PolicyStores() = default;

  // Takes up every active policy in `store`, which must outlive this object.
  // An error names the policy store whose policy cannot be loaded.
  static absl::StatusOr<std::unique_ptr<PolicyStores>> Load(EntityStore* store);

  // For all that follow: InvalidArgument if the policy store's id is not valid.

  // FailedPrecondition if the policy store has no active policy.
  absl::StatusOr<std::shared_ptr<const View>> Current(
      absl::string_view policy_store) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Writes `mutations` if what is put and what patches make fits the schema.
  // InvalidArgument, naming the mutation, field and entity, if it does not;
  // FailedPrecondition if no policy is active and so no schema; otherwise as
  // EntityStore::Write. REQUIRES: no check in the options.
  absl::StatusOr<WriteResult> Write(
      absl::string_view policy_store,
      const std::vector<EntityMutation>& mutations, WriteOptions options)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds links of the active policy's templates; returns the revision. All or
  // none: InvalidArgument, naming the link and its field, for one that does not
  // fit; AlreadyExists for an id that is taken; ResourceExhausted for more than
  // kMaxLinks in all; Aborted if the revision is not the expected one;
  // FailedPrecondition if no policy is active. `record` is called before the
  // first decision by them; what it returns, if not OK, is returned, and the
  // links are made all the same.
  absl::StatusOr<uint64_t> Link(
      absl::string_view policy_store, const std::vector<LinkPtr>& links,
      std::optional<uint64_t> expected_revision,
      absl::FunctionRef<absl::Status(uint64_t revision)> record)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Removes links by id, as Link adds them. NotFound for an id that no link
  // has.
  absl::StatusOr<uint64_t> Unlink(
      absl::string_view policy_store, const std::vector<std::string>& ids,
      std::optional<uint64_t> expected_revision,
      absl::FunctionRef<absl::Status(uint64_t revision)> record)
      ABSL_LOCKS_EXCLUDED(mutex_);

  struct ActivateResult {
    Activation activation;
    // Of the policy that was active before; empty if none was.
    std::string previous_hash;
  };
  // Puts a policy into force. InvalidArgument if it is not an artifact;
  // FailedPrecondition if stored entities do not fit its schema, or links its
  // templates; Aborted if
  // the hash of the active policy is not `expected_hash`, where given.
  // Writes to the policy store wait meanwhile; decisions do not. `record` is
  // called before the first decision by the new policy; what it returns, if not
  // OK, is returned, and the policy is in force from the next start only.
  absl::StatusOr<ActivateResult> Activate(
      absl::string_view policy_store, std::string artifact,
      std::optional<absl::string_view> expected_hash,
      absl::FunctionRef<absl::Status(const ActivateResult&)> record)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // As Activate, with the policy that was once active under `hash`; empty: the
  // last one that was, before the active one. NotFound if there is none.
  // `record` is given the artifact too.
  absl::StatusOr<ActivateResult> Rollback(
      absl::string_view policy_store, absl::string_view hash,
      std::optional<absl::string_view> expected_hash,
      absl::FunctionRef<absl::Status(const ActivateResult&, const Artifact&)>
          record) ABSL_LOCKS_EXCLUDED(mutex_);

  // The current entities under a policy that was once active, by its hash.
  // NotFound if none with this hash was. `loaded` is called with each policy
  // that was read from the disk, before it is shown; what it returns, if not
  // OK, is returned.
  absl::StatusOr<std::shared_ptr<const View>> Pinned(
      absl::string_view policy_store, absl::string_view hash,
      absl::FunctionRef<absl::Status(const HeldPolicy&)> loaded)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Shows the policy store as `secondary` has it (EntityStore::OpenSecondary):
  // policy, entities and links at once, or none without an active policy. A
  // policy that was in force already is not loaded again. `record` is called
  // before the first decision by another; if that or anything fails, all stays
  // as it was. REQUIRES: nothing was loaded and nothing is written by this
  // object; nobody else calls this meanwhile.
  absl::Status Follow(
      absl::string_view policy_store, std::shared_ptr<EntityStore> secondary,
      absl::FunctionRef<absl::Status(const ActivateResult&, const Artifact&)>
          record) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether any policy store has an active policy.
  bool AnyActive() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct PolicyStore {
    // Shared by writes of entities, so that each is validated against the
    // schema that is active when it takes effect; exclusive to what replaces
    // the policy or the links. Locked before `mutex`.
    absl::Mutex schema_mutex;

    mutable absl::Mutex mutex;
    // Null if no policy is active.
    std::shared_ptr<const View> view ABSL_GUARDED_BY(mutex);

    // Held while a policy is read from the disk, so that of many who want it
    // one reads it.
    absl::Mutex held_mutex;
    // Policies that were in force or wanted lately, the latest first.
    std::deque<std::shared_ptr<const HeldPolicy>> held
        ABSL_GUARDED_BY(held_mutex);
  };

  std::shared_ptr<EntityStore> store() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Null if there is none.
  PolicyStore* Find(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  PolicyStore& FindOrCreate(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);
  static std::shared_ptr<const View> ViewOf(const PolicyStore& policy_store);
  // Shows `policy` and `links` with the entities as they are now.
  absl::Status Publish(absl::string_view id,
                       std::shared_ptr<const HeldPolicy> policy,
                       std::shared_ptr<const LinkSet> links,
                       PolicyStore& policy_store);
  // Writes and shows the links of `view`, which is current, so changed.
  absl::StatusOr<uint64_t> ChangeLinks(
      absl::string_view id, const View& view, const std::vector<LinkPtr>& added,
      const std::vector<LinkPtr>& removed,
      std::optional<uint64_t> expected_revision,
      absl::FunctionRef<absl::Status(uint64_t)> record,
      PolicyStore& policy_store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(policy_store.schema_mutex);
  // Puts the policy into force whatever was before.
  absl::StatusOr<ActivateResult> PutIntoForce(
      absl::string_view id, std::shared_ptr<const Artifact> artifact,
      std::optional<absl::string_view> expected_hash,
      absl::FunctionRef<absl::Status(const ActivateResult&)> record,
      PolicyStore& policy_store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(policy_store.schema_mutex);
  // From the disk. NotFound if none with this hash was ever active.
  static absl::StatusOr<std::shared_ptr<const HeldPolicy>> Load(
      const EntityStore& store, absl::string_view id, absl::string_view hash);
  // As the latest, in place of one with the same hash.
  static void Hold(std::shared_ptr<const HeldPolicy> policy,
                   PolicyStore& policy_store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(policy_store.held_mutex);

  // Locked before any policy store's.
  mutable absl::Mutex mutex_;
  std::shared_ptr<EntityStore> store_ ABSL_GUARDED_BY(mutex_);
  // Entries are never removed.
  absl::flat_hash_map<std::string, std::unique_ptr<PolicyStore>> policy_stores_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_POLICY_STORES_H_
