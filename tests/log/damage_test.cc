// Whatever is done to the files of a log, VerifyLog finds it, or it is one of
// the two things that verify.h says it cannot find.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/log/log_format.h"
#include "engine/log/log_writer.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFirst[] = "00000001.log";

// One frame of a segment, so that it can be moved about.
struct OwnFrame {
  FrameType type;
  std::string payload;
};

std::vector<OwnFrame> Frames(const std::string& bytes) {
  std::vector<OwnFrame> frames;
  Frame frame;
  for (size_t at = 0; ReadFrame(bytes, at, &frame) == FrameState::kFrame;
       at = frame.end) {
    frames.push_back({frame.type, std::string(frame.payload)});
  }
  return frames;
}

// A segment with these frames whose positions and checksums are right.
std::string Segment(const std::vector<OwnFrame>& frames, uint64_t position) {
  std::string bytes;
  for (const OwnFrame& frame : frames) {
    FrameDraft(frame.type, frame.payload).AppendTo(position, &bytes);
    if (frame.type == FrameType::kRecord) ++position;
  }
  return bytes;
}

// 15 records in three segments, with a checkpoint at the end of each.
class DamageTest : public testing::Test {
 protected:
  void SetUp() override {
    test_.Write(0, 4);
    test_.Write(5, 9);
    older_ = test_.Read("checkpoint");
    test_.Write(10, 14);
    ASSERT_THAT(test_.Problems(), IsEmpty());
  }

  void ExpectCaught(const std::string& what) {
    EXPECT_THAT(test_.Problems(), testing::Not(IsEmpty())) << what;
  }

  TestLog test_;
  std::string older_;
};

TEST_F(DamageTest, EveryFlippedByte) {
  for (const std::string& file : test_.Files()) {
    const std::string bytes = test_.Read(file);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
      test_.Replace(file, damaged);
      ExpectCaught(absl::StrCat(file, " byte ", i));
    }
    test_.Replace(file, bytes);
  }
  EXPECT_THAT(test_.Problems(), IsEmpty());
}

TEST_F(DamageTest, EveryTruncation) {
  for (const std::string& file : test_.Files()) {
    const std::string bytes = test_.Read(file);
    for (size_t i = 0; i < bytes.size(); ++i) {
      test_.Replace(file, bytes.substr(0, i));
      ExpectCaught(absl::StrCat(file, " cut to ", i));
    }
    test_.Replace(file, bytes);
  }
}

TEST_F(DamageTest, EveryFileRemovedOrSwapped) {
  const std::vector<std::string> files = test_.Files();
  for (const std::string& file : files) {
    const std::string bytes = test_.Read(file);
    std::filesystem::remove(test_.Path(file));
    ExpectCaught(absl::StrCat(file, " removed"));
    for (const std::string& other : files) {
      if (other == file) continue;
      test_.Replace(file, test_.Read(other));
      ExpectCaught(absl::StrCat(file, " replaced by ", other));
    }
    test_.Replace(file, bytes);
  }
}

TEST_F(DamageTest, EveryFlippedByteOfACompressedLog) {
  DecisionLogOptions options = TestLog::Options();
  options.compress = true;
  ASSERT_TRUE(test_.Open(options).ok());
  // What was there before is compressed from now on.
  const uint64_t size = test_.Read("00000002.log").size();
  while (test_.Read("00000003.log").size() >= size) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  ASSERT_TRUE(test_.Close().ok());
  EXPECT_THAT(test_.Problems(), IsEmpty());
  for (const std::string file : {"00000001.log", "00000002.log"}) {
    const std::string bytes = test_.Read(file);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
      test_.Replace(file, damaged);
      ExpectCaught(absl::StrCat(file, " byte ", i));
    }
    test_.Replace(file, bytes);
  }
}

// Whoever can write files can also compute checksums.

TEST_F(DamageTest, EveryFrameRemovedWithGoodChecksums) {
  const std::vector<OwnFrame> frames = Frames(test_.Read(kFirst));
  for (size_t i = 0; i < frames.size(); ++i) {
    std::vector<OwnFrame> damaged = frames;
    damaged.erase(damaged.begin() + static_cast<ptrdiff_t>(i));
    test_.Replace(kFirst, Segment(damaged, 0));
    ExpectCaught(absl::StrCat("frame ", i));
  }
}

TEST_F(DamageTest, EveryTwoRecordsSwappedWithGoodChecksums) {
  const std::vector<OwnFrame> frames = Frames(test_.Read(kFirst));
  for (size_t i = 0; i < frames.size(); ++i) {
    for (size_t j = i + 1; j < frames.size(); ++j) {
      if (frames[i].type != FrameType::kRecord ||
          frames[j].type != FrameType::kRecord) {
        continue;
      }
      std::vector<OwnFrame> damaged = frames;
      std::swap(damaged[i], damaged[j]);
      test_.Replace(kFirst, Segment(damaged, 0));
      ExpectCaught(absl::StrCat("frames ", i, " and ", j));
    }
  }
}

