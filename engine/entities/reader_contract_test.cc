// What every EntityReader must do, run on each of them.
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/entities/memory.h"
#include "engine/entities/store.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// Something that can be filled and read.
class Source {
 public:
  virtual ~Source() = default;
  virtual void Put(const Entity& entity) = 0;
  virtual void Delete(const EntityUid& uid) = 0;
  // So many, of what was put and deleted so far.
  virtual std::vector<std::unique_ptr<EntityReader>> Readers(int count) = 0;

  std::unique_ptr<EntityReader> Reader() { return std::move(Readers(1)[0]); }
};

class MemorySource : public Source {
 public:
  void Put(const Entity& entity) override { entities_.Put(entity); }
  void Delete(const EntityUid& uid) override { entities_.Delete(uid); }
  std::vector<std::unique_ptr<EntityReader>> Readers(int count) override {
    std::vector<std::unique_ptr<EntityReader>> readers;
    for (int i = 0; i < count; ++i) {
      readers.push_back(std::make_unique<MemoryEntities>(entities_));
    }
    return readers;
  }

 private:
  MemoryEntities entities_;
};

class StoreSource : public Source {
 public:
  explicit StoreSource(const EntityStoreOptions& options = {})
      : options_(options), path_(testing::TempDir() + "/contract-XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
    Open();
  }

  void Put(const Entity& entity) override { Write(PutEntity{entity}); }
  void Delete(const EntityUid& uid) override { Write(DeleteEntity{uid}); }
  std::vector<std::unique_ptr<EntityReader>> Readers(int count) override {
    auto snapshot = store_->Snapshot("contract");
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    std::vector<std::unique_ptr<EntityReader>> readers;
    for (int i = 0; i < count; ++i) {
      readers.push_back(std::make_unique<HeldReader>(*snapshot));
    }
    return readers;
  }

