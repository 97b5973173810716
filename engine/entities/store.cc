// The one file that knows RocksDB.
//
// Each policy store has a current snapshot: a RocksDB snapshot taken while no
// write to that store is under way, with the revision it shows. Writers make
// the next revision durable, then replace the current snapshot; readers copy
// the pointer. Writes to other policy stores do not matter to a snapshot, so it
// stays current however old it is.
//
// A secondary is the database opened for reading. It stays as it was, and what
// comes later is seen by opening another. RocksDB has secondaries that catch
// up, but their catching up moves what concurrent reads see, write by write,
// without snapshots to hold against it; a log of which one has read a part when
// the writer turns it into tables goes on hiding what these have; and a table
// that is missing passes for one that has not come yet. Freshly opened, there
// are
//   - the tables, as the manifest lists them, each of them or an error, and
//   - the logs whose content is not in tables yet, whole and in order, of the
//     last all that was there.
// These are the writes from the first to some last one, if no log was deleted
// whose content is in tables that came too late to be read. The writer extends
// the manifest by a table before it deletes the log. So it is enough that the
// manifest is as long after opening as it was before, and that the logs have
// the same names; otherwise it is opened again.
//
// Lock order: PolicyStore::write_mutex, Rep::mutex_, PolicyStore::mutex.
// Tested by store_test.cc, secondary_test.cc and reader_contract_test.cc.
#include "engine/entities/store.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/entities/cache.h"
#include "engine/entities/database_files.h"
#include "engine/entities/key_format.h"
#include "engine/entities/mutation.h"
#include "engine/model/entity_format.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"

namespace sekisho {
namespace {

constexpr absl::string_view kFormat = "\x01";

rocksdb::Slice ToSlice(absl::string_view text) {
  return rocksdb::Slice(text.data(), text.size());
}

absl::string_view ToView(const rocksdb::Slice& slice) {
  return absl::string_view(slice.data(), slice.size());
}

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  std::string message = absl::StrCat("entity store: ", status.ToString());
  if (status.IsNotFound()) return absl::NotFoundError(message);
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut() ||
      status.IsTryAgain() || status.IsIncomplete() ||
      status.IsShutdownInProgress()) {
    return absl::UnavailableError(message);
  }
  return absl::InternalError(message);
}

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("entity store: ", what, " damaged"));
}

absl::Status CheckRevision(std::optional<uint64_t> expected,
                           uint64_t revision) {
  if (expected.value_or(revision) == revision) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("the revision is ", revision,
                                         ", not the expected ", *expected));
}

// Where a secondary is, and what its files were before it was opened.
struct Followed {
  std::string path;
  DatabaseFiles files;
};

// What stays for as long as there are snapshots.
struct Database {
  std::unique_ptr<rocksdb::DB> db;
  EntityCache cache;
  // If it is a secondary.
  std::optional<Followed> followed;
};

