// The policies in force and the entities they see, for each policy store.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const View> view,
//                    policy_stores->Current("default"));
//   Decide(*view->policy->artifact, request, *view->entities);
//
// Guarantees
// 1. A view is one policy version and one revision of the entities that all fit
//    its schema. It does not change.
// 2. Once Write or Activate has returned, Current returns what it made, or
//    something later.
//
// Thread-safe. Current never waits for a disk.
#ifndef SEKISHO_SERVER_POLICY_STORES_H_
#define SEKISHO_SERVER_POLICY_STORES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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

namespace sekisho {

struct ActivePolicy {
  std::shared_ptr<const Artifact> artifact;
  Activation activation;
};

struct View {
  std::shared_ptr<const ActivePolicy> policy;
  std::shared_ptr<EntitySnapshot> entities;
};

class PolicyStores {
 public:
  // Takes up every active policy in `store`, which must outlive this object.
  // An error names the policy store whose policy cannot be loaded.
  static absl::StatusOr<std::unique_ptr<PolicyStores>> Load(EntityStore* store);

  // For all that follow: InvalidArgument if the policy store's id is not valid.

  // FailedPrecondition if the policy store has no active policy.
  absl::StatusOr<std::shared_ptr<const View>> Current(
      absl::string_view policy_store) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Validates `mutations` and writes them; returns the revision.
  // InvalidArgument, naming the mutation, field and entity, for those that do
  // not fit the schema; FailedPrecondition if no policy is active and so no
  // schema; otherwise as EntityStore::Write.
  absl::StatusOr<uint64_t> Write(absl::string_view policy_store,
                                 const std::vector<EntityMutation>& mutations,
                                 std::optional<uint64_t> expected_revision)
      ABSL_LOCKS_EXCLUDED(mutex_);

  struct ActivateResult {
    Activation activation;
    // Of the policy that was active before; empty if none was.
    std::string previous_hash;
  };
  // Puts a policy into force. InvalidArgument if it is not an artifact;
  // FailedPrecondition if stored entities do not fit its schema; Aborted if
  // the hash of the active policy is not `expected_hash`, where given.
  // Writes to the policy store wait meanwhile; decisions do not. `record` is
  // called before the first decision by the new policy; what it returns, if not
  // OK, is returned, and the policy is in force from the next start only.
  absl::StatusOr<ActivateResult> Activate(
      absl::string_view policy_store, std::string artifact,
      std::optional<absl::string_view> expected_hash,
      absl::FunctionRef<absl::Status(const ActivateResult&)> record)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether any policy store has an active policy.
  bool AnyActive() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct PolicyStore {
    // Shared by writes, so that each is validated against the schema that is
    // active when it takes effect; exclusive to activations. Locked before
    // `mutex`.
    absl::Mutex schema_mutex;

    mutable absl::Mutex mutex;
    // Null if no policy is active.
    std::shared_ptr<const View> view ABSL_GUARDED_BY(mutex);
  };

  explicit PolicyStores(EntityStore* store) : store_(store) {}

  // Null if there is none.
  PolicyStore* Find(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  PolicyStore& FindOrCreate(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);
  static std::shared_ptr<const View> ViewOf(const PolicyStore& policy_store);
  // Shows `policy` with the entities as they are now.
  absl::Status Publish(absl::string_view id,
                       std::shared_ptr<const ActivePolicy> policy,
                       PolicyStore& policy_store);

  EntityStore* const store_;
  mutable absl::Mutex mutex_;
  // Entries are never removed.
  absl::flat_hash_map<std::string, std::unique_ptr<PolicyStore>> policy_stores_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_POLICY_STORES_H_
