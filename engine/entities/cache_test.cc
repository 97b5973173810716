#include "engine/entities/cache.h"

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/entities/entity_bytes.h"
#include "engine/entities/epochs.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr size_t kSmall = EntityCache::kLeastCapacity;

StoredEntity Make(absl::string_view id, std::optional<int64_t> number) {
  StoredEntity cached;
  cached.entity.uid = {"Person", std::string(id)};
  if (!number.has_value()) return cached;
  cached.exists = true;
  cached.entity.attributes = Value::Record(
      {{"number", Value::Long(*number)},
       {"text",
        Value::String(std::string(static_cast<size_t>(*number % 700), 'x'))}});
  cached.digest.fill(static_cast<uint8_t>(*number));
  return cached;
}

// The number of what Make made; nothing if there is no entity.
std::optional<int64_t> NumberOf(const StoredEntity& cached) {
  if (!cached.exists) return std::nullopt;
  return cached.entity.attributes.Find("number")->AsLong();
}

class CacheTest : public testing::Test {
 protected:
  const StoredEntity* Find(absl::string_view id, uint64_t revision) {
    return EntityCache::Reader(&cache_, partition_, revision)
        .Find("Person", id);
  }
  // Whether it is found then.
  bool Keep(absl::string_view id, std::optional<int64_t> number,
            uint64_t revision) {
    EntityCache::Reader reader(&cache_, partition_, revision);
    EXPECT_EQ(NumberOf(*reader.Keep(Make(id, number))), number);
    return reader.Find("Person", id) != nullptr;
  }
  void Invalidate(absl::string_view id, uint64_t revision) {
    cache_.Invalidate(partition_, {"Person", std::string(id)}, revision);
  }
  // Keeps others until something gives way.
  void Fill() {
    for (int i = 0; cache_.Stats().evicted == 0; ++i) {
      Keep(absl::StrCat("other", i), i, 0);
    }
  }

  EntityCache cache_{kSmall};
  EntityCache::Partition* partition_ = cache_.AddPartition();
};

TEST_F(CacheTest, FindsWhatWasKept) {
  EXPECT_EQ(Find("a", 0), nullptr);
  EXPECT_TRUE(Keep("a", 7, 0));
  EntityCache::Reader reader(&cache_, partition_, 0);
  const StoredEntity* found = reader.Find("Person", "a");
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(found->exists);
  EXPECT_EQ(found->entity.uid, (EntityUid{"Person", "a"}));
  EXPECT_EQ(found->entity.attributes, Make("a", 7).entity.attributes);
  EXPECT_EQ(found->digest, Make("a", 7).digest);
  EXPECT_EQ(reader.Find("Person", ""), nullptr);
  EXPECT_EQ(reader.Find("Persona", ""), nullptr);
  EXPECT_EQ(reader.Find("a", "Person"), nullptr);
}

// As where requests are decided one after the other, each in the same place.
TEST_F(CacheTest, WhatIsExpectedMayBecomeAnother) {
  Keep("ann", 1, 0);
  Keep("bob", 2, 0);
  EntityCache::Reader reader(&cache_, partition_, 0);
  std::string id = "ann";
  reader.Expect("Person", id);
  reader.Expect("Person", id);
  EXPECT_EQ(NumberOf(*reader.Find("Person", id)), 1);
  reader.Expect("Person", id);
  id[0] = 'b', id[1] = 'o', id[2] = 'b';
  ASSERT_NE(reader.Find("Person", id), nullptr);
  EXPECT_EQ(NumberOf(*reader.Find("Person", id)), 2);
}

TEST_F(CacheTest, KnowsThatThereIsNone) {
  EXPECT_TRUE(Keep("a", std::nullopt, 0));
  EntityCache::Reader reader(&cache_, partition_, 0);
  ASSERT_NE(reader.Find("Person", "a"), nullptr);
  EXPECT_FALSE(reader.Find("Person", "a")->exists);
}

