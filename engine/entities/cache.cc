// The table is made of sets of seven entries each; an entity's hash says in
// which set it is, if at all. A set is a cache line: tags, which are a byte of
// each entry's hash, and pointers. So what is found costs the set, the entry,
// and nothing in between. Entries do not change once they are in the table.
//
// Readers take no lock. Who changes a set holds the mutex of its shard, and
// what is taken out of the table is freed when no reader can look at it any
// more (epochs.h).
//
// Room is made by the clock: a reader marks what it finds, and a hand goes
// round the sets, takes the marks away, and evicts what has none.
//
// Why a reader finds only what a snapshot of its revision has. An entry says
// since which revision its entity was as it is, and holds until it is
// invalidated. It is invalidated before there is a snapshot of the revision
// that changes it, so who has such a snapshot does not meet it. Keep knows the
// latest revision that wrote to the shard: something that was read later than
// that was so ever since, and something that was read earlier may not be so any
// more and is not kept.
//
// Tested by cache_test.cc against a model.
#include "engine/entities/cache.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/inlined_vector.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/base/prefetch.h"
#include "engine/entities/entity_bytes.h"

namespace sekisho {
namespace {

constexpr size_t kShards = 16;
constexpr size_t kWays = 7;
// The table has an entry for so many bytes of capacity: fewer than nearly all
// entities take, so that few sets fill up before the capacity is used.
constexpr size_t kBytesPerWay = 320;

struct Entry {
  explicit Entry(StoredEntity entity)
      : content(std::move(entity)),
        bytes(AllocatedBytes(sizeof(Entry)) + HeapBytes(content.entity)) {}

  uint64_t hash = 0;
  const EntityCache::Partition* partition = nullptr;
  // The first revision that is known to have it so.
  uint64_t since = 0;
  StoredEntity content;
  size_t bytes;

  bool Is(uint64_t other_hash, const EntityCache::Partition* other_partition,
          absl::string_view type, absl::string_view id) const {
    return hash == other_hash && partition == other_partition &&
           content.entity.uid.id == id && content.entity.uid.type == type;
  }
};

// Bytes of a word, the low one first: the tags of seven entries, 0 where there
// is none, then the marks, a bit each.
class alignas(64) Set {
 public:
  const Entry* Load(size_t way) const { return entries_[way].load(); }

  // The way of the entry, or kWays. `*entry` is what it was then.
  template <typename Matches>
  size_t Find(uint8_t tag, Matches matches, const Entry** entry) const {
    constexpr uint64_t kLow = 0x0001010101010101;
    constexpr uint64_t kHigh = 0x0080808080808080;
    // Bytes that are zero get their high bit; so may one after such a byte.
    const uint64_t differ =
        tags_.load(std::memory_order_relaxed) ^ (tag * kLow);
    for (uint64_t zeros = (differ - kLow) & ~differ & kHigh; zeros != 0;
         zeros &= zeros - 1) {
      const size_t way = std::countr_zero(zeros) / 8;
      *entry = Load(way);
      if (*entry != nullptr && matches(**entry)) return way;
    }
    return kWays;
  }

  bool Marked(size_t way) const {
    return tags_.load(std::memory_order_relaxed) & MarkBit(way);
  }
  void Mark(size_t way) {
    if (Marked(way)) return;
    tags_.fetch_or(MarkBit(way), std::memory_order_relaxed);
  }
  void Unmark(size_t way) {
    tags_.fetch_and(~MarkBit(way), std::memory_order_relaxed);
  }

  // For the holder of the shard's mutex.
  void Store(size_t way, uint8_t tag, const Entry* entry) {
    entries_[way].store(entry);
    tags_.fetch_and(~(uint64_t{0xff} << (8 * way) | MarkBit(way)),
                    std::memory_order_relaxed);
    tags_.fetch_or(uint64_t{tag} << (8 * way), std::memory_order_relaxed);
  }

 private:
  static uint64_t MarkBit(size_t way) { return uint64_t{1} << (56 + way); }

