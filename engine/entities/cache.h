// Decoded entities in memory, in front of a database, for any number of policy
// stores at once.
//
//   EntityCache cache(256 << 20);
//   EntityCache::Partition* partition = cache.AddPartition();
//
//   EntityCache::Reader reader(&cache, partition, snapshot.revision());
//   const StoredEntity* found = reader.Find("Person", "1");
//   if (found == nullptr) {
//     found = reader.Keep(.. what the snapshot has ..);
//   }
//
// A write, after it is in the database and before any snapshot shows it:
//
//   for (const EntityUid& uid : written) {
//     cache.Invalidate(partition, uid, revision);
//   }
//
// Guarantees
// 1. A reader finds what a snapshot of its revision has, and nothing else.
// 2. What is found writes no memory that other threads read or write, but for a
//    mark that what was not used lately was used; it allocates nothing and
//    waits for nothing.
// 3. Entries, table, and what readers still look at take no more than the
//    capacity.
//
// Thread-safe. A Reader is a thread's own.
#ifndef SEKISHO_ENGINE_ENTITIES_CACHE_H_
#define SEKISHO_ENGINE_ENTITIES_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/base/same_text.h"
#include "engine/base/sha256.h"
#include "engine/entities/epochs.h"
#include "engine/model/entity.h"

namespace sekisho {

// An entity, or that there is none of that name.
struct StoredEntity {
  // Only the name, if it does not exist.
  Entity entity;
  bool exists = false;
  // Of its record (engine/model/entity_format.h), if it exists.
  Sha256Digest digest{};
};

struct EntityCacheStats {
  // Look-ups. Those of readers that still exist are not in it.
  uint64_t hits = 0;
  uint64_t misses = 0;
  // What was kept, gave way to others, was written, and was not kept: because
  // of a later write, its size, or readers that still look at too much.
  uint64_t kept = 0;
  uint64_t evicted = 0;
  uint64_t invalidated = 0;
  uint64_t refused = 0;
  // As it is now.
  uint64_t entities = 0;
  uint64_t bytes = 0;
  uint64_t capacity_bytes = 0;

  // For people, on a line.
  std::string ToString() const;
};

class EntityCache {
 public:
  // One policy store's.
  class Partition;
  class Reader;

  // Less than kLeastCapacity keeps nothing.
  explicit EntityCache(size_t capacity_bytes);
  // REQUIRES: there are no readers.
  ~EntityCache();
  EntityCache(const EntityCache&) = delete;
  EntityCache& operator=(const EntityCache&) = delete;

  static constexpr size_t kLeastCapacity = size_t{1} << 20;

  // Lives as long as the cache.
  Partition* AddPartition();

  // Forgets what was known of `uid`, which `revision` writes, and takes nothing
  // of earlier revisions from then on. REQUIRES: revisions do not descend.
  void Invalidate(Partition* partition, const EntityUid& uid,
                  uint64_t revision);

  EntityCacheStats Stats() const;

 private:
  class Rep;

  const std::unique_ptr<Rep> rep_;
};

// What one decision reads. Keeps all it found, so it is not to live long: what
// was evicted or invalidated meanwhile still takes room.
class EntityCache::Reader {
 public:
  // The cache and the partition must outlive this object; without a partition,
  // nothing is found and nothing stays in the cache.
  Reader(EntityCache* cache, Partition* partition, uint64_t revision);
  ~Reader();

  // What is known of the entity, or null. Lives as long as the reader.
  const StoredEntity* Find(absl::string_view type, absl::string_view id);
  // As EntityReader::Expect.
  void Expect(absl::string_view type, absl::string_view id);

  // Returns `entity`, or what is found in its place, and keeps it for other
  // readers if it can; what was not used lately gives way. Lives as long as the
  // reader. REQUIRES: is what a snapshot of the reader's revision has.
  const StoredEntity* Keep(StoredEntity entity);
  // Keeps `entity` for other readers only if nothing has to give way for it;
  // returns whether it did. REQUIRES: as for Keep.
  bool Warm(StoredEntity entity);

 private:
  // Something that is expected, with its hash: by where its id is, and, since
  // another one may be there later, by what it is nearly. That two are taken
  // for one is a miss and nothing worse.
  struct Expected {
    const char* id = nullptr;
    size_t size = 0;
    TextEnds ends = TextEnds({});
    uint64_t hash = 0;
  };
  // Null if this is not expected.
  const Expected* FindExpected(absl::string_view id) const;

  Rep& rep_;
  Partition* const partition_;
  const uint64_t revision_;
  Epochs::Pin pin_;
  // The latest, in turn.
  std::array<Expected, 2> expected_;
  size_t next_expected_ = 0;
  // What is not in the cache.
  std::vector<std::unique_ptr<const StoredEntity>> own_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_CACHE_H_