TEST_F(CacheTest, PolicyStoresDoNotMeet) {
  EntityCache::Partition* const other = cache_.AddPartition();
  EXPECT_TRUE(Keep("a", 7, 3));
  EXPECT_EQ(EntityCache::Reader(&cache_, other, 3).Find("Person", "a"),
            nullptr);
  cache_.Invalidate(other, {"Person", "a"}, 4);
  EXPECT_NE(Find("a", 3), nullptr);
}

TEST_F(CacheTest, AWriteEndsWhatWasKnown) {
  EXPECT_TRUE(Keep("a", 7, 3));
  Invalidate("a", 4);
  EXPECT_EQ(Find("a", 4), nullptr);
  EXPECT_EQ(Find("a", 3), nullptr);
  EXPECT_EQ(cache_.Stats().invalidated, 1);
}

TEST_F(CacheTest, WhatWasReadBeforeAWriteIsNotKept) {
  Invalidate("a", 4);
  EXPECT_FALSE(Keep("a", 7, 3));
  EXPECT_EQ(Find("a", 4), nullptr);
  EXPECT_TRUE(Keep("a", 8, 4));
}

TEST_F(CacheTest, WhatWasReadAfterAWriteIsNotShownBeforeIt) {
  Invalidate("a", 4);
  EXPECT_TRUE(Keep("a", 8, 5));
  EXPECT_EQ(Find("a", 3), nullptr);
  // Nothing was written in between.
  EXPECT_NE(Find("a", 4), nullptr);
}

TEST_F(CacheTest, OfTwoWhoReadTheSameOneIsKept) {
  EntityCache::Reader a(&cache_, partition_, 0);
  EntityCache::Reader b(&cache_, partition_, 0);
  EXPECT_EQ(a.Keep(Make("a", 7)), b.Keep(Make("a", 7)));
  EXPECT_EQ(cache_.Stats().entities, 1);
}

