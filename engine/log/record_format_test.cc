#include "engine/log/record_format.h"

#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/log/sample_records.h"
#include "engine/model/value_format.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string Encode(const Record& record) {
  std::string bytes;
  const absl::Status status = EncodeRecord(record, &bytes);
  EXPECT_TRUE(status.ok()) << status;
  return bytes;
}

// What is accepted must be what it encodes to.
void ExpectRefusedOrCanonical(const std::string& bytes) {
  const auto record = DecodeRecord(bytes);
  if (record.ok()) {
    EXPECT_EQ(absl::BytesToHexString(Encode(*record)),
              absl::BytesToHexString(bytes));
  }
}

TEST(RecordFormatTest, KnownBytesOfASmallOne) {
  EXPECT_EQ(absl::BytesToHexString(Encode(SmallDecision())),
            // version, kind, salt
            "0101"
            "02030405060708090a0b0c0d0e0f1011"
            // id, time
            "019d4657007b70028002020202020202"
            "17cd1b0b8d12a218"
            // policy store, PEP, face, request id, batch
            "000000000000"
            // principal, action, resource, context, entities
            "01500131"
            "01410176"
            "01520132"
            "0000"
            // supported obligations, policy, revision, age
            "00000000"
            // basis
            "000000000000"
            // permitted, cause, policies, duties, duration
            "0003"
            "000000"
            "0000"
            "00");
}

TEST(RecordFormatTest, KnownBytesOfEveryKind) {
  std::string all;
  for (const Record& record : SampleRecords()) {
    absl::StrAppend(&all, absl::BytesToHexString(Encode(record)), "\n");
  }
  const Sha256Digest digest = Sha256(all);
  EXPECT_EQ(absl::BytesToHexString(absl::string_view(
                reinterpret_cast<const char*>(digest.data()), digest.size())),
            "0385cc0ee7f0a823927ca9732c9e8e5b5a6a2a65059c38cf0247cde886490a29")
      << "the bytes of a record are frozen; they are now\n"
      << all;
}

TEST(RecordFormatTest, ALaterVersionSaysSomethingThatNeedsIt) {
  const std::string list(32, 'x');
  for (const Record& record : {SampleDecision(), SmallDecision()}) {
    const bool has_evidence =
        !std::get<DecisionBody>(record.body).basis.evidence.empty();
    std::string bytes = Encode(record);
    bytes[0] = 3;
    using std::literals::operator""s;
    EXPECT_FALSE(DecodeRecord(bytes).ok());
    EXPECT_FALSE(DecodeRecord(bytes + "\0\0\0\0\0"s).ok());
    EXPECT_TRUE(DecodeRecord(bytes + "\0\0\1\0\0"s).ok());
    // Evidence is not listed twice.
    EXPECT_EQ(DecodeRecord(bytes + "\0\0\0\0\1"s + list).ok(), !has_evidence);
  }
}

