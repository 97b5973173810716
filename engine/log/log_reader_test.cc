#include "engine/log/log_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/log/log_format.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The indexes of the records that are read, and what was passed over.
struct Read {
  std::vector<uint64_t> indexes;
  std::vector<std::string> damage;
  uint64_t torn_bytes = 0;
  absl::Status status;
};

Read ReadAll(const TestLog& test, const LogReaderOptions& options) {
  Read read;
  auto reader = LogReader::Open(test.directory(), options);
  if (!reader.ok()) return {{}, {}, 0, reader.status()};
  while (true) {
    const auto entry = (*reader)->Next();
    read.status = entry.status();
    if (!entry.ok() || !entry->has_value()) break;
    if ((*entry)->kind == LogEntry::Kind::kRecord) {
      read.indexes.push_back((*entry)->index);
    }
  }
  for (const LogDamage& damage : (*reader)->damage()) {
    read.damage.push_back(damage.ToString());
  }
  read.torn_bytes = (*reader)->torn_bytes();
  return read;
}

LogReaderOptions Skipping() {
  LogReaderOptions options;
  options.skip_damage = true;
  return options;
}

std::vector<uint64_t> Range(uint64_t first, uint64_t last) {
  std::vector<uint64_t> indexes;
  for (uint64_t i = first; i <= last; ++i) indexes.push_back(i);
  return indexes;
}

// Where the frame of the record is in segment 1.
Frame FindRecord(const std::string& bytes, uint64_t index, size_t* begin) {
  Frame frame;
  for (size_t at = 0; ReadFrame(bytes, at, &frame) == FrameState::kFrame;
       at = frame.end) {
    *begin = at;
    if (frame.type == FrameType::kRecord && frame.position == index) break;
  }
  return frame;
}

TEST(LogReaderTest, NoLog) {
  TestLog test;
  EXPECT_EQ(ReadAll(test, {}).status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LogReader::Open("/nowhere").status().code(),
            absl::StatusCode::kNotFound);
}

TEST(LogReaderTest, EndsAtDamageOrPassesOverIt) {
  TestLog test;
  test.Write(1, 20);
  std::string bytes = test.Read(SegmentName(1));
  size_t begin = 0;
  FindRecord(bytes, 7, &begin);
  bytes[begin + 30] ^= 1;
  test.Replace(SegmentName(1), bytes);

  const Read strict = ReadAll(test, {});
  EXPECT_EQ(strict.indexes, Range(0, 6));
  EXPECT_EQ(strict.status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(strict.status.message(), absl::StrCat("00000001.log, byte ", begin,
                                                  ": the frame is damaged"));

  const Read skipping = ReadAll(test, Skipping());
  EXPECT_OK(skipping.status);
  std::vector<uint64_t> expected = Range(0, 19);
  expected.erase(expected.begin() + 7);
  EXPECT_EQ(skipping.indexes, expected);
  EXPECT_THAT(skipping.damage, ElementsAre(HasSubstr("the frame is damaged"),
                                           HasSubstr("record 7 is missing")));
}

TEST(LogReaderTest, FindsTheNextFrameWhereALengthIsWrong) {
  TestLog test;
  test.Write(1, 20);
  std::string bytes = test.Read(SegmentName(1));
  size_t begin = 0;
  FindRecord(bytes, 7, &begin);
  for (int length : {0, 1, 200, 100000, 0xffffff}) {
    std::string damaged = bytes;
    for (int i = 0; i < 3; ++i) {
      damaged[begin + i] = static_cast<char>(length >> (8 * i));
    }
    test.Replace(SegmentName(1), damaged);
    const Read read = ReadAll(test, Skipping());
    EXPECT_EQ(read.indexes.size(), 19) << length;
    EXPECT_EQ(read.indexes.back(), 19) << length;
  }
}

TEST(LogReaderTest, DoesNotTakeWhatIsInsideADamagedFrameForFrames) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  // Whoever may send requests puts a frame into one.
  std::string forged;
  FrameDraft(FrameType::kRecord, "forged").AppendTo(1, &forged);
  Record record = NumberedRecord(1);
  record.request_id = std::string(4, 'x') + forged + forged + forged;
  EXPECT_OK(test.log().Append(record).status());
  EXPECT_OK(AppendNumbered(test.log(), 1));
  EXPECT_OK(test.Close());
  std::string bytes = test.Read(SegmentName(1));
  size_t begin = 0;
  FindRecord(bytes, 0, &begin);
  bytes[begin + 20] ^= 1;
  test.Replace(SegmentName(1), bytes);
  const Read read = ReadAll(test, Skipping());
  EXPECT_EQ(read.indexes, Range(1, 1));
  EXPECT_EQ(read.damage.size(), 2);
}

