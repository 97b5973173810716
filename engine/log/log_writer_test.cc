#include "engine/log/log_writer.h"

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/log/log_format.h"
#include "engine/log/record_format.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Encode(const Record& record) {
  std::string bytes;
  EXPECT_OK(EncodeRecord(record, &bytes));
  return bytes;
}

std::vector<std::string> Numbered(int first, int last) {
  std::vector<std::string> records;
  for (int i = first; i <= last; ++i) {
    records.push_back(Encode(NumberedRecord(i)));
  }
  return records;
}

TEST(LogWriterTest, WhatIsAppendedIsRead) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  std::vector<std::string> expected;
  const std::string evidence = SampleEvidence();
  for (const Record& record : SampleRecords()) {
    const auto position =
        test.log().Append(record, {{Sha256(evidence), evidence},
                                   {Sha256("artifact"), "artifact"},
                                   {Sha256("change"), "change"},
                                   {Sha256("list"), "list"}});
    ASSERT_TRUE(position.ok()) << position.status();
    EXPECT_EQ(position->index, expected.size());
    expected.push_back(Encode(record));
    EXPECT_EQ(position->leaf_hash,
              Sha256({absl::string_view("\0", 1), expected.back()}));
  }
  EXPECT_TRUE(test.log().HasEvidence(Sha256("artifact")));
  EXPECT_FALSE(test.log().HasEvidence(Sha256("other")));
  EXPECT_OK(test.Close());
  EXPECT_EQ(test.Records(), expected);
  EXPECT_THAT(test.Problems(), IsEmpty());
  EXPECT_THAT(test.Files(),
              ElementsAre("00000001.log", "checkpoint", "checkpoints"));
}

TEST(LogWriterTest, RecordsOpeningAndClosing) {
  TestLog test;
  DecisionLogOptions options = test.Options();
  options.record_lifecycle = true;
  options.software = "test 1";
  ASSERT_TRUE(test.Open(options).ok());
  EXPECT_OK(test.Close());
  const std::vector<std::string> records = test.Records();
  ASSERT_EQ(records.size(), 2);
  const auto opened = DecodeRecord(records[0]);
  ASSERT_TRUE(opened.ok());
  const auto& body = std::get<OpenedBody>(opened->body);
  EXPECT_EQ(body.software, "test 1");
  EXPECT_EQ(body.verifier_key, SampleKey().verifier().ToString());
  EXPECT_EQ(body.cut_bytes, 0);
  const auto closed = DecodeRecord(records[1]);
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(std::get<ClosedBody>(closed->body).reason, "test");
}

TEST(LogWriterTest, GoesOnWhereItEnded) {
  TestLog test;
  test.Write(0, 9);
  test.Write(10, 19);
  test.Write(20, 29);
  EXPECT_EQ(test.Records(), Numbered(0, 29));
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(LogWriterTest, NothingAppendedLeavesNothing) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  EXPECT_FALSE(test.log().SignCheckpointNow().ok());
  EXPECT_OK(test.Close());
  EXPECT_THAT(test.Files(), ElementsAre("checkpoints"));
  test.Write(0, 0);
  ASSERT_TRUE(test.Open().ok());
  EXPECT_OK(test.Close());
  EXPECT_THAT(test.Files(),
              ElementsAre("00000001.log", "checkpoint", "checkpoints"));
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(LogWriterTest, FillsSegmentAfterSegment) {
  TestLog test;
  test.Write(0, 199);
  EXPECT_GT(test.Files().size(), 5);
  for (const std::string& file : test.Files()) {
    EXPECT_LE(test.Read(file).size(), 4096) << file;
  }
  EXPECT_EQ(test.Records(), Numbered(0, 199));
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(LogWriterTest, EvidenceIsKeptOnceEvenAfterARestart) {
  TestLog test;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(test.Open().ok());
    EXPECT_EQ(test.log().HasEvidence(Sha256(NumberedEvidence(0))), i > 0);
    EXPECT_OK(AppendNumbered(test.log(), 0));
    EXPECT_OK(AppendNumbered(test.log(), 0));
    EXPECT_OK(test.Close());
  }
  VerifyOptions options;
  options.keys = {SampleKey().verifier()};
  const auto result = VerifyLog(test.directory(), options);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->problems, IsEmpty());
  EXPECT_EQ(result->records, 6);
  EXPECT_EQ(result->evidence, 1);
}