TEST(RecordFormatTest, RoundTrip) {
  for (const Record& record : SampleRecords()) {
    const std::string bytes = Encode(record);
    const auto decoded = DecodeRecord(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status() << record.body.index();
    EXPECT_EQ(decoded->body.index(), record.body.index());
    EXPECT_EQ(Encode(*decoded), bytes);
  }
  const Record record = *DecodeRecord(Encode(SampleDecision()));
  const Record expected = SampleDecision();
  const auto& body = std::get<DecisionBody>(record.body);
  const auto& wanted = std::get<DecisionBody>(expected.body);
  EXPECT_EQ(record.time_ns, expected.time_ns);
  EXPECT_EQ(record.id, expected.id);
  EXPECT_EQ(record.pep, expected.pep);
  EXPECT_EQ(record.batch, expected.batch);
  EXPECT_EQ(body.request.request.context, wanted.request.request.context);
  EXPECT_EQ(body.request.entities[0].attributes,
            wanted.request.entities[0].attributes);
  EXPECT_EQ(body.basis.evidence, wanted.basis.evidence);
  EXPECT_EQ(body.determining, wanted.determining);
  EXPECT_EQ(body.obligations[0].parameters, wanted.obligations[0].parameters);
}

TEST(RecordFormatTest, NothingIsLeftOfTheRecordThatWasThereBefore) {
  std::vector<std::string> all;
  for (const Record& record : SampleRecords()) all.push_back(Encode(record));
  for (const std::string& before : all) {
    for (const std::string& bytes : all) {
      Record record;
      ASSERT_TRUE(DecodeRecord(before, &record).ok());
      // What is damaged leaves parts of both.
      EXPECT_FALSE(
          DecodeRecord(bytes.substr(0, bytes.size() / 2), &record).ok());
      ASSERT_TRUE(DecodeRecord(bytes, &record).ok());
      EXPECT_EQ(Encode(record), bytes);
    }
  }
}

TEST(RecordFormatTest, ParentsInAnyOrderAreTheSame) {
  Record record = SampleDecision();
  auto& parents =
      std::get<DecisionBody>(record.body).request.entities[0].parents;
  parents = {{"Room", "1"}, {"Room", "2"}, {"Room", "1"}};
  EXPECT_EQ(Encode(record), Encode(SampleDecision()));
}

TEST(RecordFormatTest, EveryTruncationAndExtensionIsRefused) {
  for (const Record& record : SampleRecords()) {
    const std::string bytes = Encode(record);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(DecodeRecord(bytes.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(DecodeRecord(bytes + '\0').ok());
  }
}

TEST(RecordFormatTest, EveryByteReplacedByEveryOther) {
  for (const Record& record : SampleRecords()) {
    std::string bytes = Encode(record);
    for (char& byte : bytes) {
      const char original = byte;
      for (int other = 0; other < 256; ++other) {
        byte = static_cast<char>(other);
        ExpectRefusedOrCanonical(bytes);
      }
      byte = original;
    }
  }
}

TEST(RecordFormatTest, RandomDamage) {
  std::mt19937 random(301);
  const std::string bytes = Encode(SampleDecision());
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    const size_t at = random() % damaged.size();
    switch (random() % 3) {
      case 0:
        damaged.erase(at, 1 + random() % 8);
        break;
      case 1:
        damaged.insert(at, 1 + random() % 8, static_cast<char>(random()));
        break;
      default:
        for (size_t k = at; k < std::min(damaged.size(), at + 8); ++k) {
          damaged[k] = static_cast<char>(random());
        }
    }
    ExpectRefusedOrCanonical(damaged);
  }
}

Value Nested(int depth) {
  Value value = Value::Bool(true);
  for (int i = 0; i < depth; ++i) {
    value = i % 2 == 0 ? Value::Set({value}) : Value::Record({{"a", value}});
  }
  return value;
}

TEST(RecordFormatTest, NestingIsLimited) {
  Record record = SmallDecision();
  Value& context = std::get<DecisionBody>(record.body).request.request.context;
  context = Value::Record({{"a", Nested(kMaxFormatDepth - 1)}});
  EXPECT_TRUE(DecodeRecord(Encode(record)).ok());
  context = Value::Record({{"a", Nested(kMaxFormatDepth)}});
  std::string bytes;
  EXPECT_EQ(EncodeRecord(record, &bytes).message(),
            "a value of the record is nested too deeply");
}

TEST(RecordFormatTest, SizeIsLimited) {
  Record record = SmallDecision();
  record.request_id = std::string(kMaxRecordSize, 'x');
  std::string bytes;
  EXPECT_EQ(EncodeRecord(record, &bytes).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RecordFormatTest, LaterVersionsAreSaidToBeSo) {
  std::string bytes = Encode(SmallDecision());
  bytes[0] = kRecordVersion + 1;
  EXPECT_EQ(DecodeRecord(bytes).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(RecordFormatTest, LinksAscendStrictly) {
  Record record = SmallDecision();
  auto& links = std::get<DecisionBody>(record.body).links;
  links.emplace({Link{"a", "t", {}, {}}, Link{"b", "t", {}, {}}});
  EXPECT_TRUE(DecodeRecord(Encode(record)).ok());
  for (const char* id : {"a", "B"}) {
    links->back().id = id;
    EXPECT_EQ(DecodeRecord(Encode(record)).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

TEST(RecordTest, SaltsAndIdsDoNotRepeat) {
  std::set<Bytes16> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(NewSalt());
    seen.insert(NewRecordId(absl::UnixEpoch()));
  }
  EXPECT_EQ(seen.size(), 2000);
}

TEST(RecordTest, AForkedProcessDrawsOtherSalts) {
  NewSalt();
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Bytes16 salt = NewSalt();
    _exit(write(fds[1], salt.data(), salt.size()) == 16 ? 0 : 1);
  }
  Bytes16 salt;
  EXPECT_EQ(read(fds[0], salt.data(), salt.size()), 16);
  int status;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(salt, NewSalt());
  close(fds[0]);
  close(fds[1]);
}

TEST(RecordTest, IdsAreUuidsWithATime) {
  const Bytes16 id = NewRecordId(absl::FromUnixMillis(0x0123456789ab));
  const std::string text = RecordIdToString(id);
  EXPECT_EQ(text.substr(0, 15), "01234567-89ab-7");
  EXPECT_EQ(text.size(), 36);
  EXPECT_EQ(id[8] >> 6, 2);
}

}  // namespace
}  // namespace sekisho