class RocksSnapshot : public EntitySnapshot {
 public:
  // Without a partition, nothing is kept in the cache.
  RocksSnapshot(std::shared_ptr<Database> database, std::string store,
                EntityCache::Partition* partition, uint64_t revision)
      : database_(std::move(database)),
        db_(*database_->db),
        store_(std::move(store)),
        partition_(partition),
        revision_(revision),
        snapshot_(db_.GetSnapshot()) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }

  uint64_t revision() const override { return revision_; }

  absl::StatusOr<StoredEntity> Read(const EntityUid& uid) override {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    // What is read often is in the cache of entities; of the rest, hardly a
    // block is wanted twice, and making room for it takes longer than reading
    // it from the operating system's cache.
    options.fill_cache = false;
    rocksdb::PinnableSlice bytes;
    rocksdb::Status status = db_.Get(options, db_.DefaultColumnFamily(),
                                     EntityKey(store_, uid), &bytes);
    if (status.IsNotFound()) {
      StoredEntity none;
      none.entity.uid = uid;
      return none;
    }
    RETURN_IF_ERROR(ToStatus(status));
    return Decode(uid, ToView(bytes));
  }

  EntityCache::Reader CacheReader() override {
    return EntityCache::Reader(&database_->cache, partition_, revision_);
  }

  absl::Status ForEach(absl::FunctionRef<absl::Status(const Entity&)> visit,
                       std::optional<absl::string_view> type) override {
    const std::string table = TableKey(store_, Table::kEntity);
    const std::string prefix =
        type.has_value() ? EntityKey(store_, {std::string(*type), ""}) : table;
    const std::string end = PrefixEnd(prefix);
    const rocksdb::Slice end_slice = end;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.fill_cache = false;
    options.iterate_upper_bound = &end_slice;
    std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(options));
    for (it->Seek(prefix); it->Valid(); it->Next()) {
      EntityUid uid;
      if (!ParseEntityKey(ToView(it->key()).substr(table.size()), &uid)) {
        return Damaged("the key of an entity is");
      }
      ASSIGN_OR_RETURN(Entity entity,
                       DecodeEntity(std::move(uid), ToView(it->value())));
      RETURN_IF_ERROR(visit(entity));
    }
    return ToStatus(it->status());
  }

  // Reads entities into the cache, at most `count`, from `*key` on, where
  // nothing has to give way for them. Sets `*key` to where to go on, or to
  // nothing if there are no more or none of them fitted.
  absl::Status Warm(size_t count, std::string* key) {
    const std::string table = TableKey(store_, Table::kEntity);
    const std::string end = PrefixEnd(table);
    const rocksdb::Slice end_slice = end;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    options.fill_cache = false;
    options.iterate_upper_bound = &end_slice;
    std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(options));
    EntityCache::Reader reader = CacheReader();
    bool any_kept = false;
    for (it->Seek(*key); it->Valid() && count > 0; it->Next(), --count) {
      EntityUid uid;
      if (!ParseEntityKey(ToView(it->key()).substr(table.size()), &uid)) {
        return Damaged("the key of an entity is");
      }
      ASSIGN_OR_RETURN(StoredEntity entity,
                       Decode(std::move(uid), ToView(it->value())));
      any_kept |= reader.Warm(std::move(entity));
    }
    *key = it->Valid() && any_kept ? it->key().ToString() : "";
    return ToStatus(it->status());
  }

  absl::StatusOr<std::optional<absl::Time>> WatermarkOf(
      absl::string_view source) override {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    std::string bytes;
    rocksdb::Status status =
        db_.Get(options, WatermarkKey(store_, source), &bytes);
    if (status.IsNotFound()) return std::optional<absl::Time>();
    RETURN_IF_ERROR(ToStatus(status));
    absl::Time time;
    if (!DecodeWatermark(bytes, &time)) return Damaged("a watermark is");
    return std::make_optional(time);
  }

 private:
  static absl::StatusOr<StoredEntity> Decode(EntityUid uid,
                                             absl::string_view record) {
    StoredEntity stored;
    ASSIGN_OR_RETURN(stored.entity, DecodeEntity(std::move(uid), record));
    stored.exists = true;
    stored.digest = Sha256(record);
    return stored;
  }

  const std::shared_ptr<Database> database_;
  rocksdb::DB& db_;
  const std::string store_;
  EntityCache::Partition* const partition_;
  const uint64_t revision_;
  const rocksdb::Snapshot* const snapshot_;
};

// What mutations begin from. Past the cache, as it is about to change.
class MutationReader : public EntityReader {
 public:
  // `snapshot` must outlive this object.
  explicit MutationReader(EntitySnapshot* snapshot) : snapshot_(*snapshot) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override {
    ASSIGN_OR_RETURN(StoredEntity entity, snapshot_.Read(uid));
    if (!entity.exists) return nullptr;
    return FoundEntity(&read_.emplace_back(std::move(entity.entity)));
  }

 private:
  EntitySnapshot& snapshot_;
  std::deque<Entity> read_;
};

struct PolicyStore {
  PolicyStore(EntityCache::Partition* cache_partition,
              std::shared_ptr<RocksSnapshot> snapshot)
      : partition(cache_partition), current(std::move(snapshot)) {}