TEST_F(DamageTest, EveryByteOfAPayloadAlteredWithGoodChecksums) {
  const std::vector<OwnFrame> frames = Frames(test_.Read(kFirst));
  for (size_t i = 0; i < frames.size(); ++i) {
    for (size_t k = 0; k < frames[i].payload.size(); ++k) {
      std::vector<OwnFrame> damaged = frames;
      damaged[i].payload[k] = static_cast<char>(damaged[i].payload[k] ^ 0x10);
      test_.Replace(kFirst, Segment(damaged, 0));
      ExpectCaught(absl::StrCat("frame ", i, " byte ", k));
    }
  }
}

TEST_F(DamageTest, SaysWhatIsWrong) {
  const std::string bytes = test_.Read(kFirst);
  const std::vector<OwnFrame> frames = Frames(bytes);

  std::string damaged = bytes;
  damaged[100] ^= 1;
  test_.Replace(kFirst, damaged);
  EXPECT_THAT(
      test_.Problems(),
      Contains(HasSubstr("00000001.log, byte 80: the frame is damaged")));
  EXPECT_THAT(test_.Problems(), Contains(HasSubstr("record 0 is missing")));
  // Three, and the published one.
  EXPECT_THAT(test_.Problems(), Contains(HasSubstr("4 checkpoints could not")));

  std::vector<OwnFrame> altered = frames;
  ASSERT_EQ(altered[1].type, FrameType::kEvidence);
  altered[1].payload = "other evidence";
  test_.Replace(kFirst, Segment(altered, 0));
  EXPECT_THAT(test_.Problems(),
              ElementsAre(HasSubstr("record 0 cites evidence")));

  altered = frames;
  ASSERT_EQ(altered[3].type, FrameType::kRecord);
  altered[3].payload = frames[4].payload;
  test_.Replace(kFirst, Segment(altered, 0));
  EXPECT_THAT(test_.Problems(),
              Contains(HasSubstr("checkpoint number 1: the first 5 records "
                                 "are not those that were signed")));
  test_.Replace(kFirst, bytes);

  std::filesystem::remove(test_.Path("00000002.log"));
  EXPECT_THAT(test_.Problems(), Contains(HasSubstr("segment 2 is missing")));
  EXPECT_THAT(test_.Problems(),
              Contains(HasSubstr("records 5 to 9 are missing")));
}

// What cannot be caught from the log alone.

TEST_F(DamageTest, AForkIsCaughtOnlyAgainstACheckpointHeldElsewhere) {
  TestLog fork("fork");
  fork.Write(0, 6);
  fork.Write(107, 114);
  EXPECT_THAT(fork.Problems(), IsEmpty());
  EXPECT_THAT(fork.Problems(older_),
              ElementsAre(HasSubstr("the checkpoint held elsewhere: the first "
                                    "10 records are not those")));
  EXPECT_THAT(test_.Problems(older_), IsEmpty());
}

TEST_F(DamageTest, AShorterLogIsCaughtOnlyAgainstACheckpointHeldElsewhere) {
  TestLog shorter("shorter");
  shorter.Write(0, 4);
  EXPECT_THAT(shorter.Problems(), IsEmpty());
  EXPECT_THAT(shorter.Problems(older_),
              ElementsAre("the checkpoint held elsewhere is of 10 records, and "
                          "the log has 5: the last ones were removed"));
}

TEST_F(DamageTest, BehindTheLatestCheckpointOnlyAccidentsAreCaught) {
  // As a log looks whose last five records were not signed yet.
  test_.Replace("checkpoint", older_);
  const std::string checkpoints = test_.Read("checkpoints");
  test_.Replace("checkpoints", checkpoints.substr(0, checkpoints.find(older_) +
                                                         older_.size() + 1));
  VerifyOptions options;
  options.keys = {SampleKey().verifier()};
  auto result = VerifyLog(test_.directory(), options);
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->problems, IsEmpty());
  EXPECT_EQ(result->unprotected_records, 5);
  EXPECT_THAT(result->notes,
              ElementsAre("no checkpoint covers the last 5 records yet"));

  // An accident.
  const std::string bytes = test_.Read("00000003.log");
  std::string damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  test_.Replace("00000003.log", damaged);
  ExpectCaught("an accident");

  // On purpose.
  std::vector<OwnFrame> frames = Frames(bytes);
  frames.pop_back();
  test_.Replace("00000003.log", Segment(frames, 10));
  result = VerifyLog(test_.directory(), options);
  EXPECT_THAT(result->problems, IsEmpty());
  EXPECT_EQ(result->unprotected_records, 4);
}

}  // namespace
}  // namespace sekisho
