// A process that appends under load is killed with SIGKILL, again and again.
// Every record that was acknowledged is there afterwards, where it was said to
// be, and the log verifies.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/log/log_writer.h"
#include "engine/log/merkle.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

DecisionLogOptions Options() {
  DecisionLogOptions options = TestLog::Options();
  options.segment_bytes = 64 << 10;
  options.fsync_window = absl::Milliseconds(5);
  options.checkpoint_interval = absl::Milliseconds(10);
  options.record_lifecycle = true;
  return options;
}

// Appends in two threads, and writes each position to `pipe` once it has it.
// Ends only by a signal.
[[noreturn]] void AppendForever(const std::string& directory, int pipe,
                                int round) {
  auto log = DecisionLog::Open(directory, SampleKey(), Options());
  if (!log.ok()) {
    fprintf(stderr, "%s\n", log.status().ToString().c_str());
    _exit(1);
  }
  const auto append = [&log, pipe, round](int thread) {
    for (int i = 0;; ++i) {
      Record record = NumberedRecord(10 * i + 1);
      record.request_id =
          absl::StrCat(round, ".", thread, ".", i, std::string(i % 300, 'x'));
      record.salt = NewSalt();
      record.time_ns = absl::ToUnixNanos(absl::Now());
      // Each third brings something new.
      const std::string content = absl::StrCat("e", round, thread, i / 3);
      std::get<DecisionBody>(record.body).basis.evidence = {
          {{"E", "1"}, Sha256(content)}};
      const auto position =
          (*log)->Append(record, {{Sha256(content), content}});
      if (!position.ok()) _exit(2);
      if (write(pipe, &*position, sizeof(*position)) != sizeof(*position)) {
        _exit(3);
      }
    }
  };
  std::thread other(append, 1);
  append(2);
  _exit(4);
}

TEST(KillTest, AcknowledgedRecordsSurvive) {
  TestLog test;
  std::mt19937 random(301);
  std::vector<LogPosition> acknowledged;
  constexpr int kRounds = 15;
  for (int round = 0; round < kRounds; ++round) {
    int pipe_fds[2];
    ASSERT_EQ(pipe(pipe_fds), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_fds[0]);
      AppendForever(test.directory(), pipe_fds[1], round);
    }
    close(pipe_fds[1]);
    // Somewhere among the next records.
    const size_t enough = acknowledged.size() + 1 + random() % 3000;
    LogPosition position;
    bool is_killed = false;
    while (read(pipe_fds[0], &position, sizeof(position)) == sizeof(position)) {
      acknowledged.push_back(position);
      if (acknowledged.size() >= enough && !is_killed) {
        kill(child, SIGKILL);
        is_killed = true;
      }
    }
    close(pipe_fds[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);

    // As it was left, before anything is cut. Nothing is wrong but perhaps a
    // checkpoint that was being published.
    for (const std::string& problem : test.Problems()) {
      EXPECT_THAT(problem, testing::HasSubstr("checkpoint")) << round;
    }
  }
  ASSERT_TRUE(test.Open(Options()).ok());
  EXPECT_OK(test.Close());
  EXPECT_THAT(test.Problems(), testing::IsEmpty());

  const std::vector<std::string> records = test.Records();
  EXPECT_GE(acknowledged.size(), kRounds);
  for (const LogPosition& position : acknowledged) {
    ASSERT_LT(position.index, records.size());
    EXPECT_EQ(LeafHash(records[position.index]), position.leaf_hash)
        << position.index;
  }
}

}  // namespace
}  // namespace sekisho
