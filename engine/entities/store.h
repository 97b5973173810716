// Entities and policies on disk, for any number of policy stores side by side.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<EntityStore> store,
//                    EntityStore::Open("/var/lib/sekisho/store"));
//   ASSIGN_OR_RETURN(WriteResult written,
//                    store->Write("default", {PutEntity{nurse}}));
//   ASSIGN_OR_RETURN(std::shared_ptr<EntitySnapshot> entities,
//                    store->Snapshot("default"));
//   SnapshotReader reader(entities.get());
//   Decide(artifact, request, reader);
//
// Guarantees
// 1. A write is applied whole or not at all, and when it is acknowledged it is
//    on disk (fsync).
// 2. A snapshot shows one policy store at one revision, for as long as it is
//    held.
// 3. Nothing done to one policy store shows in another.
//
// One process at a time opens a store to write it. Others open secondaries
// beside it, which show the store as it was then and are only read:
//
//   ASSIGN_OR_RETURN(std::unique_ptr<EntityStore> secondary,
//                    EntityStore::OpenSecondary("/var/lib/sekisho/store"));
//   ..
//   ASSIGN_OR_RETURN(bool outdated, secondary->IsOutdated());
//   if (outdated) .. open another, and let go of this one ..
//
// An EntityStore and its snapshots may be used from several threads at once.
// Reads never wait for writes; writes to one policy store wait for each other.
#ifndef SEKISHO_ENGINE_ENTITIES_STORE_H_
#define SEKISHO_ENGINE_ENTITIES_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/entities/cache.h"
#include "engine/entities/mutation.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"

namespace sekisho {

// InvalidArgument, naming `field`, unless `name` is 1 to 64 letters, digits,
// `.`, `_`, `-`: the form of the names of policy stores, sources and imports.
absl::Status ValidateName(absl::string_view field, absl::string_view name);
inline absl::Status ValidatePolicyStoreId(absl::string_view store) {
  return ValidateName("policy_store", store);
}

// A source's word that all it knew at `time` has been written.
struct Watermark {
  std::string source;
  absl::Time time;
};

// How far an import has come.
struct ImportProgress {
  // How many of its mutations were dealt with, and how many of these were wrong
  // and left out.
  uint64_t applied = 0;
  uint64_t skipped = 0;
  // Whether there are no more.
  bool complete = false;

  bool operator==(const ImportProgress&) const = default;
};

// A write as part of an import, which it brings from `before` to `after`.
struct ImportStep {
  std::string id;
  ImportProgress before;
  ImportProgress after;
};

struct WriteOptions {
  // Write only at this revision.
  std::optional<uint64_t> expected_revision;
  // Kept if it is later than the one that the source has.
  std::optional<Watermark> watermark;
  // Write only if the import is where it says.
  std::optional<ImportStep> import;
  // Asked about the results of patches: see ApplyMutations. Null: all are
  // accepted.
  std::function<absl::Status(size_t, const Entity&)> check;
};

struct WriteResult {
  uint64_t revision = 0;
  // What became of the entities that the mutations name, each once.
  std::vector<WrittenEntity> entities;
};

// The entities of one policy store at one revision. May outlive its store; the
// database stays open, and keeps what the snapshot shows, until both are gone.
class EntitySnapshot {
 public:
  virtual ~EntitySnapshot() = default;

  virtual uint64_t revision() const = 0;

  // What the database has. DataLoss for a damaged record, Unavailable if the
  // disk cannot be read.
  virtual absl::StatusOr<StoredEntity> Read(const EntityUid& uid) = 0;
  // What the cache has, for as long as this object lives.
  virtual EntityCache::Reader CacheReader() = 0;

  // Calls `visit` for every entity, or every one of `type`, by type length,
  // type and id, until it returns an error, which is then returned.
  virtual absl::Status ForEach(
      absl::FunctionRef<absl::Status(const Entity&)> visit,
      std::optional<absl::string_view> type = std::nullopt) = 0;

  // The source's latest watermark, or nothing if it never had one.
  virtual absl::StatusOr<std::optional<absl::Time>> WatermarkOf(
      absl::string_view source) = 0;
};

// What one decision reads of a snapshot: from the cache, or from the database
// and then into the cache. For one thread, and not to be kept for long: see
// EntityCache::Reader.
class SnapshotReader : public EntityReader {
 public:
  // `snapshot` must outlive this object.
  explicit SnapshotReader(EntitySnapshot* snapshot)
      : snapshot_(*snapshot), cache_(snapshot->CacheReader()) {}

  // Errors: EntitySnapshot::Read.
  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;
  void Expect(const EntityUid& uid) override {
    cache_.Expect(uid.type, uid.id);
  }