  EntityCache::Partition* const partition;

  // Held from the first look at the revision until the next one is current.
  absl::Mutex write_mutex;
  // Whether anything was ever written.
  bool exists ABSL_GUARDED_BY(write_mutex) = false;

  absl::Mutex mutex;
  std::shared_ptr<RocksSnapshot> current ABSL_GUARDED_BY(mutex);
};

rocksdb::Options DatabaseOptions(const EntityStoreOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;

  rocksdb::Options database;
  database.create_if_missing = true;
  database.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  database.compression = rocksdb::kLZ4Compression;
  // A write that was cut off was never acknowledged and is dropped; anything
  // else that does not read back is damage and must not pass for less data.
  database.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  database.keep_log_file_num = 2;
  database.max_log_file_size = 10 << 20;
  database.info_log_level = rocksdb::WARN_LEVEL;
  return database;
}

// For secondaries, which leave no trace in what they read.
class NoInfoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

absl::Status OpenError(const std::string& path, const rocksdb::Status& status) {
  std::string text = status.ToString();
  if (absl::StrContains(text, "lock file") ||
      absl::StrContains(text, "lock hold by")) {
    return absl::FailedPreconditionError(
        absl::StrCat("another process has ", path, " open"));
  }
  absl::Status error = ToStatus(status);
  return absl::Status(
      error.code(), absl::StrCat("cannot open ", path, ": ", error.message()));
}

}  // namespace

absl::Status ValidateName(absl::string_view field, absl::string_view name) {
  if (!name.empty() && name.size() <= 64 &&
      std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
      })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      field, ": must be 1 to 64 letters, digits, `.`, `_` or `-`"));
}

class EntityStore::Rep {
 public:
  explicit Rep(std::shared_ptr<Database> database)
      : database_(std::move(database)), db_(*database_->db) {}
  ~Rep() {
    closing_ = true;
    if (warm_up_.joinable()) warm_up_.join();
  }