TEST_F(CacheTest, WhatIsInUseStays) {
  Keep("used", 1, 0);
  int found = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (Find("used", 0) != nullptr) {
      ++found;
    } else {
      Keep("used", 1, 0);
    }
    Keep(absl::StrCat("other", i), i, 0);
  }
  EXPECT_GT(cache_.Stats().evicted, 10'000);
  EXPECT_GT(found, 19'000);
}

TEST_F(CacheTest, WhatIsFoundLivesAsLongAsTheReader) {
  Keep("a", 1, 0);
  {
    EntityCache::Reader reader(&cache_, partition_, 0);
    const StoredEntity* found = reader.Find("Person", "a");
    Invalidate("a", 1);
    Fill();
    EXPECT_EQ(NumberOf(*found), 1);
  }
  Invalidate("other1", 2);
}

TEST_F(CacheTest, ReadersThatStayCostNoMoreThanTheCapacity) {
  Fill();
  {
    EntityCache::Reader reader(&cache_, partition_, 0);
    for (int i = 0; i < 10'000; ++i) Keep(absl::StrCat("more", i), i, 0);
    EXPECT_LE(cache_.Stats().bytes, kSmall);
    EXPECT_GT(cache_.Stats().refused, 1'000);
  }
  const uint64_t refused = cache_.Stats().refused;
  for (int i = 0; i < 10'000; ++i) Keep(absl::StrCat("then", i), i, 0);
  EXPECT_LT(cache_.Stats().refused, refused + 100);
  EXPECT_LE(cache_.Stats().bytes, kSmall);
}

TEST_F(CacheTest, WhatIsTooLargeIsNotKept) {
  StoredEntity large = Make("large", 1);
  large.entity.attributes =
      Value::Record({{"number", Value::Long(1)},
                     {"text", Value::String(std::string(100'000, 'x'))}});
  EntityCache::Reader reader(&cache_, partition_, 0);
  EXPECT_EQ(NumberOf(*reader.Keep(std::move(large))), 1);
  EXPECT_EQ(reader.Find("Person", "large"), nullptr);
}

TEST_F(CacheTest, ThereMayBeMoreReadersThanPins) {
  Keep("a", 7, 0);
  std::deque<EntityCache::Reader> readers;
  for (size_t i = 0; i < Epochs::kMaxPins; ++i) {
    readers.emplace_back(&cache_, partition_, 0);
    EXPECT_NE(readers.back().Find("Person", "a"), nullptr);
  }
  {
    EntityCache::Reader reader(&cache_, partition_, 0);
    EXPECT_EQ(reader.Find("Person", "a"), nullptr);
    EXPECT_EQ(NumberOf(*reader.Keep(Make("a", 7))), 7);
  }
  readers.clear();
  EXPECT_NE(Find("a", 0), nullptr);
}

TEST_F(CacheTest, WithoutAPartitionNothingIsKept) {
  EntityCache::Reader reader(&cache_, nullptr, 0);
  EXPECT_EQ(NumberOf(*reader.Keep(Make("a", 7))), 7);
  EXPECT_EQ(reader.Find("Person", "a"), nullptr);
}

TEST(EntityCacheTest, WithoutCapacityNothingIsKept) {
  EntityCache cache(0);
  EntityCache::Partition* const partition = cache.AddPartition();
  EntityCache::Reader reader(&cache, partition, 0);
  EXPECT_EQ(NumberOf(*reader.Keep(Make("a", 7))), 7);
  EXPECT_EQ(reader.Find("Person", "a"), nullptr);
  cache.Invalidate(partition, {"Person", "a"}, 1);
  EXPECT_EQ(cache.Stats().bytes, 0);
}

TEST_F(CacheTest, WarmingMakesNothingGiveWay) {
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) {
    EntityCache::Reader reader(&cache_, partition_, 0);
    if (reader.Warm(Make(absl::StrCat(i), i))) ++kept;
  }
  EXPECT_EQ(cache_.Stats().evicted, 0);
  EXPECT_EQ(cache_.Stats().entities, kept);
  EXPECT_GT(cache_.Stats().bytes, kSmall * 3 / 4);
}

TEST_F(CacheTest, CountsLookUps) {
  Keep("a", 7, 0);  // And finds it.
  Find("a", 0);
  Find("b", 0);
  EXPECT_EQ(cache_.Stats().hits, 2);
  EXPECT_EQ(cache_.Stats().misses, 1);
  EXPECT_EQ(cache_.Stats().kept, 1);
}

// Whether what the cache counts is what the allocator gives.
TEST(EntityBytesTest, AreThoseOfTheAllocator) {
  if (mallinfo2().uordblks == 0) {
    GTEST_SKIP() << "a sanitizer's allocator does not say";
  }
  const auto make = [] {
    Entity entity;
    entity.uid = {"Health::Person::OfLongType", "an id of some length"};
    entity.attributes = Value::Record(
        {{"roles", Value::Set({Value::Entity({"Role", "nurse"}),
                               Value::String(std::string(300, 'x'))})},
         {"an attribute of a long name", Value::Bool(true)},
         {"record", Value::Record({{"a", Value::Long(1)}})}});
    entity.tags = Value::Record({{"ward", Value::String("7")}});
    entity.parents = {{"Org", "a"}, {"Org", std::string(100, 'y')}};
    return entity;
  };
  std::vector<Entity> entities;
  entities.reserve(1'000);
  const size_t before = mallinfo2().uordblks;
  for (int i = 0; i < 1'000; ++i) entities.push_back(make());
  const size_t taken = mallinfo2().uordblks - before;
  const size_t counted = 1'000 * HeapBytes(entities[0]);
  EXPECT_GT(counted, taken * 98 / 100);
  EXPECT_LT(counted, taken * 102 / 100);
}

// A database of numbers that keeps all its revisions.
class Model {
 public:
  explicit Model(EntityCache* cache)
      : cache_(*cache), partition_(cache->AddPartition()) {}

  EntityCache::Partition* partition() const { return partition_; }
  // The revision of a snapshot that is taken now.
  uint64_t revision() const { return revision_.load(); }

  std::optional<int64_t> At(int key, uint64_t revision) {
    absl::MutexLock lock(&mutex_);
    auto& versions = versions_[key];
    auto it = versions.upper_bound(revision);
    if (it == versions.begin()) return std::nullopt;
    return std::prev(it)->second;
  }

  void Write(const std::map<int, std::optional<int64_t>>& numbers) {
    absl::MutexLock write_lock(&write_mutex_);
    const uint64_t revision = revision_.load() + 1;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& [key, number] : numbers) {
        versions_[key][revision] = number;
      }
    }
    // Others run between the steps now and then, on one core too.
    if (revision % 16 == 0) std::this_thread::yield();
    for (const auto& [key, number] : numbers) {
      cache_.Invalidate(partition_, {"Person", absl::StrCat(key)}, revision);
    }
    if (revision % 16 == 8) std::this_thread::yield();
    revision_.store(revision);
  }

 private:
  EntityCache& cache_;
  EntityCache::Partition* const partition_;
  absl::Mutex write_mutex_;
  std::atomic<uint64_t> revision_ = 0;
  absl::Mutex mutex_;
  // Of each key, by revision.
  std::map<int, std::map<uint64_t, std::optional<int64_t>>> versions_
      ABSL_GUARDED_BY(mutex_);
};

// Whatever others write, read, keep and evict meanwhile, a reader sees what the
// database has at its revision, and to its end.
TEST(EntityCacheTest, ReadersSeeTheirRevision) {
  constexpr int kKeys = 4'000;
  constexpr int kHotKeys = 40;
  constexpr int kModels = 2;
  constexpr int kWriters = 2;
  constexpr int kReaders = 4;
  constexpr int kWrites = 3'000;
  constexpr int kDecisions = 6'000;
  EntityCache cache(kSmall);
  std::deque<Model> models;
  for (int i = 0; i < kModels; ++i) models.emplace_back(&cache);

  // Many ask for the same, and it is written while they do.
  const auto key = [](std::mt19937& random) {
    return static_cast<int>(random() % (random() % 2 == 0 ? kHotKeys : kKeys));
  };
  std::atomic<int> wrong = 0;
  std::atomic<int> too_large = 0;
  const auto write = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < kWrites; ++i) {
      std::map<int, std::optional<int64_t>> numbers;
      for (int n = random() % 4; n >= 0; --n) {
        auto& number = numbers[key(random)];
        if (random() % 4 != 0) number = random() % 100'000;
      }
      models[random() % kModels].Write(numbers);
    }
  };
  const auto read = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::vector<uint64_t> held(kModels, 0);
    for (int i = 0; i < kDecisions; ++i) {
      const size_t m = random() % kModels;
      Model& model = models[m];
      // Some snapshots are held for long.
      if (random() % 8 == 0) held[m] = model.revision();
      const uint64_t revision = random() % 4 == 0 ? held[m] : model.revision();
      EntityCache::Reader reader(&cache, model.partition(), revision);
      std::vector<std::pair<const StoredEntity*, std::optional<int64_t>>> seen;
      for (int n = random() % 8; n >= 0; --n) {
        const int k = key(random);
        const std::string id = absl::StrCat(k);
        const std::optional<int64_t> expected = model.At(k, revision);
        const StoredEntity* found = reader.Find("Person", id);
        if (found == nullptr) {
          if (random() % 256 == 0) std::this_thread::yield();
          if (random() % 8 == 0) {
            reader.Warm(Make(id, expected));
            continue;
          }
          found = reader.Keep(Make(id, expected));
        }
        if (found->entity.uid.id != id) ++wrong;
        seen.emplace_back(found, expected);
      }
      for (const auto& [found, expected] : seen) {
        if (NumberOf(*found) != expected) ++wrong;
      }
      if (i % 64 == 0 && cache.Stats().bytes > kSmall) ++too_large;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) threads.emplace_back(write, 100 + i);
  for (int i = 0; i < kReaders; ++i) threads.emplace_back(read, 200 + i);
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(too_large, 0);
  const EntityCacheStats stats = cache.Stats();
  EXPECT_GT(stats.hits, 0);
  EXPECT_GT(stats.misses, 0);
  EXPECT_GT(stats.evicted, 0);
  EXPECT_GT(stats.invalidated, 0);
}

}  // namespace
}  // namespace sekisho
