// Several threads append while others flush, sign and look.
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/log/log_writer.h"
#include "engine/log/merkle.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

void AppendFromManyThreads(Durability durability, int appends) {
  TestLog test;
  DecisionLogOptions options = TestLog::Options();
  options.segment_bytes = 16 << 10;
  options.durability = durability;
  options.fsync_window = absl::Milliseconds(2);
  options.checkpoint_interval = absl::Milliseconds(5);
  options.append_timeout = absl::Seconds(60);
  options.max_unsynced_bytes = 32 << 10;
  ASSERT_TRUE(test.Open(options).ok());

  constexpr int kThreads = 4;
  std::vector<std::vector<LogPosition>> positions(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&test, &positions, t, appends] {
      for (int i = 0; i < appends; ++i) {
        Record record = NumberedRecord(1);
        record.request_id = absl::StrCat(t, ".", i);
        // The same evidence comes from all threads.
        const std::string content = absl::StrCat("evidence ", i / 10);
        std::get<DecisionBody>(record.body).basis.evidence = {
            {{"E", "1"}, Sha256(content)}};
        const auto position =
            test.log().Append(record, {{Sha256(content), content}});
        ASSERT_TRUE(position.ok()) << position.status();
        positions[t].push_back(*position);
      }
    });
  }
  std::atomic<bool> is_done = false;
  std::thread watcher([&test, &is_done] {
    for (int i = 0; !is_done; ++i) {
      const LogHealth health = test.log().health();
      EXPECT_LE(health.checkpoint_size, health.durable_size);
      EXPECT_LE(health.durable_size, health.size);
      if (health.size > 0 && i % 3 == 0) EXPECT_OK(test.log().Sync());
      if (health.size > 0 && i % 5 == 0) {
        EXPECT_TRUE(test.log().SignCheckpointNow().ok());
      }
      test.log().PublishedCheckpoint();
    }
  });
  for (std::thread& thread : threads) thread.join();
  is_done = true;
  watcher.join();
  EXPECT_OK(test.Close());
  EXPECT_THAT(test.Problems(), testing::IsEmpty());

  const std::vector<std::string> records = test.Records();
  EXPECT_EQ(records.size(), kThreads * appends);
  for (const std::vector<LogPosition>& of_thread : positions) {
    uint64_t next = 0;
    for (const LogPosition& position : of_thread) {
      EXPECT_GE(position.index, next);
      next = position.index + 1;
      EXPECT_EQ(LeafHash(records.at(position.index)), position.leaf_hash);
    }
  }
}

TEST(ThreadsTest, Group) { AppendFromManyThreads(Durability::kGroup, 1500); }
TEST(ThreadsTest, Sync) { AppendFromManyThreads(Durability::kSync, 150); }

TEST(ThreadsTest, ClosingWhileOthersAppend) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  std::atomic<int> appended = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&test, &appended] {
      while (AppendNumbered(test.log(), 1).ok()) ++appended;
    });
  }
  while (appended < 100) std::this_thread::yield();
  EXPECT_OK(test.log().Close("test"));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(test.Records().size(), appended);
  EXPECT_THAT(test.Problems(), testing::IsEmpty());
}

}  // namespace
}  // namespace sekisho