  // Checks the format and finds the policy stores.
  absl::Status Load() ABSL_LOCKS_EXCLUDED(mutex_) {
    std::string format;
    const std::string format_key = TableKey("", Table::kFormat);
    rocksdb::Status status = db_.Get({}, format_key, &format);
    if (status.IsNotFound()) {
      // About to be written.
      if (database_->followed) return absl::OkStatus();
      return ToStatus(db_.Put(Synced(), format_key, ToSlice(kFormat)));
    }
    RETURN_IF_ERROR(ToStatus(status));
    if (format != kFormat) {
      return absl::FailedPreconditionError(
          "entity store: written by a later version");
    }
    const std::string prefix = TableKey("", Table::kPolicyStore);
    std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator({}));
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix);
         it->Next()) {
      std::string id(ToView(it->key()).substr(prefix.size()));
      if (!ValidatePolicyStoreId(id).ok()) {
        return Damaged("the list of policy stores is");
      }
      std::string bytes;
      uint64_t revision = 0;
      status = db_.Get({}, TableKey(id, Table::kRevision), &bytes);
      if (!status.IsNotFound()) {
        RETURN_IF_ERROR(ToStatus(status));
        if (!DecodeRevision(bytes, &revision)) return Damaged("a revision is");
      }
      absl::MutexLock lock(&mutex_);
      std::unique_ptr<PolicyStore> policy_store = Make(id, revision);
      {
        absl::MutexLock write_lock(&policy_store->write_mutex);
        policy_store->exists = true;
      }
      policy_stores_.emplace(id, std::move(policy_store));
    }
    return ToStatus(it->status());
  }

  std::vector<std::string> PolicyStores() ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<std::string> ids;
    std::vector<PolicyStore*> found;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& [id, policy_store] : policy_stores_) {
        ids.push_back(id);
        found.push_back(policy_store.get());
      }
    }
    std::vector<std::string> existing;
    for (size_t i = 0; i < ids.size(); ++i) {
      absl::MutexLock lock(&found[i]->write_mutex);
      if (found[i]->exists) existing.push_back(ids[i]);
    }
    return existing;
  }

  std::shared_ptr<RocksSnapshot> Current(absl::string_view store)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    PolicyStore* found = nullptr;
    {
      absl::ReaderMutexLock lock(&mutex_);
      auto it = policy_stores_.find(store);
      if (it != policy_stores_.end()) found = it->second.get();
    }
    // Not kept: anyone may ask for any name.
    if (found == nullptr) return Take(std::string(store), nullptr, 0);
    absl::ReaderMutexLock lock(&found->mutex);
    return found->current;
  }

  PolicyStore& FindOrCreate(absl::string_view store)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    auto it = policy_stores_.find(store);
    if (it == policy_stores_.end()) {
      std::string id(store);
      it = policy_stores_.emplace(id, Make(id, 0)).first;
    }
    return *it->second;
  }

  // Writes `batch`, which changes the entities `written` and makes `revision`,
  // and makes that current.
  absl::Status Advance(const std::string& store, PolicyStore& policy_store,
                       rocksdb::WriteBatch* batch,
                       absl::Span<const WrittenEntity> written,
                       uint64_t revision)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(policy_store.write_mutex) {
    batch->Put(TableKey(store, Table::kRevision), EncodeRevision(revision));
    RETURN_IF_ERROR(Commit(store, policy_store, batch));
    for (const WrittenEntity& entity : written) {
      database_->cache.Invalidate(policy_store.partition, entity.uid, revision);
    }
    std::shared_ptr<RocksSnapshot> next =
        Take(store, policy_store.partition, revision);
    absl::MutexLock lock(&policy_store.mutex);
    policy_store.current.swap(next);
    return absl::OkStatus();
  }

  // Writes `batch`, and that the policy store exists.
  absl::Status Commit(const std::string& store, PolicyStore& policy_store,
                      rocksdb::WriteBatch* batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(policy_store.write_mutex) {
    if (!policy_store.exists) batch->Put(PolicyStoreKey(store), "");
    RETURN_IF_ERROR(ToStatus(db_.Write(Synced(), batch)));
    policy_store.exists = true;
    return absl::OkStatus();
  }

  std::shared_ptr<RocksSnapshot> CurrentOf(PolicyStore& policy_store) {
    absl::ReaderMutexLock lock(&policy_store.mutex);
    return policy_store.current;
  }

  absl::StatusOr<ImportProgress> Progress(absl::string_view store,
                                          absl::string_view import_id) {
    std::string bytes;
    rocksdb::Status status = db_.Get({}, ImportKey(store, import_id), &bytes);
    ImportProgress progress;
    if (status.IsNotFound()) return progress;
    RETURN_IF_ERROR(ToStatus(status));
    if (!DecodeProgress(bytes, &progress.applied, &progress.skipped,
                        &progress.complete)) {
      return Damaged("the progress of an import is");
    }
    return progress;
  }

  // The latest `limit` activations, the latest first.
  absl::StatusOr<std::vector<Activation>> Activations(absl::string_view store,
                                                      size_t limit) {
    const std::string prefix = TableKey(store, Table::kActivation);
    std::vector<Activation> activations;
    std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator({}));
    for (it->SeekForPrev(PrefixEnd(prefix));
         it->Valid() && it->key().starts_with(prefix) &&
         activations.size() < limit;
         it->Prev()) {
      Activation activation;
      if (!ParseActivationKey(ToView(it->key()).substr(prefix.size()),
                              &activation.version) ||
          !DecodeActivation(ToView(it->value()), &activation.time,
                            &activation.hash)) {
        return Damaged("an activation is");
      }
      activations.push_back(std::move(activation));
    }
    RETURN_IF_ERROR(ToStatus(it->status()));
    return activations;
  }

  void StartWarmUp() {
    warm_up_ = std::thread([this] {
      // Of this thread: others come first.
      setpriority(PRIO_PROCESS, 0, 19);
      for (const std::string& store : PolicyStores()) {
        std::string key = TableKey(store, Table::kEntity);
        // A new snapshot now and then: what was written since the snapshot
        // cannot be kept.
        while (!key.empty() && !closing_) {
          // Who reads what is damaged is told.
          if (!Current(store)->Warm(/*count=*/1'000, &key).ok()) break;
        }
      }
    });
  }

  static rocksdb::WriteOptions Synced() {
    rocksdb::WriteOptions options;
    options.sync = true;
    return options;
  }

  absl::StatusOr<bool> IsOutdated() const {
    const Followed& followed = *database_->followed;
    ASSIGN_OR_RETURN(const DatabaseFiles files,
                     DatabaseFiles::List(followed.path));
    return files != followed.files;
  }

  rocksdb::DB& db() { return db_; }
  const EntityCache& cache() const { return database_->cache; }

 private:
  std::shared_ptr<RocksSnapshot> Take(std::string store,
                                      EntityCache::Partition* partition,
                                      uint64_t revision) {
    return std::make_shared<RocksSnapshot>(database_, std::move(store),
                                           partition, revision);
  }
  std::unique_ptr<PolicyStore> Make(const std::string& store,
                                    uint64_t revision) {
    EntityCache::Partition* const partition = database_->cache.AddPartition();
    return std::make_unique<PolicyStore>(partition,
                                         Take(store, partition, revision));
  }

  const std::shared_ptr<Database> database_;
  rocksdb::DB& db_;
  std::atomic<bool> closing_ = false;
  std::thread warm_up_;
  absl::Mutex mutex_;
  // Entries are never removed.
  absl::btree_map<std::string, std::unique_ptr<PolicyStore>> policy_stores_
      ABSL_GUARDED_BY(mutex_);
};

EntityStore::EntityStore(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
EntityStore::~EntityStore() = default;

absl::StatusOr<std::unique_ptr<EntityStore>> EntityStore::Open(
    const std::string& path, const EntityStoreOptions& options) {
  std::error_code error;
  const bool created = std::filesystem::create_directories(path, error);
  // What is in it is nobody else's to read.
  if (created && !error) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all,
                                 error);
  }
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot create ", path, ": ", error.message()));
  }
  rocksdb::DB* db = nullptr;
  rocksdb::Status status =
      rocksdb::DB::Open(DatabaseOptions(options), path, &db);
  if (!status.ok()) return OpenError(path, status);
  auto rep = std::make_unique<Rep>(std::shared_ptr<Database>(
      new Database{std::unique_ptr<rocksdb::DB>(db),
                   EntityCache(options.entity_cache_bytes), std::nullopt}));
  RETURN_IF_ERROR(rep->Load());
  return std::unique_ptr<EntityStore>(new EntityStore(std::move(rep)));
}

