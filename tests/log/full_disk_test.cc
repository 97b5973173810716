// A log on a file system of one megabyte of its own.
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/log/log_writer.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// Mounts made from here on are seen by this process alone: others, such as
// Bazel's sandboxes, stumble over mounts that come and go. As an ordinary user
// in a name space of its own, if need be.
bool HideMounts() {
  const std::string uid = absl::StrCat("0 ", geteuid(), " 1");
  const std::string gid = absl::StrCat("0 ", getegid(), " 1");
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << uid;
    std::ofstream("/proc/self/gid_map") << gid;
  }
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

class FullDiskTest : public testing::Test {
 protected:
  void SetUp() override {
    mount_ = test_.Path("disk");
    ASSERT_EQ(mkdir(mount_.c_str(), 0700), 0);
    static const bool is_hidden = HideMounts();
    if (!is_hidden ||
        mount("tmpfs", mount_.c_str(), "tmpfs", 0, "size=1m") != 0) {
      mount_.clear();
      GTEST_SKIP() << "cannot mount a file system: " << strerror(errno);
    }
  }
  void TearDown() override {
    log_ = nullptr;
    if (mount_.empty()) return;
    EXPECT_EQ(umount2(mount_.c_str(), MNT_DETACH), 0);
  }

  absl::Status Open() {
    DecisionLogOptions options = TestLog::Options();
    options.segment_bytes = 64 << 10;
    // Not a multiple of a segment: a page more or less changes nothing.
    options.reserve_bytes = 288 << 10;
    auto log = DecisionLog::Open(Directory(), SampleKey(), options);
    if (log.ok()) log_ = *std::move(log);
    return log.status();
  }
  std::string Directory() const { return absl::StrCat(mount_, "/log"); }

  // Appends until it is refused, and returns the reason.
  absl::Status Fill() {
    for (;; ++appended_) {
      // Not so fast that nobody could warn.
      if (appended_ % 50 == 0) absl::SleepFor(absl::Milliseconds(5));
      const absl::Status status = AppendNumbered(*log_, appended_);
      if (!status.ok()) return status;
      if (!log_->health().space.ok() && warned_at_ == 0) {
        warned_at_ = appended_;
      }
    }
  }

  TestLog test_;
  std::string mount_;
  std::unique_ptr<DecisionLog> log_;
  int appended_ = 0;
  int warned_at_ = 0;
};

TEST_F(FullDiskTest, IsNoticedEarlyAndRefusedAndRecovered) {
  ASSERT_TRUE(Open().ok());
  const absl::Status status = Fill();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("the log is full: the disk of"));
  // The warning came a good part of a segment before, some 400 records.
  EXPECT_GT(warned_at_, 0);
  EXPECT_LT(warned_at_, appended_ - 200);
  // What is left is the reserve, and the checkpoints still have room.
  EXPECT_GE(std::filesystem::space(mount_).available, 128 << 10);
  EXPECT_TRUE(log_->SignCheckpointNow().ok());
  EXPECT_EQ(AppendNumbered(*log_, 1).code(), absl::StatusCode::kUnavailable);

  // As soon as there is room it goes on.
  ASSERT_EQ(mount(nullptr, mount_.c_str(), nullptr, MS_REMOUNT, "size=2m"), 0);
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!AppendNumbered(*log_, appended_).ok()) {
    ASSERT_LT(absl::Now(), deadline);
    absl::SleepFor(absl::Milliseconds(50));
  }
  ++appended_;
  EXPECT_OK(log_->Close("test"));
  VerifyOptions options;
  options.keys = {SampleKey().verifier()};
  const auto result = VerifyLog(Directory(), options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->problems, testing::IsEmpty());
  EXPECT_EQ(result->records, appended_);
}

TEST_F(FullDiskTest, OthersFillingTheDiskTakeNothingFromTheSegments) {
  ASSERT_TRUE(Open().ok());
  while (log_->health().size < 10) {
    EXPECT_OK(AppendNumbered(*log_, appended_++));
  }
  std::ofstream filler(absl::StrCat(mount_, "/filler"));
  filler << std::string(2 << 20, 'x');
  filler.close();
  EXPECT_EQ(std::filesystem::space(mount_).available, 0);
  EXPECT_EQ(Fill().code(), absl::StatusCode::kUnavailable);
  EXPECT_GT(appended_, 400);
  // Even the checkpoint has no room; nothing that was acknowledged is lost.
  EXPECT_FALSE(log_->SignCheckpointNow().ok());
  std::filesystem::remove(absl::StrCat(mount_, "/filler"));
  EXPECT_TRUE(log_->SignCheckpointNow().ok());
  EXPECT_OK(log_->Close("test"));
  VerifyOptions options;
  options.keys = {SampleKey().verifier()};
  const auto result = VerifyLog(Directory(), options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->problems, testing::IsEmpty());
  EXPECT_EQ(result->records, appended_);
}

TEST_F(FullDiskTest, WhatIsTooLargeForTheDiskLeavesRoomForTheRest) {
  ASSERT_TRUE(Open().ok());
  const std::string large(900 << 10, 'x');
  const absl::Status status =
      log_->Append(NumberedRecord(0), {{Sha256(large), large}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("the log is full: the disk of"));
  // A segment and more.
  for (; appended_ < 800; ++appended_) {
    absl::Status small = AppendNumbered(*log_, appended_);
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!small.ok() && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(10));
      small = AppendNumbered(*log_, appended_);
    }
    ASSERT_TRUE(small.ok()) << small;
  }
  EXPECT_OK(log_->Close("test"));
  VerifyOptions options;
  options.keys = {SampleKey().verifier()};
  const auto result = VerifyLog(Directory(), options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->problems, testing::IsEmpty());
  EXPECT_EQ(result->records, appended_);
}

TEST_F(FullDiskTest, AFullDiskIsNoPlaceForANewLog) {
  std::ofstream filler(absl::StrCat(mount_, "/filler"));
  filler << std::string(2 << 20, 'x');
  filler.close();
  EXPECT_EQ(Open().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace sekisho