  std::atomic<uint64_t> tags_ = 0;
  std::atomic<const Entry*> entries_[kWays] = {};
};
static_assert(sizeof(Set) == 64);

// What was in the table.
struct Retired {
  std::unique_ptr<const Entry> entry;
  uint64_t stamp;
};

// Freed once the shard's mutex is not held any more.
constexpr size_t kFew = 4;
using Garbage = absl::InlinedVector<std::unique_ptr<const Entry>, kFew>;

enum class WhenFull { kEvict, kRefuse };

struct alignas(64) Shard {
  mutable absl::Mutex mutex;
  // The way that the clock's hand points at, of all in the shard.
  size_t hand ABSL_GUARDED_BY(mutex) = 0;
  size_t entries ABSL_GUARDED_BY(mutex) = 0;
  size_t live_bytes ABSL_GUARDED_BY(mutex) = 0;
  size_t retired_bytes ABSL_GUARDED_BY(mutex) = 0;
  // In the order of their stamps.
  std::deque<Retired> retired ABSL_GUARDED_BY(mutex);
  // What was stamped earlier is met by no reader.
  uint64_t safe ABSL_GUARDED_BY(mutex) = 0;

  uint64_t kept ABSL_GUARDED_BY(mutex) = 0;
  uint64_t evicted ABSL_GUARDED_BY(mutex) = 0;
  uint64_t invalidated ABSL_GUARDED_BY(mutex) = 0;
  uint64_t refused ABSL_GUARDED_BY(mutex) = 0;
};

uint64_t Hash(const EntityCache::Partition* partition, absl::string_view type,
              absl::string_view id) {
  return absl::HashOf(partition, type, id);
}

uint8_t TagOf(uint64_t hash) { return static_cast<uint8_t>(hash >> 48) | 1; }
size_t ShardOf(uint64_t hash) { return hash >> 60; }
static_assert(kShards == 1 << (64 - 60));

}  // namespace

std::string EntityCacheStats::ToString() const {
  return absl::StrCat(entities, " entities in ", bytes >> 20, " of ",
                      capacity_bytes >> 20, " MiB; ", hits, " hits, ", misses,
                      " misses; ", evicted, " evicted, ", invalidated,
                      " invalidated, ", refused, " not kept");
}

class EntityCache::Partition {
 public:
  // The latest revision that wrote to each shard, guarded by the shard's mutex.
  std::array<uint64_t, kShards> written = {};
};

class EntityCache::Rep {
 public:
  explicit Rep(size_t capacity_bytes)
      : capacity_bytes_(capacity_bytes < kLeastCapacity ? 0 : capacity_bytes),
        sets_per_shard_(capacity_bytes_ / (kShards * kWays * kBytesPerWay)),
        shard_bytes_(capacity_bytes_ / kShards - sets_per_shard_ * sizeof(Set)),
        sets_(kShards * sets_per_shard_) {}

  ~Rep() {
    for (Set& set : sets_) {
      for (size_t way = 0; way < kWays; ++way) delete set.Load(way);
    }
  }

  Partition* AddPartition() ABSL_LOCKS_EXCLUDED(partitions_mutex_) {
    absl::MutexLock lock(&partitions_mutex_);
    return &partitions_.emplace_back();
  }

  Epochs* epochs() { return sets_.empty() ? nullptr : &epochs_; }

  // REQUIRES for these: the table is not empty.

  const Entry* Find(uint64_t hash, const Partition* partition,
                    absl::string_view type, absl::string_view id,
                    uint64_t revision) {
    Set& set = SetOf(hash);
    const Entry* entry;
    const size_t way = set.Find(
        TagOf(hash),
        [&](const Entry& e) { return e.Is(hash, partition, type, id); },
        &entry);
    if (way == kWays || entry->since > revision) return nullptr;
    set.Mark(way);
    return entry;
  }

  void PrefetchSet(uint64_t hash) { Prefetch(&SetOf(hash), sizeof(Set)); }
  void PrefetchEntry(uint64_t hash) {
    const Entry* entry;
    SetOf(hash).Find(
        TagOf(hash),
        [](const Entry& e) {
          Prefetch(&e, sizeof(Entry));
          return true;
        },
        &entry);
  }

  // What is in the table then; or null, and `entry` stays.
  const Entry* Keep(Partition* partition, uint64_t revision, WhenFull when_full,
                    std::unique_ptr<Entry>& entry) {
    const EntityUid& uid = entry->content.entity.uid;
    const uint64_t hash = Hash(partition, uid.type, uid.id);
    Set& set = SetOf(hash);
    Shard& shard = shards_[ShardOf(hash)];
    Garbage garbage;
    absl::MutexLock lock(&shard.mutex);
    const uint64_t written = partition->written[ShardOf(hash)];
    if (written > revision) {
      ++shard.refused;
      return nullptr;
    }
    const Entry* there;
    if (FindIn(set, hash, partition, uid, &there) != kWays) return there;
    Reclaim(shard, &garbage);
    const size_t way = FreeWay(set, when_full, shard);
    if (way == kWays || entry->bytes > EntryLimit() ||
        !MakeRoom(entry->bytes, SetsOf(hash), when_full, shard)) {
      ++shard.refused;
      return nullptr;
    }
    entry->hash = hash;
    entry->partition = partition;
    entry->since = written;
    ++shard.kept;
    ++shard.entries;
    shard.live_bytes += entry->bytes;
    const Entry* kept = entry.release();
    set.Store(way, TagOf(hash), kept);
    return kept;
  }

