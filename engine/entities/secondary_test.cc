// EntityStore::OpenSecondary: beside a writer, and without one.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/entities/mutation.h"
#include "engine/entities/store.h"
#include "engine/model/value.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

namespace fs = std::filesystem;

std::string NewDirectory() {
  std::string path = testing::TempDir() + "/secondary-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

EntityMutation Put(const std::string& id, int64_t number) {
  PutEntity put;
  put.entity.uid = {"Person", id};
  put.entity.attributes = Value::Record({{"number", Value::Long(number)}});
  return put;
}

// Longer than a block of the log.
EntityMutation PutLarge(const std::string& id, int64_t number) {
  PutEntity put;
  put.entity.uid = {"Person", id};
  put.entity.attributes =
      Value::Record({{"number", Value::Long(number)},
                     {"text", Value::String(std::string(100'000, 'x'))}});
  return put;
}

EntityMutation Delete(const std::string& id) {
  return DeleteEntity{{"Person", id}};
}

// `revision: id=number ..`
std::string Dump(EntitySnapshot& snapshot) {
  std::string out = absl::StrCat(snapshot.revision(), ":");
  absl::Status status = snapshot.ForEach([&](const Entity& entity) {
    absl::StrAppend(&out, " ", entity.uid.id, "=",
                    entity.attributes.Find("number")->AsLong());
    SnapshotReader reader(&snapshot);
    auto found = reader.Find(entity.uid);
    EXPECT_TRUE(found.ok() && *found != nullptr) << entity.uid.ToString();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

std::string Dump(const EntityStore& store) {
  auto snapshot = store.Snapshot("default");
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  return snapshot.ok() ? Dump(**snapshot) : "";
}

std::set<std::string> FilesOf(const std::string& path) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(path)) {
    names.insert(entry.path().filename());
  }
  return names;
}

class SecondaryTest : public testing::Test {
 protected:
  SecondaryTest() : path_(NewDirectory()) { Open(); }

  void Open() {
    primary_.reset();
    auto store = EntityStore::Open(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    primary_ = *std::move(store);
  }

  void Write(const std::vector<EntityMutation>& mutations) {
    auto written = primary_->Write("default", mutations);
    ASSERT_TRUE(written.ok()) << written.status();
  }

  std::unique_ptr<EntityStore> Secondary() {
    auto store = EntityStore::OpenSecondary(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  const std::string path_;
  std::unique_ptr<EntityStore> primary_;
};

TEST_F(SecondaryTest, ShowsWhatWasAcknowledgedAndStaysSo) {
  Write({Put("a", 1), Put("b", 1)});
  const auto first = Secondary();
  EXPECT_EQ(Dump(*first), "1: a=1 b=1");
  EXPECT_FALSE(*first->IsOutdated());

  Write({Put("a", 2), Delete("b")});
  EXPECT_TRUE(*first->IsOutdated());
  EXPECT_EQ(Dump(*first), "1: a=1 b=1");
  EXPECT_EQ(Dump(*Secondary()), "2: a=2");
}

TEST_F(SecondaryTest, ShowsPoliciesAndLinks) {
  ASSERT_TRUE(
      primary_->SaveArtifact("default", "bytes", "hash", absl::UnixEpoch())
          .ok());
  const auto link = std::make_shared<const Link>(
      Link{"l", "share", {"Person", "1"}, {"Record", "2"}});
  ASSERT_TRUE(primary_->WriteLinks("default", {link}, {}).ok());
  const auto secondary = Secondary();
  EXPECT_EQ(secondary->PolicyStores(), std::vector<std::string>{"default"});
  EXPECT_EQ((*secondary->ActiveArtifact("default"))->hash, "hash");
  EXPECT_EQ(*secondary->Artifact("default", "hash"), "bytes");
  EXPECT_EQ((*secondary->Links("default")).at(0)->id, "l");
}

// Each reopening turns the log into a table; of several, one is made, and the
// others are deleted.
TEST_F(SecondaryTest, OutlivesTheFilesThatItReads) {
  for (int i = 0; i < 20; ++i) Write({Put(absl::StrCat("old-", i), i)});
  Open();
  for (int i = 0; i < 20; ++i) Write({Put(absl::StrCat("new-", i), i)});
  const auto held = Secondary();
  const std::string before = Dump(*held);
  EXPECT_EQ(before, Dump(*primary_));
  const std::set<std::string> files = FilesOf(path_);

  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 20; ++i) {
      Write({Delete(absl::StrCat("old-", i)), Put(absl::StrCat("new-", i), 7)});
    }
    Open();
    EXPECT_EQ(Dump(*Secondary()), Dump(*primary_));
  }
  size_t tables_left = 0;
  for (const std::string& name : FilesOf(path_)) {
    tables_left += name.ends_with(".sst") && files.contains(name);
  }
  EXPECT_EQ(tables_left, 0) << "nothing was deleted under the secondary";
  EXPECT_EQ(Dump(*held), before);
}

// The writer is started again and again, so that logs become tables and are
// deleted while they are read. What has been deleted stays so.
TEST_F(SecondaryTest, EveryStateIsOneThatWasWritten) {
  constexpr int kWrites = 150;
  std::atomic<bool> done = false;
  std::atomic<int> acknowledged = 0;
  std::thread writer([&] {
    for (int i = 1; i <= kWrites; ++i) {
      // Of `even` and `odd` there is always one.
      Write({Put("a", i), PutLarge("b", i), Put(i % 2 == 0 ? "even" : "odd", i),
             Delete(i % 2 == 0 ? "odd" : "even")});
      acknowledged = i;
      if (i % 2 == 0) Open();
    }
    done = true;
  });
  int opened = 0;
  int last = 0;
  do {
    const int least = acknowledged;
    auto secondary = EntityStore::OpenSecondary(path_);
    // The writer may be too fast, but nothing worse.
    if (!secondary.ok()) {
      EXPECT_EQ(secondary.status().code(), absl::StatusCode::kUnavailable)
          << secondary.status();
      continue;
    }
    ++opened;
    auto snapshot = (*secondary)->Snapshot("default");
    ASSERT_TRUE(snapshot.ok());
    const int revision = (*snapshot)->revision();
    EXPECT_GE(revision, least);
    EXPECT_GE(revision, last);
    last = revision;
    if (revision == 0) continue;
    EXPECT_EQ(Dump(**snapshot),
              absl::StrCat(revision, ": a=", revision, " b=", revision, " ",
                           revision % 2 == 0 ? "even=" : "odd=", revision));
  } while (!done);
  writer.join();
  EXPECT_GT(opened, 0);
  EXPECT_EQ(Dump(*Secondary()), Dump(*primary_));
}

TEST_F(SecondaryTest, LeavesNoTrace) {
  Write({Put("a", 1)});
  const std::set<std::string> before = FilesOf(path_);
  EXPECT_EQ(Dump(*Secondary()), "1: a=1");
  EXPECT_EQ(FilesOf(path_), before);
  Write({Put("a", 2)});
  Open();
  EXPECT_EQ(Dump(*primary_), "2: a=2");
}

TEST_F(SecondaryTest, NeedsNoWriter) {
  Write({Put("a", 1)});
  primary_.reset();
  EXPECT_EQ(Dump(*Secondary()), "1: a=1");
}

// A writer that was killed leaves the beginning of a write.
TEST_F(SecondaryTest, AWriteThatWasCutOffIsNotThere) {
  Write({Put("a", 1)});
  Write({Put("a", 2), Put("b", 2)});
  primary_.reset();
  std::string log;
  for (const std::string& name : FilesOf(path_)) {
    if (name.ends_with(".log")) log = path_ + "/" + name;
  }
  ASSERT_FALSE(log.empty());
  fs::resize_file(log, fs::file_size(log) - 1);
  EXPECT_EQ(Dump(*Secondary()), "1: a=1");
}

TEST_F(SecondaryTest, ThereIsNoStore) {
  const std::string path = NewDirectory() + "/none";
  EXPECT_EQ(EntityStore::OpenSecondary(path).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(SecondaryTest, DamageIsNotLessData) {
  Write({Put("a", 1)});
  Open();
  Write({Put("b", 1)});
  Open();
  primary_.reset();
  for (const std::string& name : FilesOf(path_)) {
    if (!name.ends_with(".sst")) continue;
    fs::rename(path_ + "/" + name, path_ + "/away");
    auto secondary = EntityStore::OpenSecondary(path_);
    EXPECT_FALSE(secondary.ok()) << name << " " << Dump(**secondary);
    fs::rename(path_ + "/away", path_ + "/" + name);
  }
  EXPECT_EQ(Dump(*Secondary()), "2: a=1 b=1");
}

}  // namespace
}  // namespace sekisho
