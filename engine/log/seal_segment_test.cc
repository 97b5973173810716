#include "engine/log/seal_segment.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "engine/log/log_format.h"
#include "engine/log/log_writer.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using testing::IsEmpty;

bool Never() { return false; }
bool Always() { return true; }

uintmax_t Size(const TestLog& test) {
  uintmax_t size = 0;
  for (const std::string& file : test.Files()) {
    if (absl::EndsWith(file, ".log")) {
      size += std::filesystem::file_size(test.Path(file));
    }
  }
  return size;
}

TEST(SealSegmentTest, TheLogIsTheSameAndSmaller) {
  TestLog test;
  test.Write(0, 199);
  const std::vector<std::string> records = test.Records();
  const uintmax_t size = Size(test);
  const std::vector<uint64_t> numbers = *ListSegments(test.directory());
  for (uint64_t number : numbers) {
    EXPECT_OK(SealSegment(test.directory(), number, Never));
    // Again does nothing.
    const std::string bytes = test.Read(SegmentName(number));
    EXPECT_OK(SealSegment(test.directory(), number, Never));
    EXPECT_EQ(test.Read(SegmentName(number)), bytes);
  }
  EXPECT_EQ(test.Records(), records);
  EXPECT_THAT(test.Problems(), IsEmpty());
  EXPECT_LT(Size(test), size / 2);

  // And it goes on.
  test.Write(200, 209);
  EXPECT_EQ(test.Records().size(), 210);
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(SealSegmentTest, IsCancelledAndLeavesNothing) {
  TestLog test;
  test.Write(0, 9);
  const std::vector<std::string> files = test.Files();
  const std::string bytes = test.Read(SegmentName(1));
  EXPECT_EQ(SealSegment(test.directory(), 1, Always).code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(test.Files(), files);
  EXPECT_EQ(test.Read(SegmentName(1)), bytes);
}

TEST(SealSegmentTest, DamageIsNotHidden) {
  TestLog test;
  test.Write(0, 9);
  const std::string bytes = test.Read(SegmentName(1));
  for (size_t i = 0; i < bytes.size(); i += 5) {
    std::string damaged = bytes;
    damaged[i] ^= 1;
    test.Replace(SegmentName(1), damaged);
    EXPECT_EQ(SealSegment(test.directory(), 1, Never).code(),
              absl::StatusCode::kDataLoss)
        << i;
    EXPECT_EQ(test.Read(SegmentName(1)), damaged);
  }
}

TEST(SealSegmentTest, HappensByItself) {
  TestLog test;
  test.Write(0, 99);
  DecisionLogOptions options = TestLog::Options();
  options.compress = true;
  options.fsync_window = absl::Milliseconds(1);
  ASSERT_TRUE(test.Open(options).ok());
  for (int i = 100; i < 200; ++i) EXPECT_OK(AppendNumbered(test.log(), i));
  const auto is_sealed = [&test](uint64_t number) {
    const std::string bytes = test.Read(SegmentName(number));
    Frame frame;
    return ReadFrame(bytes, 0, &frame) == FrameState::kFrame &&
           ReadFrame(bytes, frame.end, &frame) == FrameState::kFrame &&
           frame.type == FrameType::kCompressed;
  };
  for (uint64_t number : {1, 2, 3, 4, 5}) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!is_sealed(number)) {
      ASSERT_LT(absl::Now(), deadline);
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  EXPECT_OK(test.Close());
  EXPECT_EQ(test.Records().size(), 200);
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(SealSegmentTest, WhatACrashLeftOfItIsRemoved) {
  TestLog test;
  test.Write(0, 9);
  test.Replace(UnfinishedSealName(1), "half");
  EXPECT_THAT(test.Problems(), IsEmpty());
  test.Write(10, 19);
  EXPECT_FALSE(std::filesystem::exists(test.Path(UnfinishedSealName(1))));
}

}  // namespace
}  // namespace sekisho