  void Invalidate(Partition* partition, const EntityUid& uid,
                  uint64_t revision) {
    const uint64_t hash = Hash(partition, uid.type, uid.id);
    Set& set = SetOf(hash);
    Shard& shard = shards_[ShardOf(hash)];
    Garbage garbage;
    absl::MutexLock lock(&shard.mutex);
    partition->written[ShardOf(hash)] = revision;
    const Entry* entry;
    const size_t way = FindIn(set, hash, partition, uid, &entry);
    if (way == kWays) return;
    ++shard.invalidated;
    Retire(set, way, shard);
    Reclaim(shard, &garbage);
  }

  EntityCacheStats Stats() const {
    EntityCacheStats stats;
    const Epochs::Counts counts = epochs_.Total();
    stats.hits = counts.hits;
    stats.misses = counts.misses;
    stats.capacity_bytes = capacity_bytes_;
    stats.bytes = sets_.size() * sizeof(Set);
    for (const Shard& shard : shards_) {
      absl::MutexLock lock(&shard.mutex);
      stats.kept += shard.kept;
      stats.evicted += shard.evicted;
      stats.invalidated += shard.invalidated;
      stats.refused += shard.refused;
      stats.entities += shard.entries;
      stats.bytes += shard.live_bytes + shard.retired_bytes;
    }
    return stats;
  }

 private:
  // What is set aside in a shard for what is evicted. Of an entry, at most half
  // of that, so that it fits if the other half is not used up.
  size_t RetiredLimit() const { return shard_bytes_ / 8; }
  size_t EntryLimit() const { return RetiredLimit() / 2; }

  absl::Span<Set> SetsOf(uint64_t hash) {
    return absl::MakeSpan(sets_).subspan(ShardOf(hash) * sets_per_shard_,
                                         sets_per_shard_);
  }
  Set& SetOf(uint64_t hash) {
    return SetsOf(hash)[(hash & 0xffffffff) * sets_per_shard_ >> 32];
  }

  static size_t FindIn(const Set& set, uint64_t hash,
                       const Partition* partition, const EntityUid& uid,
                       const Entry** entry) {
    return set.Find(
        TagOf(hash),
        [&](const Entry& e) { return e.Is(hash, partition, uid.type, uid.id); },
        entry);
  }

  // Takes the entry out of the table.
  void Retire(Set& set, size_t way, Shard& shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    std::unique_ptr<const Entry> entry(set.Load(way));
    set.Store(way, 0, nullptr);
    --shard.entries;
    shard.live_bytes -= entry->bytes;
    shard.retired_bytes += entry->bytes;
    shard.retired.push_back({std::move(entry), epochs_.Now()});
  }

  // Moves what no reader meets any more into `garbage`: a few, or until there
  // is no longer much. Looks at the readers only if there is.
  void Reclaim(Shard& shard, Garbage* garbage)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    const size_t much = RetiredLimit() / 4;
    if (shard.retired_bytes > much &&
        shard.retired.front().stamp >= shard.safe) {
      shard.safe = epochs_.Safe();
    }
    while (!shard.retired.empty() && shard.retired.front().stamp < shard.safe &&
           (garbage->size() < kFew || shard.retired_bytes > much)) {
      shard.retired_bytes -= shard.retired.front().entry->bytes;
      garbage->push_back(std::move(shard.retired.front().entry));
      shard.retired.pop_front();
    }
  }

  // False if readers still look at too much.
  bool Evict(Set& set, size_t way, Shard& shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    if (shard.retired_bytes + EntryLimit() > RetiredLimit()) return false;
    Retire(set, way, shard);
    ++shard.evicted;
    return true;
  }

  // A way without an entry, or kWays.
  size_t FreeWay(Set& set, WhenFull when_full, Shard& shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    size_t unmarked = kWays;
    for (size_t way = 0; way < kWays; ++way) {
      if (set.Load(way) == nullptr) return way;
      if (!set.Marked(way)) unmarked = way;
    }
    if (when_full == WhenFull::kRefuse) return kWays;
    if (unmarked == kWays) {
      for (size_t way = 0; way < kWays; ++way) set.Unmark(way);
      unmarked = 0;
    }
    return Evict(set, unmarked, shard) ? unmarked : kWays;
  }