 protected:
  void Open() {
    store_ = nullptr;
    auto store = EntityStore::Open(path_, options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

 private:
  class HeldReader : public EntityReader {
   public:
    explicit HeldReader(std::shared_ptr<EntitySnapshot> snapshot)
        : snapshot_(std::move(snapshot)), reader_(snapshot_.get()) {}

    absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override {
      return reader_.Find(uid);
    }

   private:
    std::shared_ptr<EntitySnapshot> snapshot_;
    SnapshotReader reader_;
  };

  void Write(EntityMutation mutation) {
    auto revision = store_->Write("contract", {std::move(mutation)});
    EXPECT_TRUE(revision.ok()) << revision.status();
  }

  const EntityStoreOptions options_;
  std::string path_;
  std::unique_ptr<EntityStore> store_;
};

EntityStoreOptions WithoutCache() {
  EntityStoreOptions options;
  options.entity_cache_bytes = 0;
  return options;
}

// Reads only what is on disk.
class ReopenedStoreSource : public StoreSource {
 public:
  std::vector<std::unique_ptr<EntityReader>> Readers(int count) override {
    Open();
    return StoreSource::Readers(count);
  }
};

struct Reader {
  std::string name;
  std::function<std::unique_ptr<Source>()> make;
};

class ReaderContractTest : public testing::TestWithParam<Reader> {
 protected:
  static FoundEntity Find(EntityReader& reader, const EntityUid& uid) {
    auto found = reader.Find(uid);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : nullptr;
  }

  std::unique_ptr<Source> source_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(
    Readers, ReaderContractTest,
    testing::Values(
        Reader{"Memory", [] { return std::make_unique<MemorySource>(); }},
        Reader{"Store", [] { return std::make_unique<StoreSource>(); }},
        Reader{"StoreWithoutCache",
               [] { return std::make_unique<StoreSource>(WithoutCache()); }},
        Reader{"ReopenedStore",
               [] { return std::make_unique<ReopenedStoreSource>(); }}),
    [](const auto& reader) { return reader.param.name; });

Entity Make(EntityUid uid, int64_t number = 0) {
  Entity entity;
  entity.uid = std::move(uid);
  entity.attributes = Value::Record({{"number", Value::Long(number)}});
  return entity;
}

TEST_P(ReaderContractTest, AnEmptySourceHasNothing) {
  EXPECT_TRUE(Find(*source_->Reader(), {"Person", "1"}) == nullptr);
  EXPECT_TRUE(Find(*source_->Reader(), {"", ""}) == nullptr);
}

TEST_P(ReaderContractTest, FindReturnsWhatWasPut) {
  Entity entity;
  entity.uid = {"Health::Person", "看護師 \"1\""};
  entity.attributes = Value::Record(
      {{"roles", Value::Set({Value::Entity({"Role", "nurse"}),
                             Value::Record({{"deep", Value::Bool(true)}})})}});
  entity.tags = Value::Record({{"ward", Value::String("")}});
  entity.parents = {{"Org", "a"}, {"Org", "b"}};
  source_->Put(entity);
  auto reader = source_->Reader();
  const FoundEntity found = Find(*reader, entity.uid);
  ASSERT_FALSE(found == nullptr);
  EXPECT_EQ(found->uid, entity.uid);
  EXPECT_EQ(found->attributes, entity.attributes);
  EXPECT_EQ(found->tags, entity.tags);
  EXPECT_EQ(found->parents, entity.parents);
}

TEST_P(ReaderContractTest, AnEntityMayBeEmpty) {
  Entity entity;
  entity.uid = {"Person", ""};
  source_->Put(entity);
  auto reader = source_->Reader();
  const FoundEntity found = Find(*reader, entity.uid);
  ASSERT_FALSE(found == nullptr);
  EXPECT_EQ(found->attributes, Value::Record({}));
  EXPECT_EQ(found->tags, Value::Record({}));
  EXPECT_TRUE(found->parents.empty());
}

// Types and ids that would meet if they were simply joined.
TEST_P(ReaderContractTest, UidsDoNotMeet) {
  const std::vector<EntityUid> uids = {
      {"A", "B"},   {"AB", ""},   {"", "AB"},
      {"A", "\0B"}, {"A::B", ""}, {"A", std::string("\0B", 2)},
      {"A", "b"},   {"a", "B"},   {"A", "B "}};
  for (size_t i = 0; i < uids.size(); ++i) {
    if (!(Find(*source_->Reader(), uids[i]) == nullptr)) continue;
    source_->Put(Make(uids[i], static_cast<int64_t>(i)));
  }
  auto reader = source_->Reader();
  for (const EntityUid& uid : uids) {
    auto found = Find(*reader, uid);
    ASSERT_FALSE(found == nullptr) << uid.ToString();
    EXPECT_EQ(found->uid, uid);
  }
  EXPECT_TRUE(Find(*reader, {"A", "BB"}) == nullptr);
}

TEST_P(ReaderContractTest, PutReplacesAndDeleteRemoves) {
  const EntityUid uid = {"Person", "1"};
  source_->Put(Make(uid, 1));
  source_->Put(Make(uid, 2));
  auto reader = source_->Reader();
  EXPECT_EQ(Find(*reader, uid)->attributes, Make(uid, 2).attributes);
  reader = nullptr;
  source_->Delete(uid);
  EXPECT_TRUE(Find(*source_->Reader(), uid) == nullptr);
  source_->Delete(uid);
  EXPECT_TRUE(Find(*source_->Reader(), uid) == nullptr);
}

TEST_P(ReaderContractTest, WhatWasFoundLivesAsLongAsTheReader) {
  const EntityUid uid = {"Person", "1"};
  source_->Put(Make(uid, 1));
  auto reader = source_->Reader();
  const FoundEntity found = Find(*reader, uid);
  source_->Delete(uid);
  source_ = nullptr;
  EXPECT_EQ(found->attributes, Make(uid, 1).attributes);
}

TEST_P(ReaderContractTest, SeveralThreadsMayRead) {
  for (int i = 0; i < 100; ++i) {
    source_->Put(Make({"Person", std::to_string(i)}, i));
  }
  auto readers = source_->Readers(4);
  std::vector<std::thread> threads;
  for (auto& reader : readers) {
    threads.emplace_back([&reader] {
      for (int i = 0; i < 1000; ++i) {
        EntityUid uid = {"Person", std::to_string(i % 200)};
        EXPECT_EQ(Find(*reader, uid) == nullptr, i % 200 >= 100);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sekisho