absl::StatusOr<std::unique_ptr<EntityStore>> EntityStore::OpenSecondary(
    const std::string& path, const EntityStoreOptions& options) {
  rocksdb::Options secondary = DatabaseOptions(options);
  secondary.create_if_missing = false;
  // Every table is opened at once, and can be read when the writer has deleted
  // it.
  secondary.max_open_files = -1;
  secondary.info_log = std::make_shared<NoInfoLog>();
  constexpr int kAttempts = 20;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(DatabaseFiles before, DatabaseFiles::List(path));
    rocksdb::DB* opened = nullptr;
    rocksdb::Status status =
        rocksdb::DB::OpenForReadOnly(secondary, path, &opened);
    std::unique_ptr<rocksdb::DB> db(opened);
    ASSIGN_OR_RETURN(const DatabaseFiles after, DatabaseFiles::List(path));
    if (!before.HasSameFiles(after)) continue;
    if (!status.ok()) {
      // What is being written may look damaged.
      if (before != after) continue;
      return OpenError(path, status);
    }
    auto rep = std::make_unique<Rep>(std::shared_ptr<Database>(
        new Database{std::move(db), EntityCache(options.entity_cache_bytes),
                     Followed{path, std::move(before)}}));
    RETURN_IF_ERROR(rep->Load());
    return std::unique_ptr<EntityStore>(new EntityStore(std::move(rep)));
  }
  return absl::UnavailableError(absl::StrCat(
      "cannot open ", path, ": its files change faster than they can be read"));
}