TEST(LogWriterTest, RefusesWhatDoesNotFit) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  EXPECT_EQ(test.log()
                .Append(NumberedRecord(0), {{Sha256("a"), "b"}})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  Record record = NumberedRecord(1);
  record.request_id = std::string(kMaxRecordSize, 'x');
  EXPECT_EQ(test.log().Append(record).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_OK(AppendNumbered(test.log(), 1));
  EXPECT_OK(test.Close());
  EXPECT_EQ(test.Records(), Numbered(1, 1));
}

TEST(LogWriterTest, WhatIsLargerThanASegmentGetsALargerOne) {
  // About as large as a segment, larger, and larger than what is compressed at
  // once.
  for (const size_t size : {3800, 3900, 4000, 5000, 100000, 5000000}) {
    TestLog test;
    DecisionLogOptions options = test.Options();
    options.compress = true;
    // Not to be compressed.
    std::mt19937 random(1);
    std::string large(size, '\0');
    for (char& c : large) c = static_cast<char>(random());
    for (int i = 0; i < 60; i += 20) {
      ASSERT_TRUE(test.Open(options).ok());
      for (int j = 0; j < 20; ++j) {
        EXPECT_OK(AppendNumbered(test.log(), i + j));
        if (j != 9) continue;
        large[0] = static_cast<char>('0' + i / 20);
        EXPECT_OK(test.log()
                      .Append(NumberedRecord(1), {{Sha256(large), large}})
                      .status());
      }
      EXPECT_OK(test.Close());
    }
    EXPECT_EQ(test.Records().size(), 63) << size;
    VerifyOptions verify;
    verify.keys = {SampleKey().verifier()};
    const auto result = VerifyLog(test.directory(), verify);
    ASSERT_TRUE(result.ok());
    EXPECT_THAT(result->problems, IsEmpty()) << size;
    EXPECT_EQ(result->evidence, 3 + 6);
    // Only what is large is in a large one.
    int large_segments = 0;
    for (const std::string& file : test.Files()) {
      if (test.Read(file).size() > 4096) ++large_segments;
    }
    EXPECT_LE(large_segments, 3) << size;
  }
}

TEST(LogWriterTest, SyncMeansOnTheDisk) {
  TestLog test;
  DecisionLogOptions options = test.Options();
  options.durability = Durability::kSync;
  options.fsync_window = absl::Hours(1);
  ASSERT_TRUE(test.Open(options).ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_OK(AppendNumbered(test.log(), i));
    EXPECT_EQ(test.log().health().durable_size, i + 1);
  }
  EXPECT_OK(test.Close());
}

TEST(LogWriterTest, GroupFlushesWithinTheWindow) {
  TestLog test;
  DecisionLogOptions options = test.Options();
  options.fsync_window = absl::Milliseconds(1);
  options.checkpoint_interval = absl::Milliseconds(1);
  ASSERT_TRUE(test.Open(options).ok());
  EXPECT_OK(AppendNumbered(test.log(), 0));
  while (test.log().health().checkpoint_size == 0) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(test.log().health().durable_size, 1);
  EXPECT_THAT(test.log().PublishedCheckpoint(),
              HasSubstr("pdp.example/decisions\n1\n"));
  EXPECT_EQ(test.log().PublishedCheckpoint(), test.Read("checkpoint"));
}

TEST(LogWriterTest, SignsWhenAsked) {
  TestLog test;
  DecisionLogOptions options = test.Options();
  options.fsync_window = options.checkpoint_interval = absl::Hours(1);
  ASSERT_TRUE(test.Open(options).ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_OK(AppendNumbered(test.log(), i));
    const auto checkpoint = test.log().SignCheckpointNow();
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(checkpoint->size, i + 1);
    EXPECT_EQ(*test.log().SignCheckpointNow(), *checkpoint);
    EXPECT_THAT(test.Problems(), IsEmpty());
  }
  absl::string_view rest;
  EXPECT_EQ(SplitCheckpoints(test.Read("checkpoints"), &rest).size(), 3);
}

TEST(LogWriterTest, AFullQueueWaitsForTheDisk) {
  TestLog test;
  DecisionLogOptions options = test.Options();
  options.fsync_window = absl::Hours(1);
  options.max_unsynced_bytes = 500;
  ASSERT_TRUE(test.Open(options).ok());
  for (int i = 0; i < 100; ++i) EXPECT_OK(AppendNumbered(test.log(), i));
  EXPECT_GT(test.log().health().durable_size, 90);
  EXPECT_OK(test.Close());
}

TEST(LogWriterTest, OnlyOneProcessWrites) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  const auto other =
      DecisionLog::Open(test.directory(), SampleKey(), test.Options());
  EXPECT_EQ(other.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_OK(test.Close());
  EXPECT_TRUE(test.Open().ok());
}

TEST(LogWriterTest, ClosedIsClosed) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  EXPECT_OK(test.log().Close("test"));
  EXPECT_OK(test.log().Close("test"));
  EXPECT_EQ(AppendNumbered(test.log(), 0).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_FALSE(test.log().health().status.ok());
}

TEST(LogWriterTest, AnotherLogIsNotContinued) {
  TestLog test;
  test.Write(0, 3);
  DecisionLogOptions options = test.Options();
  options.origin = "pdp.example/other";
  EXPECT_EQ(test.Open(options).code(), absl::StatusCode::kFailedPrecondition);
  // Even without checkpoints.
  std::filesystem::remove(test.Path("checkpoint"));
  std::filesystem::remove(test.Path("checkpoints"));
  EXPECT_EQ(test.Open(options).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(LogWriterTest, AKeyIsChangedByNamingTheOldOne) {
  TestLog test;
  test.Write(0, 3);
  const SigningKey key = *SigningKey::Generate("pdp.example/decisions");
  DecisionLogOptions options = test.Options();
  EXPECT_EQ(DecisionLog::Open(test.directory(), key, options).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options.former_keys = {SampleKey().verifier()};
  auto log = DecisionLog::Open(test.directory(), key, options);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_OK(AppendNumbered(**log, 4));
  EXPECT_OK((*log)->Close(""));
  EXPECT_FALSE(test.Problems().empty());
  VerifyOptions verifying;
  verifying.keys = {SampleKey().verifier(), key.verifier()};
  EXPECT_THAT(VerifyLog(test.directory(), verifying)->problems, IsEmpty());
}

// What a crash can leave behind.

TEST(LogRecoveryTest, HalfAFrameIsCutAndKeptAside) {
  TestLog test;
  test.Write(0, 3);
  const std::string whole = test.Read("00000001.log");
  // The frame's first 8 bytes come last.
  test.Replace("00000001.log", whole + std::string(8, '\0') + "half a frame" +
                                   std::string(100, '\0'));
  DecisionLogOptions options = test.Options();
  options.record_lifecycle = true;
  ASSERT_TRUE(test.Open(options).ok());
  EXPECT_OK(test.Close());
  const std::vector<std::string> records = test.Records();
  ASSERT_EQ(records.size(), 6);
  EXPECT_EQ(std::get<OpenedBody>(DecodeRecord(records[4])->body).cut_bytes, 20);
  EXPECT_EQ(test.Read("00000001.log"), whole);
  EXPECT_EQ(test.Read("cut-4-00000001.log"),
            std::string(8, '\0') + "half a frame");
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(LogRecoveryTest, UnusedSpaceIsNothing) {
  TestLog test;
  test.Write(0, 3);
  const std::string whole = test.Read("00000001.log");
  test.Replace("00000001.log", whole + std::string(1000, '\0'));
  test.Replace("00000002.log", std::string(4096, '\0'));
  EXPECT_THAT(test.Problems(), IsEmpty());
  test.Write(4, 5);
  EXPECT_EQ(test.Read("00000001.log"), whole);
  EXPECT_EQ(test.Records(), Numbered(0, 5));
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(LogRecoveryTest, WhatNoCheckpointCoversMayBeLostToAPowerCut) {
  TestLog test;
  test.Write(0, 40);
  const std::string checkpoints = test.Read("checkpoints");
  const std::string checkpoint = test.Read("checkpoint");
  test.Write(41, 120);
  // As if the later checkpoints had not been signed yet, and a page of the
  // second segment had not reached the disk.
  test.Replace("checkpoints", checkpoints);
  test.Replace("checkpoint", checkpoint);
  std::string bytes = test.Read("00000003.log");
  bytes.replace(512, 512, 512, '\0');
  test.Replace("00000003.log", bytes);
  ASSERT_TRUE(test.Open().ok());
  const uint64_t size = test.log().health().size;
  EXPECT_GT(size, 41);
  EXPECT_LT(size, 120);
  EXPECT_OK(test.Close());
  EXPECT_EQ(test.Records(), Numbered(0, static_cast<int>(size) - 1));
  EXPECT_THAT(test.Problems(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(
      test.Path(absl::StrCat("cut-", size, "-00000003.log"))));
}

TEST(LogRecoveryTest, WhatACheckpointCoversMayNot) {
  TestLog test;
  test.Write(0, 120);
  for (const std::string& file : test.Files()) {
    if (file.find(".log") == file.npos) continue;
    const std::string bytes = test.Read(file);
    std::string damaged = bytes;
    damaged[damaged.size() / 2] ^= 1;
    test.Replace(file, damaged);
    EXPECT_EQ(test.Open().code(), absl::StatusCode::kDataLoss) << file;
    test.Replace(file, bytes.substr(0, bytes.size() - 8));
    EXPECT_EQ(test.Open().code(), absl::StatusCode::kDataLoss) << file;
    std::filesystem::remove(test.Path(file));
    EXPECT_EQ(test.Open().code(), absl::StatusCode::kDataLoss) << file;
    test.Replace(file, bytes);
  }
  EXPECT_EQ(test.Records(), Numbered(0, 120));
  EXPECT_TRUE(test.Open().ok());
}

TEST(LogRecoveryTest, HalfACheckpointIsCut) {
  TestLog test;
  test.Write(0, 3);
  const std::string checkpoints = test.Read("checkpoints");
  test.Replace("checkpoints",
               checkpoints + checkpoints.substr(0, checkpoints.size() / 2));
  test.Write(4, 5);
  EXPECT_EQ(test.Read("checkpoints").substr(0, checkpoints.size()),
            checkpoints);
  EXPECT_THAT(test.Problems(), IsEmpty());
}

TEST(LogRecoveryTest, TheLatestCheckpointIsPublishedAgain) {
  TestLog test;
  test.Write(0, 3);
  const std::string checkpoint = test.Read("checkpoint");
  std::filesystem::remove(test.Path("checkpoint"));
  ASSERT_TRUE(test.Open().ok());
  EXPECT_EQ(test.Read("checkpoint"), checkpoint);
  EXPECT_EQ(test.log().PublishedCheckpoint(), checkpoint);
}

TEST(LogRecoveryTest, RemovedCheckpointsAreNoticed) {
  TestLog test;
  test.Write(0, 3);
  const std::string checkpoints = test.Read("checkpoints");
  test.Write(4, 5);
  test.Replace("checkpoints", checkpoints);
  EXPECT_EQ(test.Open().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sekisho