 private:
  EntitySnapshot& snapshot_;
  EntityCache::Reader cache_;
};

// One act of putting a policy into force.
struct Activation {
  // Counts a policy store's activations, from 1.
  uint64_t version = 0;
  std::string hash;
  absl::Time time;
};

struct EntityStoreOptions {
  // Performance. Memory for blocks of the database, of all policy stores, in
  // which watermarks are found. Entities pass it by.
  size_t block_cache_bytes = size_t{32} << 20;
  // Memory for decoded entities of all policy stores, which a decision reads
  // without the database. Enough for what decisions of an hour or so read is
  // best; an entity of five attributes takes about 1.3 kB. 0: none are kept.
  size_t entity_cache_bytes = size_t{256} << 20;
};

class EntityStore {
 public:
  // Opens the database in the directory `path`, creating both as needed; a
  // directory that it creates is the owner's alone.
  // FailedPrecondition if another process has it open or a later version wrote
  // it; DataLoss if it is damaged; Unavailable if the disk fails.
  static absl::StatusOr<std::unique_ptr<EntityStore>> Open(
      const std::string& path, const EntityStoreOptions& options = {});

  // Opens the store in `path`, which another process may have open and write,
  // to read it. Shows all that was acknowledged before the call, and of what is
  // written during the call the first part, by whole writes; nothing of what
  // is written later. NotFound if there is no store; otherwise as Open, and
  // Unavailable if the files changed too fast. Takes time in proportion to the
  // number of files and to the length of the write-ahead log, 64 MiB at most.
  static absl::StatusOr<std::unique_ptr<EntityStore>> OpenSecondary(
      const std::string& path, const EntityStoreOptions& options = {});

  ~EntityStore();

  // Whether the store was written to since this secondary was opened. Looks at
  // the names and sizes of its files only. Errors: OpenSecondary. REQUIRES: was
  // opened by OpenSecondary.
  absl::StatusOr<bool> IsOutdated() const;

  // For all that follow: what writes REQUIRES that this is no secondary;
  // `store` is a policy store's id, InvalidArgument if it is not valid. A
  // policy store that was never written to is empty, at revision 0. Errors
  // besides those named: ResourceExhausted if the disk is full, Unavailable if
  // it fails, DataLoss if what it holds is damaged. After a failed write,
  // nothing of it is visible.

  // Reads entities into the cache, in the background, for as long as nothing
  // has to give way for them; by policy store, type length, type and id. Ends
  // with the store. REQUIRES: was not called before.
  void StartWarmUp();

  EntityCacheStats CacheStats() const;

  // The policy stores that were ever written to, sorted.
  std::vector<std::string> PolicyStores() const;

  // Applies `mutations` in order and makes the next revision; without any, the
  // revision stays, and only the watermark and the import's progress change.
  // Errors besides those of ApplyMutations: Aborted if the revision or the
  // import's progress is not the expected one, InvalidArgument for the names of
  // sources and imports.
  absl::StatusOr<WriteResult> Write(absl::string_view store,
                                    absl::Span<const EntityMutation> mutations,
                                    const WriteOptions& options = {});

  // How far the import has come; nowhere if it is not known.
  absl::StatusOr<ImportProgress> Progress(absl::string_view store,
                                          absl::string_view import_id) const;

  // The entities as of now. Cheap: readers between two writes share one.
  absl::StatusOr<std::shared_ptr<EntitySnapshot>> Snapshot(
      absl::string_view store) const;

  // Adds and removes links of templates and makes the next revision. Aborted if
  // the revision is not `expected_revision`, where given. Neither ids nor
  // entities are checked: see PolicyStores.
  absl::StatusOr<uint64_t> WriteLinks(
      absl::string_view store, absl::Span<const LinkPtr> added,
      absl::Span<const LinkPtr> removed,
      std::optional<uint64_t> expected_revision = std::nullopt);
  // The links as of now, by id.
  absl::StatusOr<std::vector<LinkPtr>> Links(absl::string_view store) const;

  // Keeps the artifact and records it as the active one from now on. Aborted
  // if the hash of the active one is not `expected_hash`, where given; empty
  // means that none is active. REQUIRES: `hash` is that of `artifact`.
  absl::StatusOr<Activation> SaveArtifact(
      absl::string_view store, absl::string_view artifact,
      absl::string_view hash, absl::Time now,
      std::optional<absl::string_view> expected_hash = std::nullopt);

  // The activation in force, or nothing.
  absl::StatusOr<std::optional<Activation>> ActiveArtifact(
      absl::string_view store) const;
  // The latest `limit` activations, the latest first.
  absl::StatusOr<std::vector<Activation>> Activations(absl::string_view store,
                                                      size_t limit) const;
  // The bytes of an artifact that was ever active. NotFound if none was.
  absl::StatusOr<std::string> Artifact(absl::string_view store,
                                       absl::string_view hash) const;

 private:
  class Rep;
  explicit EntityStore(std::unique_ptr<Rep> rep);

  std::unique_ptr<Rep> rep_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_STORE_H_