absl::StatusOr<bool> EntityStore::IsOutdated() const {
  return rep_->IsOutdated();
}

EntityCacheStats EntityStore::CacheStats() const {
  return rep_->cache().Stats();
}

void EntityStore::StartWarmUp() { rep_->StartWarmUp(); }

std::vector<std::string> EntityStore::PolicyStores() const {
  return rep_->PolicyStores();
}

absl::StatusOr<WriteResult> EntityStore::Write(
    absl::string_view store, absl::Span<const EntityMutation> mutations,
    const WriteOptions& options) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  if (options.watermark.has_value()) {
    RETURN_IF_ERROR(ValidateName("source", options.watermark->source));
  }
  if (options.import.has_value()) {
    RETURN_IF_ERROR(ValidateName("import_id", options.import->id));
  }
  const std::string id(store);
  PolicyStore& policy_store = rep_->FindOrCreate(id);
  absl::MutexLock lock(&policy_store.write_mutex);
  const std::shared_ptr<RocksSnapshot> before = rep_->CurrentOf(policy_store);
  WriteResult result;
  result.revision = before->revision();
  RETURN_IF_ERROR(CheckRevision(options.expected_revision, result.revision));
  rocksdb::WriteBatch batch;
  if (!mutations.empty()) {
    ++result.revision;
    MutationReader reader(before.get());
    ASSIGN_OR_RETURN(
        result.entities,
        ApplyMutations(mutations, reader,
                       [&options](size_t mutation, const Entity& entity) {
                         return options.check == nullptr
                                    ? absl::OkStatus()
                                    : options.check(mutation, entity);
                       }));
    for (const WrittenEntity& entity : result.entities) {
      const std::string key = EntityKey(id, entity.uid);
      if (entity.record.has_value()) {
        batch.Put(key, *entity.record);
      } else {
        batch.Delete(key);
      }
    }
  }
  if (options.watermark.has_value()) {
    const auto& [source, time] = *options.watermark;
    ASSIGN_OR_RETURN(const std::optional<absl::Time> latest,
                     before->WatermarkOf(source));
    if (!latest.has_value() || *latest < time) {
      batch.Put(WatermarkKey(id, source), EncodeWatermark(time));
    }
  }
  if (options.import.has_value()) {
    const ImportStep& step = *options.import;
    ASSIGN_OR_RETURN(const ImportProgress progress,
                     rep_->Progress(id, step.id));
    if (progress != step.before) {
      return absl::AbortedError(
          absl::StrCat("import `", step.id, "` is at ", progress.applied,
                       progress.complete ? " and complete" : "", ", not at ",
                       step.before.applied, ": somebody else goes on with it"));
    }
    batch.Put(ImportKey(id, step.id),
              EncodeProgress(step.after.applied, step.after.skipped,
                             step.after.complete));
  }
  if (batch.Count() > 0) {
    RETURN_IF_ERROR(rep_->Advance(id, policy_store, &batch, result.entities,
                                  result.revision));
  }
  return result;
}

absl::StatusOr<ImportProgress> EntityStore::Progress(
    absl::string_view store, absl::string_view import_id) const {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  RETURN_IF_ERROR(ValidateName("import_id", import_id));
  return rep_->Progress(store, import_id);
}

absl::StatusOr<FoundEntity> SnapshotReader::Find(const EntityUid& uid) {
  const StoredEntity* found = cache_.Find(uid.type, uid.id);
  if (found == nullptr) {
    ASSIGN_OR_RETURN(StoredEntity entity, snapshot_.Read(uid));
    found = cache_.Keep(std::move(entity));
  }
  if (!found->exists) return nullptr;
  return FoundEntity(&found->entity, &found->digest);
}

absl::StatusOr<std::shared_ptr<EntitySnapshot>> EntityStore::Snapshot(
    absl::string_view store) const {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  return std::shared_ptr<EntitySnapshot>(rep_->Current(store));
}