TEST(LogReaderTest, SomeSegmentsOnly) {
  TestLog test;
  test.Write(1, 10);
  test.Write(11, 20);
  test.Write(21, 30);
  LogReaderOptions options;
  options.first_segment = options.last_segment = 2;
  const Read read = ReadAll(test, options);
  EXPECT_OK(read.status);
  EXPECT_EQ(read.indexes, Range(10, 19));
}

TEST(LogReaderTest, WhatIsBeingWrittenIsNoDamage) {
  TestLog test;
  test.Write(1, 5);
  test.Replace(SegmentName(1), test.Read(SegmentName(1)) +
                                   std::string(8, '\0') + "xyz" +
                                   std::string(50, '\0'));
  const Read read = ReadAll(test, {});
  EXPECT_OK(read.status);
  EXPECT_EQ(read.indexes, Range(0, 4));
  EXPECT_EQ(read.torn_bytes, 11);
  // In an earlier segment it is.
  test.Replace(SegmentName(2), std::string(8, '\0'));
  EXPECT_EQ(ReadAll(test, {}).status.code(), absl::StatusCode::kDataLoss);
}

TEST(LogReaderTest, ReadsWhileOthersWrite) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  for (int i = 1; i <= 100; ++i) {
    EXPECT_OK(AppendNumbered(test.log(), i));
    const Read read = ReadAll(test, {});
    EXPECT_OK(read.status);
    EXPECT_EQ(read.indexes.size(), i);
  }
}

TEST(LogReaderTest, ALaterVersionIsSaidToBeSo) {
  TestLog test;
  std::string header = SegmentHeader{1, "log"}.ToString();
  header[8] = 2;
  std::string bytes;
  FrameDraft(FrameType::kHeader, header).AppendTo(0, &bytes);
  test.Replace(SegmentName(1), bytes);
  EXPECT_EQ(ReadAll(test, {}).status.code(), absl::StatusCode::kUnimplemented);
}

TEST(LogReaderTest, CompressedFramesHoldFramesAndNothingElse) {
  TestLog test;
  std::string header;
  FrameDraft(FrameType::kHeader, SegmentHeader{1, "log"}.ToString())
      .AppendTo(0, &header);
  std::string inner;
  FrameDraft(FrameType::kRecord, "a").AppendTo(0, &inner);
  FrameDraft(FrameType::kRecord, "b").AppendTo(1, &inner);
  const auto write = [&](const std::string& payload) {
    std::string bytes = header;
    FrameDraft(FrameType::kCompressed, payload).AppendTo(0, &bytes);
    test.Replace(SegmentName(1), bytes);
    return ReadAll(test, {});
  };
  const auto compress = [](const std::string& frames) {
    std::string payload;
    Compress(frames, 3, &payload);
    return payload;
  };
  const std::string good = compress(inner);
  EXPECT_EQ(write(good).indexes, Range(0, 1));
  EXPECT_OK(write(good).status);
  for (const std::string& payload :
       {std::string("x"), std::string(), good.substr(0, good.size() - 1),
        good + "x", good + good, compress("no frames"), compress(header),
        compress(inner + "12345678")}) {
    EXPECT_EQ(write(payload).status.code(), absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace sekisho