  // Lets the clock run until there is room for `bytes`. False if there is none.
  bool MakeRoom(size_t bytes, absl::Span<Set> sets, WhenFull when_full,
                Shard& shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex) {
    // More than the limit may have been invalidated.
    while (shard.live_bytes + bytes +
               std::max(shard.retired_bytes, RetiredLimit()) >
           shard_bytes_) {
      if (when_full == WhenFull::kRefuse) return false;
      Set& set = sets[shard.hand / kWays];
      const size_t way = shard.hand % kWays;
      shard.hand = (shard.hand + 1) % (sets.size() * kWays);
      if (set.Load(way) == nullptr) continue;
      if (set.Marked(way)) {
        set.Unmark(way);
      } else if (!Evict(set, way, shard)) {
        return false;
      }
    }
    return true;
  }

  const size_t capacity_bytes_;
  const size_t sets_per_shard_;
  const size_t shard_bytes_;
  std::vector<Set> sets_;
  std::array<Shard, kShards> shards_;
  Epochs epochs_;

  absl::Mutex partitions_mutex_;
  // Whose elements stay where they are.
  std::deque<Partition> partitions_ ABSL_GUARDED_BY(partitions_mutex_);
};

EntityCache::EntityCache(size_t capacity_bytes)
    : rep_(std::make_unique<Rep>(capacity_bytes)) {}
EntityCache::~EntityCache() = default;

EntityCache::Partition* EntityCache::AddPartition() {
  return rep_->AddPartition();
}

void EntityCache::Invalidate(Partition* partition, const EntityUid& uid,
                             uint64_t revision) {
  if (rep_->epochs() != nullptr) rep_->Invalidate(partition, uid, revision);
}

EntityCacheStats EntityCache::Stats() const { return rep_->Stats(); }

EntityCache::Reader::Reader(EntityCache* cache, Partition* partition,
                            uint64_t revision)
    : rep_(*cache->rep_),
      partition_(partition),
      revision_(revision),
      pin_(partition == nullptr ? nullptr : rep_.epochs()) {}

EntityCache::Reader::~Reader() = default;

const StoredEntity* EntityCache::Reader::Find(absl::string_view type,
                                              absl::string_view id) {
  if (!pin_.held()) return nullptr;
  const Expected* expected = FindExpected(id);
  const uint64_t hash =
      expected != nullptr ? expected->hash : Hash(partition_, type, id);
  const Entry* entry = rep_.Find(hash, partition_, type, id, revision_);
  if (entry == nullptr) {
    pin_.CountMiss();
    return nullptr;
  }
  pin_.CountHit();
  return &entry->content;
}

const EntityCache::Reader::Expected* EntityCache::Reader::FindExpected(
    absl::string_view id) const {
  for (const Expected& expected : expected_) {
    if (expected.id == id.data() && expected.size == id.size() &&
        expected.ends == TextEnds(id)) {
      return &expected;
    }
  }
  return nullptr;
}

void EntityCache::Reader::Expect(absl::string_view type, absl::string_view id) {
  if (!pin_.held()) return;
  if (const Expected* expected = FindExpected(id)) {
    rep_.PrefetchEntry(expected->hash);
    return;
  }
  const uint64_t hash = Hash(partition_, type, id);
  rep_.PrefetchSet(hash);
  expected_[next_expected_] = {id.data(), id.size(), TextEnds(id), hash};
  next_expected_ = (next_expected_ + 1) % expected_.size();
}

const StoredEntity* EntityCache::Reader::Keep(StoredEntity entity) {
  if (pin_.held()) {
    auto entry = std::make_unique<Entry>(std::move(entity));
    const Entry* kept =
        rep_.Keep(partition_, revision_, WhenFull::kEvict, entry);
    if (kept != nullptr) return &kept->content;
    entity = std::move(entry->content);
  }
  return own_
      .emplace_back(std::make_unique<const StoredEntity>(std::move(entity)))
      .get();
}

bool EntityCache::Reader::Warm(StoredEntity entity) {
  if (!pin_.held()) return false;
  auto entry = std::make_unique<Entry>(std::move(entity));
  return rep_.Keep(partition_, revision_, WhenFull::kRefuse, entry) != nullptr;
}

}  // namespace sekisho