absl::StatusOr<uint64_t> EntityStore::WriteLinks(
    absl::string_view store, absl::Span<const LinkPtr> added,
    absl::Span<const LinkPtr> removed,
    std::optional<uint64_t> expected_revision) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  const std::string id(store);
  rocksdb::WriteBatch batch;
  for (const LinkPtr& link : removed) batch.Delete(LinkKey(id, link->id));
  for (const LinkPtr& link : added) {
    batch.Put(LinkKey(id, link->id), EncodeLink(*link));
  }
  PolicyStore& policy_store = rep_->FindOrCreate(id);
  absl::MutexLock lock(&policy_store.write_mutex);
  const uint64_t revision = rep_->CurrentOf(policy_store)->revision();
  RETURN_IF_ERROR(CheckRevision(expected_revision, revision));
  RETURN_IF_ERROR(
      rep_->Advance(id, policy_store, &batch, /*written=*/{}, revision + 1));
  return revision + 1;
}

absl::StatusOr<std::vector<LinkPtr>> EntityStore::Links(
    absl::string_view store) const {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  const std::string prefix = TableKey(store, Table::kLink);
  std::vector<LinkPtr> links;
  std::unique_ptr<rocksdb::Iterator> it(rep_->db().NewIterator({}));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix);
       it->Next()) {
    auto link = std::make_shared<Link>();
    link->id = std::string(ToView(it->key()).substr(prefix.size()));
    if (!DecodeLink(ToView(it->value()), link.get())) {
      return Damaged("a link is");
    }
    links.push_back(std::move(link));
  }
  RETURN_IF_ERROR(ToStatus(it->status()));
  return links;
}

absl::StatusOr<Activation> EntityStore::SaveArtifact(
    absl::string_view store, absl::string_view artifact, absl::string_view hash,
    absl::Time now, std::optional<absl::string_view> expected_hash) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  const std::string id(store);
  PolicyStore& policy_store = rep_->FindOrCreate(id);
  absl::MutexLock lock(&policy_store.write_mutex);
  ASSIGN_OR_RETURN(std::optional<Activation> active, ActiveArtifact(id));
  std::string active_hash = active.has_value() ? active->hash : "";
  if (expected_hash.has_value() && *expected_hash != active_hash) {
    return absl::AbortedError(absl::StrCat(
        "the active policy is ", active_hash.empty() ? "none" : active_hash,
        ", not the expected ",
        expected_hash->empty() ? "none" : *expected_hash));
  }
  Activation next;
  next.version = active.has_value() ? active->version + 1 : 1;
  next.hash = std::string(hash);
  next.time = now;
  rocksdb::WriteBatch batch;
  batch.Put(ArtifactKey(id, hash), ToSlice(artifact));
  batch.Put(ActivationKey(id, next.version),
            EncodeActivation(next.time, next.hash));
  RETURN_IF_ERROR(rep_->Commit(id, policy_store, &batch));
  return next;
}

absl::StatusOr<std::optional<Activation>> EntityStore::ActiveArtifact(
    absl::string_view store) const {
  ASSIGN_OR_RETURN(std::vector<Activation> latest, Activations(store, 1));
  if (latest.empty()) return std::optional<Activation>();
  return std::make_optional(std::move(latest.front()));
}

absl::StatusOr<std::vector<Activation>> EntityStore::Activations(
    absl::string_view store, size_t limit) const {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  return rep_->Activations(store, limit);
}

absl::StatusOr<std::string> EntityStore::Artifact(
    absl::string_view store, absl::string_view hash) const {
  RETURN_IF_ERROR(ValidatePolicyStoreId(store));
  std::string bytes;
  rocksdb::Status status = rep_->db().Get({}, ArtifactKey(store, hash), &bytes);
  if (status.IsNotFound()) {
    return absl::NotFoundError(absl::StrCat("there is no policy ", hash));
  }
  RETURN_IF_ERROR(ToStatus(status));
  return bytes;
}

}  // namespace sekisho
