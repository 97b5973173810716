// The cache in front of the database.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/sha256.h"
#include "engine/entities/cache.h"
#include "engine/entities/store.h"
#include "engine/model/entity_format.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

class StoreCacheTest : public testing::Test {
 protected:
  StoreCacheTest() : path_(testing::TempDir() + "/store-cache-XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
    Reopen();
  }

  void Reopen() {
    EntityStoreOptions options;
    options.entity_cache_bytes = EntityCache::kLeastCapacity;
    store_ = nullptr;
    auto store = EntityStore::Open(path_, options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  static Entity Make(absl::string_view id, int64_t number) {
    Entity entity;
    entity.uid = {"Person", std::string(id)};
    entity.attributes = Value::Record(
        {{"number", Value::Long(number)},
         {"text", Value::String(std::string(number % 1000, 'x'))}});
    return entity;
  }

  void Write(const std::vector<EntityMutation>& mutations) {
    const auto written = store_->Write("a", mutations);
    ASSERT_TRUE(written.ok()) << written.status();
  }
  std::shared_ptr<EntitySnapshot> Snapshot() { return *store_->Snapshot("a"); }

  // The number of the entity, or -1.
  static int64_t Find(SnapshotReader& reader, absl::string_view id) {
    const auto found = reader.Find({"Person", std::string(id)});
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok() || *found == nullptr) return -1;
    EXPECT_EQ((*found)->uid.id, id);
    return (*found)->attributes.Find("number")->AsLong();
  }
  static int64_t Find(EntitySnapshot& snapshot, absl::string_view id) {
    SnapshotReader reader(&snapshot);
    return Find(reader, id);
  }

  std::string path_;
  std::unique_ptr<EntityStore> store_;
};

TEST_F(StoreCacheTest, TheDatabaseIsReadOnce) {
  Write({PutEntity{Make("1", 7)}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Find(*Snapshot(), "1"), 7);
    EXPECT_EQ(Find(*Snapshot(), "none"), -1);
  }
  EXPECT_EQ(store_->CacheStats().misses, 2u);
  EXPECT_EQ(store_->CacheStats().hits, 4u);
}

TEST_F(StoreCacheTest, DigestsAreOfTheRecord) {
  Write({PutEntity{Make("1", 7)}});
  const auto snapshot = Snapshot();
  for (int i = 0; i < 2; ++i) {
    SnapshotReader reader(snapshot.get());
    const FoundEntity found = *reader.Find({"Person", "1"});
    ASSERT_NE(found.digest(), nullptr);
    EXPECT_EQ(*found.digest(), Sha256(*EncodeEntity(*found)));
  }
}

TEST_F(StoreCacheTest, EverySnapshotShowsItsRevision) {
  Write({PutEntity{Make("1", 7)}});
  const auto before = Snapshot();
  EXPECT_EQ(Find(*before, "1"), 7);
  Write({PutEntity{Make("1", 8)}});
  const auto between = Snapshot();
  EXPECT_EQ(Find(*before, "1"), 7);
  EXPECT_EQ(Find(*between, "1"), 8);
  Write({DeleteEntity{{"Person", "1"}}});
  EXPECT_EQ(Find(*Snapshot(), "1"), -1);
  EXPECT_EQ(Find(*between, "1"), 8);
  EXPECT_EQ(Find(*before, "1"), 7);
}

TEST_F(StoreCacheTest, AReaderThatStaysShowsItsRevision) {
  Write({PutEntity{Make("1", 7)}});
  const auto snapshot = Snapshot();
  SnapshotReader reader(snapshot.get());
  Write({PutEntity{Make("1", 8)}});
  EXPECT_EQ(Find(*Snapshot(), "1"), 8);
  EXPECT_EQ(Find(reader, "1"), 7);
}

TEST_F(StoreCacheTest, AnUnknownPolicyStoreIsEmpty) {
  const auto before = *store_->Snapshot("b");
  EXPECT_EQ(Find(*before, "1"), -1);
  ASSERT_TRUE(store_->Write("b", {PutEntity{Make("1", 7)}}).ok());
  EXPECT_EQ(Find(*before, "1"), -1);
  EXPECT_EQ(Find(**store_->Snapshot("b"), "1"), 7);
}

TEST_F(StoreCacheTest, ASnapshotOutlivesItsStore) {
  Write({PutEntity{Make("1", 7)}});
  const auto snapshot = Snapshot();
  EXPECT_EQ(Find(*snapshot, "1"), 7);
  store_ = nullptr;
  EXPECT_EQ(Find(*snapshot, "1"), 7);
  EXPECT_EQ(Find(*snapshot, "2"), -1);
}

TEST_F(StoreCacheTest, WarmingUpReadsWhatThereIs) {
  Write({PutEntity{Make("1", 7)}, PutEntity{Make("2", 8)}});
  ASSERT_TRUE(store_->Write("b", {PutEntity{Make("3", 9)}}).ok());
  Reopen();
  store_->StartWarmUp();
  while (store_->CacheStats().entities < 3) std::this_thread::yield();
  EXPECT_EQ(Find(*Snapshot(), "1"), 7);
  EXPECT_EQ(Find(*Snapshot(), "2"), 8);
  EXPECT_EQ(Find(**store_->Snapshot("b"), "3"), 9);
  EXPECT_EQ(store_->CacheStats().misses, 0u);
  Write({PutEntity{Make("1", 10)}});
  EXPECT_EQ(Find(*Snapshot(), "1"), 10);
}

TEST_F(StoreCacheTest, WarmingUpEndsWithTheStore) {
  std::vector<EntityMutation> mutations;
  for (int i = 0; i < 20'000; ++i) {
    mutations.push_back(PutEntity{Make(absl::StrCat(i), i)});
  }
  Write(mutations);
  Reopen();
  store_->StartWarmUp();
  Reopen();
  store_->StartWarmUp();
  EXPECT_EQ(store_->CacheStats().evicted, 0u);
}

// Whatever is written meanwhile, what is found is what the database has.
TEST_F(StoreCacheTest, ReadersFindWhatTheDatabaseHas) {
  constexpr int kIds = 3'000;
  constexpr int kOften = 20;
  constexpr int kWrites = 150;
  const auto id = [](std::mt19937& random) {
    return absl::StrCat(random() % (random() % 2 == 0 ? kOften : kIds));
  };
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  const auto read = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::shared_ptr<EntitySnapshot> held = Snapshot();
    for (int i = 0; i < 500 || !done; ++i) {
      if (random() % 32 == 0) held = Snapshot();
      const auto snapshot = random() % 4 == 0 ? held : Snapshot();
      SnapshotReader reader(snapshot.get());
      for (int n = random() % 8; n >= 0; --n) {
        const std::string name = id(random);
        const auto expected = snapshot->Read({"Person", name});
        const FoundEntity found = *reader.Find({"Person", name});
        const bool same =
            expected->exists
                ? !(found == nullptr) && *found.digest() == expected->digest &&
                      found->attributes == expected->entity.attributes
                : found == nullptr;
        if (!same) ++wrong;
      }
    }
  };
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) readers.emplace_back(read, i);
  store_->StartWarmUp();
  std::mt19937 random(9);
  for (int64_t i = 0; i < kWrites; ++i) {
    std::vector<EntityMutation> mutations;
    for (int n = random() % 200; n >= 0; --n) {
      if (random() % 8 == 0) {
        mutations.push_back(DeleteEntity{{"Person", id(random)}});
      } else {
        mutations.push_back(PutEntity{Make(id(random), 1'000 * i + n)});
      }
    }
    Write(mutations);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(store_->CacheStats().hits, 0u);
  EXPECT_GT(store_->CacheStats().evicted, 0u);
  EXPECT_GT(store_->CacheStats().invalidated, 0u);
}

}  // namespace
}  // namespace sekisho
