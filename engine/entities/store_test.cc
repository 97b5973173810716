#include "engine/entities/store.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/entities/key_format.h"
#include "engine/model/link.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"

namespace sekisho {
namespace {

using ::testing::ExitedWithCode;

std::string NewDirectory() {
  std::string path = testing::TempDir() + "/store-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

std::unique_ptr<EntityStore> OpenOrDie(const std::string& path) {
  auto store = EntityStore::Open(path);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

EntityMutation Put(const std::string& id, int64_t number = 0) {
  PutEntity put;
  put.entity.uid = {"Person", id};
  put.entity.attributes = Value::Record({{"number", Value::Long(number)}});
  return put;
}

LinkPtr MakeLink(const std::string& id) {
  return std::make_shared<const Link>(
      Link{id, "share", {"Person", "1"}, {"Record", id}});
}

EntityMutation Delete(const std::string& id) {
  return DeleteEntity{{"Person", id}};
}

WriteOptions AtRevision(uint64_t revision) {
  WriteOptions options;
  options.expected_revision = revision;
  return options;
}

class StoreTest : public testing::Test {
 protected:
  uint64_t Write(absl::string_view store,
                 const std::vector<EntityMutation>& mutations) {
    auto revision = store_->Write(store, mutations);
    EXPECT_TRUE(revision.ok()) << revision.status();
    return revision.ok() ? revision->revision : 0;
  }

  std::shared_ptr<EntitySnapshot> Snapshot(absl::string_view store) {
    auto snapshot = store_->Snapshot(store);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return snapshot.ok() ? *snapshot : nullptr;
  }

  // `id=number` of all entities, in order.
  static std::string Dump(EntitySnapshot& snapshot) {
    std::string out;
    absl::Status status = snapshot.ForEach([&out](const Entity& entity) {
      absl::StrAppend(&out, out.empty() ? "" : " ", entity.uid.id, "=",
                      entity.attributes.Find("number")->AsLong());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return out;
  }
  std::string Dump(absl::string_view store) { return Dump(*Snapshot(store)); }

  // The ids of the links, in order.
  std::string Links(absl::string_view store) {
    const auto links = store_->Links(store);
    if (!links.ok()) return std::string(links.status().message());
    std::string out;
    for (const LinkPtr& link : *links) {
      EXPECT_EQ(*link, *MakeLink(link->id));
      out += link->id;
    }
    return out;
  }

  void Reopen() {
    store_ = nullptr;
    store_ = OpenOrDie(path_);
  }

  const std::string path_ = NewDirectory();
  std::unique_ptr<EntityStore> store_ = OpenOrDie(path_);
};

TEST_F(StoreTest, RevisionsCountWrites) {
  EXPECT_EQ(Snapshot("a")->revision(), 0u);
  EXPECT_EQ(Write("a", {Put("1")}), 1u);
  EXPECT_EQ(Write("a", {Put("2"), Put("3"), Delete("1")}), 2u);
  EXPECT_EQ(Write("a", {}), 2u);
  EXPECT_EQ(Snapshot("a")->revision(), 2u);
  Reopen();
  EXPECT_EQ(Snapshot("a")->revision(), 2u);
  EXPECT_EQ(Write("a", {Delete("none")}), 3u);
}

TEST_F(StoreTest, MutationsApplyInOrder) {
  Write("a", {Put("1", 1), Put("1", 2), Delete("2"), Put("2", 3), Put("3"),
              Delete("3")});
  EXPECT_EQ(Dump("a"), "1=2 2=3");
}

TEST_F(StoreTest, ExpectedRevision) {
  EXPECT_EQ(store_->Write("a", {Put("1", 1)}, AtRevision(0))->revision, 1u);
  auto refused = store_->Write("a", {Put("1", 2), Put("2")}, AtRevision(0));
  EXPECT_EQ(refused.status(),
            absl::AbortedError("the revision is 1, not the expected 0"));
  EXPECT_EQ(Dump("a"), "1=1");
  EXPECT_EQ(store_->Write("a", {Put("1", 2)}, AtRevision(1))->revision, 2u);
}

TEST_F(StoreTest, ABadMutationRefusesAll) {
  Value deep = Value::Long(0);
  for (int i = 0; i < 100; ++i) deep = Value::Set({deep});
  PutEntity bad;
  bad.entity.uid = {"Person", "2"};
  bad.entity.attributes = Value::Record({{"deep", deep}});
  auto refused = store_->Write("a", {Put("1"), bad});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Dump("a"), "");
  EXPECT_EQ(Snapshot("a")->revision(), 0u);
}

TEST_F(StoreTest, ASnapshotStaysAsItWas) {
  Write("a", {Put("1", 1), Put("2", 2)});
  auto before = Snapshot("a");
  Write("a", {Put("1", 10), Delete("2"), Put("3", 3)});
  EXPECT_EQ(Dump(*before), "1=1 2=2");
  EXPECT_EQ(before->revision(), 1u);
  EXPECT_EQ(Dump("a"), "1=10 3=3");
  store_ = nullptr;
  EXPECT_EQ(Dump(*before), "1=1 2=2");
}

// Ids that begin with one another, and entity keys that would run into the next
// store's if ids were not length-prefixed.
TEST_F(StoreTest, PolicyStoresDoNotLeak) {
  const std::vector<std::string> stores = {"a",  "ae", "aer", "b",
                                           "ab", "A",  "a.",  "default"};
  int64_t number = 0;
  for (const std::string& store : stores) {
    Write(store, {Put("1", ++number), Put(store, number)});
  }
  number = 0;
  for (const std::string& store : stores) {
    ++number;
    EXPECT_EQ(Snapshot(store)->revision(), 1u);
    std::vector<std::string> expected = {absl::StrCat("1=", number),
                                         absl::StrCat(store, "=", number)};
    EXPECT_EQ(Dump(store), absl::StrCat(expected[0], " ", expected[1]));
  }
  Write("a", {Delete("1"), Delete("a")});
  EXPECT_EQ(Dump("a"), "");
  EXPECT_EQ(Dump("ae"), "1=2 ae=2");
  Reopen();
  EXPECT_EQ(store_->PolicyStores(),
            (std::vector<std::string>{"A", "a", "a.", "ab", "ae", "aer", "b",
                                      "default"}));
}

TEST_F(StoreTest, PolicyStoreIds) {
  for (const char* id : {"", "a/b", "a b", "\xe9\x96\xa2", "a\n"}) {
    EXPECT_EQ(store_->Write(id, {Put("1")}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(store_->Snapshot(id).ok());
  }
  EXPECT_FALSE(ValidatePolicyStoreId(std::string(65, 'a')).ok());
  EXPECT_TRUE(ValidatePolicyStoreId(std::string(64, 'a')).ok());
  EXPECT_TRUE(store_->PolicyStores().empty());
}

TEST_F(StoreTest, ForEachStopsAtAnError) {
  Write("a", {Put("1"), Put("2"), Put("3")});
  int seen = 0;
  absl::Status status = Snapshot("a")->ForEach([&seen](const Entity&) {
    return ++seen == 2 ? absl::CancelledError("enough") : absl::OkStatus();
  });
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(seen, 2);
}

TEST_F(StoreTest, ForEachOfAType) {
  PutEntity ward;
  ward.entity.uid = {"Ward", "1"};
  PutEntity other = ward;
  other.entity.uid = {"Persona", "1"};
  Write("a", {ward, Put("1"), other, Put("2"), Put("")});
  std::string seen;
  auto visit = [&seen](const Entity& entity) {
    absl::StrAppend(&seen, entity.uid.ToString(), " ");
    return absl::OkStatus();
  };
  EXPECT_TRUE(Snapshot("a")->ForEach(visit, "Person").ok());
  EXPECT_EQ(seen, "Person::\"\" Person::\"1\" Person::\"2\" ");
  seen.clear();
  EXPECT_TRUE(Snapshot("a")->ForEach(visit, "Perso").ok());
  EXPECT_EQ(seen, "");
}

TEST_F(StoreTest, PatchesApplyToWhatIsStored) {
  Write("a", {Put("1", 1)});
  PatchEntity patch;
  patch.uid = {"Person", "1"};
  patch.set_attributes = Value::Record({{"number", Value::Long(2)}});
  auto written = store_->Write("a", {patch, Put("2", 2)});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->entities.size(), 2u);
  EXPECT_EQ(Dump("a"), "1=2 2=2");
  patch.uid.id = "3";
  EXPECT_EQ(store_->Write("a", {Delete("1"), patch}).status(),
            absl::FailedPreconditionError(
                "mutations[1].patch: there is no Person::\"3\""));
  // That of another policy store is none.
  Write("b", {Put("3")});
  EXPECT_FALSE(store_->Write("a", {patch}).ok());
  EXPECT_EQ(Dump("a"), "1=2 2=2");
  EXPECT_EQ(Snapshot("a")->revision(), 2u);
}

TEST_F(StoreTest, AWatermarkIsTheLatestOfItsSource) {
  const absl::Time time = absl::FromUnixNanos(1'700'000'000'123'456'789);
  auto confirm = [this](absl::string_view store, const std::string& source,
                        absl::Time at, std::vector<EntityMutation> mutations) {
    WriteOptions options;
    options.watermark = Watermark{source, at};
    auto written = store_->Write(store, mutations, options);
    EXPECT_TRUE(written.ok()) << written.status();
    return written.ok() ? written->revision : 0;
  };
  auto watermark = [this](absl::string_view store, absl::string_view source) {
    auto found = Snapshot(store)->WatermarkOf(source);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : std::nullopt;
  };
  EXPECT_EQ(watermark("a", "hr"), std::nullopt);
  EXPECT_EQ(confirm("a", "hr", time, {Put("1")}), 1u);
  auto before = Snapshot("a");
  // Confirmed alone, it is no revision; an older one changes nothing.
  EXPECT_EQ(confirm("a", "hr", time + absl::Seconds(1), {}), 1u);
  EXPECT_EQ(confirm("a", "hr", time, {}), 1u);
  EXPECT_EQ(confirm("a", "hrx", time + absl::Hours(1), {}), 1u);
  EXPECT_EQ(*before->WatermarkOf("hr"), time);
  before = nullptr;
  Reopen();
  EXPECT_EQ(watermark("a", "hr"), time + absl::Seconds(1));
  EXPECT_EQ(watermark("b", "hr"), std::nullopt);
  EXPECT_EQ(watermark("a", "h"), std::nullopt);
  WriteOptions bad;
  bad.watermark = Watermark{"h/r", time};
  EXPECT_EQ(store_->Write("a", {}, bad).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(StoreTest, AnImportGoesOnWhereItWas) {
  auto step = [this](const std::string& id, ImportProgress before,
                     ImportProgress after,
                     std::vector<EntityMutation> mutations) {
    WriteOptions options;
    options.import = ImportStep{id, before, after};
    return store_->Write("a", mutations, options).status();
  };
  const ImportProgress two = {2, 1, false};
  const ImportProgress end = {2, 1, true};
  EXPECT_TRUE(step("i", {}, two, {Put("1", 1)}).ok());
  EXPECT_EQ(step("i", {}, two, {Put("1", 2)}),
            absl::AbortedError("import `i` is at 2, not at 0: somebody else "
                               "goes on with it"));
  EXPECT_EQ(Dump("a"), "1=1");
  Reopen();
  EXPECT_EQ(*store_->Progress("a", "i"), two);
  EXPECT_EQ(*store_->Progress("a", "other"), ImportProgress());
  EXPECT_EQ(*store_->Progress("b", "i"), ImportProgress());
  EXPECT_TRUE(step("i", two, end, {}).ok());
  EXPECT_EQ(*store_->Progress("a", "i"), end);
  EXPECT_EQ(Snapshot("a")->revision(), 1u);
  EXPECT_FALSE(store_->Progress("a", "i/").ok());
}

TEST_F(StoreTest, Activations) {
  const absl::Time time = absl::FromUnixNanos(1234567890123456789);
  EXPECT_FALSE(store_->ActiveArtifact("a")->has_value());
  EXPECT_TRUE(store_->Activations("a", 10)->empty());
  EXPECT_EQ(store_->Artifact("a", "h1").status().code(),
            absl::StatusCode::kNotFound);

  ASSERT_TRUE(store_->SaveArtifact("a", "one", "h1", time).ok());
  auto second =
      store_->SaveArtifact("a", "two", "h2", time + absl::Seconds(1), "h1");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->version, 2u);
  auto refused = store_->SaveArtifact("a", "three", "h3", time, "h1");
  EXPECT_EQ(refused.status(), absl::AbortedError("the active policy is h2, not "
                                                 "the expected h1"));
  ASSERT_TRUE(store_->SaveArtifact("a", "one", "h1", time).ok());
  // Another store has its own.
  EXPECT_EQ(store_->SaveArtifact("b", "two", "h2", time, "h1").status(),
            absl::AbortedError("the active policy is none, not the expected "
                               "h1"));
  EXPECT_EQ(store_->SaveArtifact("b", "two", "h2", time, "")->version, 1u);
  EXPECT_EQ(Snapshot("a")->revision(), 0u);

  Reopen();
  auto active = store_->ActiveArtifact("a");
  ASSERT_TRUE(active.ok() && active->has_value());
  EXPECT_EQ((*active)->version, 3u);
  EXPECT_EQ((*active)->hash, "h1");
  EXPECT_EQ((*active)->time, time);
  EXPECT_EQ(*store_->Artifact("a", "h1"), "one");
  EXPECT_EQ(*store_->Artifact("a", "h2"), "two");
  EXPECT_FALSE(store_->Artifact("a", "h3").ok());
  EXPECT_FALSE(store_->Artifact("b", "h1").ok());
  auto latest = store_->Activations("a", 2);
  ASSERT_TRUE(latest.ok());
  ASSERT_EQ(latest->size(), 2u);
  EXPECT_EQ((*latest)[0].version, 3u);
  EXPECT_EQ((*latest)[1].version, 2u);
}

TEST_F(StoreTest, LinksAreKeptByPolicyStore) {
  const std::vector<LinkPtr> links = {MakeLink("b"), MakeLink("a"),
                                      MakeLink("c")};
  EXPECT_EQ(*store_->WriteLinks("a", links, {}), 1u);
  EXPECT_EQ(Write("a", {Put("1")}), 2u);
  EXPECT_EQ(*store_->WriteLinks("ab", {links.data(), 1}, {}, 0), 1u);
  EXPECT_EQ(store_->WriteLinks("a", {}, links, 1).status(),
            absl::AbortedError("the revision is 2, not the expected 1"));
  EXPECT_EQ(Links("a"), "abc");
  EXPECT_EQ(*store_->WriteLinks("a", {}, {links.data(), 2}, 2), 3u);
  EXPECT_EQ(Links("a"), "c");
  Reopen();
  EXPECT_EQ(Links("a"), "c");
  EXPECT_EQ(Links("ab"), "b");
  EXPECT_EQ(Links("b"), "");
  EXPECT_EQ(Snapshot("a")->revision(), 3u);
}

TEST_F(StoreTest, ASecondProcessIsRefused) {
  auto second = EntityStore::Open(path_);
  EXPECT_EQ(second.status(), absl::FailedPreconditionError(absl::StrCat(
                                 "another process has ", path_, " open")));
}

TEST_F(StoreTest, ANewDirectoryIsTheOwnersAlone) {
  const std::string path = path_ + "/one/two";
  ASSERT_TRUE(EntityStore::Open(path).ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_all);
}

TEST_F(StoreTest, ADamagedRecordIsAnError) {
  Write("a", {Put("1"), Put("2")});
  store_ = nullptr;
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, path_, &db).ok());
  ASSERT_TRUE(db->Put({}, EntityKey("a", {"Person", "1"}), "\x01\x07").ok());
  ASSERT_TRUE(db->Put({}, LinkKey("a", "x"), "\x01\x07").ok());
  delete db;
  Reopen();
  auto snapshot = Snapshot("a");
  EXPECT_EQ(snapshot->Read({"Person", "1"}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE(snapshot->Read({"Person", "2"}).ok());
  EXPECT_EQ(
      snapshot->ForEach([](const Entity&) { return absl::OkStatus(); }).code(),
      absl::StatusCode::kDataLoss);
  EXPECT_EQ(Links("a"), "entity store: a link is damaged");
}

TEST_F(StoreTest, ALaterFormatIsRefused) {
  store_ = nullptr;
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, path_, &db).ok());
  ASSERT_TRUE(db->Put({}, TableKey("", Table::kFormat), "\x02").ok());
  delete db;
  EXPECT_EQ(EntityStore::Open(path_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// Two entities are always written together with the same number; readers must
// never see them differ, nor a number other than their revision.
TEST_F(StoreTest, SnapshotsAreConsistentUnderWrites) {
  constexpr uint64_t kWrites = 200;
  Write("a", {Put("1", 1), Put("2", 1)});
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([this, &done] {
      uint64_t last = 0;
      while (!done) {
        auto snapshot = Snapshot("a");
        uint64_t revision = snapshot->revision();
        EXPECT_GE(revision, last);
        last = revision;
        EXPECT_EQ(Dump(*snapshot),
                  absl::StrCat("1=", revision, " 2=", revision));
      }
    });
  }
  std::thread other([this] {
    for (uint64_t i = 0; i < kWrites; ++i) Write("b", {Put("1", -1)});
  });
  for (uint64_t i = 2; i <= kWrites; ++i) {
    auto number = static_cast<int64_t>(i);
    EXPECT_EQ(Write("a", {Put("1", number), Put("2", number)}), i);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  other.join();
}

TEST_F(StoreTest, ConcurrentWritersEachGetARevision) {
  std::vector<std::thread> writers;
  std::atomic<uint64_t> sum = 0;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([this, &sum, t] {
      for (int i = 0; i < 25; ++i) sum += Write("a", {Put(absl::StrCat(t))});
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Snapshot("a")->revision(), 100u);
  EXPECT_EQ(sum, 100u * 101u / 2);
}

// The process ends right after the acknowledgement, with nothing closed.
TEST(StoreDeathTest, AcknowledgedWritesSurviveTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  // The child runs this test from its start, in the directory of its parent.
  const char kDirectory[] = "SEKISHO_STORE_TEST_DIRECTORY";
  if (std::getenv(kDirectory) == nullptr) {
    setenv(kDirectory, NewDirectory().c_str(), 1);
  }
  const std::string path = std::getenv(kDirectory);
  EXPECT_EXIT(
      {
        auto child = OpenOrDie(path);
        const LinkPtr link = MakeLink("x");
        bool ok = child->Write("a", {Put("1", 7)}).ok() &&
                  child->WriteLinks("a", {&link, 1}, {}).ok() &&
                  child->SaveArtifact("a", "x", "h", absl::Now()).ok();
        _exit(ok ? 0 : 1);
      },
      ExitedWithCode(0), "");
  auto store = OpenOrDie(path);
  auto snapshot = store->Snapshot("a");
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ((*snapshot)->revision(), 2u);
  EXPECT_TRUE((*snapshot)->Read({"Person", "1"})->exists);
  EXPECT_EQ(store->Links("a")->size(), 1u);
  EXPECT_EQ((*store->ActiveArtifact("a"))->hash, "h");
}

}  // namespace
}  // namespace sekisho
