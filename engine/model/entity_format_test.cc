#include "engine/model/entity_format.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "absl/strings/escaping.h"
#include "engine/model/value_format.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

const EntityUid kUid = {"Person", "1"};

Entity Nurse() {
  Entity entity;
  entity.uid = kUid;
  entity.attributes = Value::Record({
      {"", Value::String("")},
      {"active", Value::Bool(true)},
      {"cost", Value::Extension(Decimal{-15'000})},
      {"grants",
       Value::Set({Value::Record({{"kind", Value::String("A")},
                                  {"to", Value::Entity({"Org", "a"})}}),
                   Value::Record({{"kind", Value::String("B")}})})},
      {"from", Value::Extension(*IpAddress::Parse("10.0.0.0/8"))},
      {"from6", Value::Extension(*IpAddress::Parse("fe80::1"))},
      {"hired", Value::Extension(*Datetime::Parse("2026-04-01"))},
      {"left", Value::Bool(false)},
      {"max", Value::Long(std::numeric_limits<int64_t>::max())},
      {"min", Value::Long(std::numeric_limits<int64_t>::min())},
      {"name", Value::String("看護師")},
      {"none", Value::Set({})},
      {"org", Value::Entity({"Org", "a"})},
      {"shift", Value::Extension(*Duration::Parse("-8h"))},
      {"small", Value::Long(-1)},
      {"zero", Value::Long(0)},
  });
  entity.tags = Value::Record({{"ward", Value::Long(300)}});
  entity.parents = {{"Role", "nurse"}, {"Org", "a"}};
  return entity;
}

Entity Empty() {
  Entity entity;
  entity.uid = kUid;
  return entity;
}

void ExpectSame(const Entity& a, const Entity& b) {
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.attributes, b.attributes);
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.parents, b.parents);
}

std::string Encode(const Entity& entity) {
  auto bytes = EncodeEntity(entity);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

TEST(EntityFormatTest, Layout) {
  EXPECT_EQ(absl::BytesToHexString(Encode(Empty())), "0100000000");
  Entity entity = Empty();
  entity.attributes = Value::Record({{"org", Value::Entity({"Org", "a"})}});
  // The example in entity_format.h.
  EXPECT_EQ(absl::BytesToHexString(Encode(entity)),
            "01"
            "02034f7267036f7267"
            "010104000161"
            "00"
            "00");
}

// These bytes are what stores hold.
TEST(EntityFormatTest, LayoutOfExtensions) {
  struct Case {
    Value value;
    const char* bytes;
  };
  for (const Case& c : {
           Case{Value::Extension(*Decimal::Parse("-1.5")), "07afea01"},
           Case{Value::Extension(*IpAddress::Parse("10.0.0.0/8")),
                "080a00000008"},
           Case{Value::Extension(*IpAddress::Parse("fe80::1")),
                "09fe80000000000000000000000000000180"},
           Case{Value::Extension(*Datetime::Parse("1970-01-01T00:00:00.001Z")),
                "0a02"},
           Case{Value::Extension(*Duration::Parse("-1ms")), "0b01"},
       }) {
    Entity entity = Empty();
    entity.attributes = Value::Record({{"a", c.value}});
    EXPECT_EQ(absl::BytesToHexString(Encode(entity)),
              "01010161"
              "0100" +
                  std::string(c.bytes) + "0000");
  }
}

TEST(EntityFormatTest, PrefixesThatAreTooLong) {
  for (const char* bytes :
       {"080a00000021", "09fe80000000000000000000000000000181"}) {
    EXPECT_FALSE(
        DecodeEntity(kUid, absl::HexStringToBytes("010101610100" +
                                                  std::string(bytes) + "0000"))
            .ok())
        << bytes;
  }
}

TEST(EntityFormatTest, RoundTrip) {
  Entity entity = Nurse();
  auto decoded = DecodeEntity(kUid, Encode(entity));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  // Parents come back sorted.
  entity.parents = {{"Org", "a"}, {"Role", "nurse"}};
  ExpectSame(*decoded, entity);
}

TEST(EntityFormatTest, OneEncodingEach) {
  Entity a = Nurse();
  Entity b = a;
  b.parents = {{"Org", "a"}, {"Role", "nurse"}, {"Org", "a"}};
  EXPECT_EQ(Encode(a), Encode(b));
}

// Every integer whose varint changes length, and its neighbours.
TEST(EntityFormatTest, Integers) {
  for (int shift = 0; shift < 64; ++shift) {
    for (int64_t near : {-1, 0, 1}) {
      uint64_t bits = (uint64_t{1} << shift) + static_cast<uint64_t>(near);
      for (uint64_t number : {bits, ~bits}) {
        Value value = Value::Long(static_cast<int64_t>(number));
        Entity entity = Empty();
        entity.attributes = Value::Record({{"n", value}});
        auto decoded = DecodeEntity(kUid, Encode(entity));
        ASSERT_TRUE(decoded.ok()) << number;
        EXPECT_EQ(*decoded->attributes.Find("n"), value);
      }
    }
  }
}

Value Nested(int depth) {
  Value value = Value::Bool(true);
  for (int i = 0; i < depth; ++i) {
    value = i % 2 ? Value::Set({value}) : Value::Record({{"a", value}});
  }
  return value;
}

TEST(EntityFormatTest, NestingIsLimited) {
  Entity entity = Empty();
  entity.attributes = Value::Record({{"a", Nested(kMaxFormatDepth - 1)}});
  auto decoded = DecodeEntity(kUid, Encode(entity));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ExpectSame(*decoded, entity);
  entity.attributes = Value::Record({{"a", Nested(kMaxFormatDepth)}});
  EXPECT_EQ(EncodeEntity(entity).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(EntityFormatTest, NestingOfHostileBytesIsLimited) {
  // Names {"a"}; one attribute whose value is a record with one attribute, ...
  std::string bytes(
      "\x01\x01\x01"
      "a",
      4);
  for (int i = 0; i < 100000; ++i) bytes += std::string("\x01\x00\x06", 3);
  EXPECT_EQ(DecodeEntity(kUid, bytes).status().code(),
            absl::StatusCode::kDataLoss);
}

// What decodes at all is the encoding of what it decodes to.
void ExpectCanonicalOrRefused(const std::string& bytes) {
  auto decoded = DecodeEntity(kUid, bytes);
  if (!decoded.ok()) {
    EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
    return;
  }
  EXPECT_EQ(absl::BytesToHexString(Encode(*decoded)),
            absl::BytesToHexString(bytes));
}

TEST(EntityFormatTest, EveryTruncationIsRefused) {
  std::string bytes = Encode(Nurse());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeEntity(kUid, bytes.substr(0, size)).status().code(),
              absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_FALSE(DecodeEntity(kUid, bytes + '\0').ok());
}

TEST(EntityFormatTest, EveryByteReplacedByEveryOther) {
  const std::string bytes = Encode(Nurse());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(byte);
      ExpectCanonicalOrRefused(damaged);
    }
  }
}

TEST(EntityFormatTest, RandomDamage) {
  const std::string bytes = Encode(Nurse());
  std::mt19937 random(301);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    for (int edits = 1 + random() % 4; edits > 0; --edits) {
      size_t at = random() % damaged.size();
      switch (random() % 3) {
        case 0:
          damaged[at] = static_cast<char>(random());
          break;
        case 1:
          damaged.insert(at, 1, static_cast<char>(random() % 8));
          break;
        default:
          damaged.erase(at, 1);
      }
    }
    ExpectCanonicalOrRefused(damaged);
  }
}

TEST(EntityFormatTest, UnknownVersionIsRefused) {
  std::string bytes = Encode(Nurse());
  bytes[0] = 2;
  EXPECT_EQ(DecodeEntity(kUid, bytes).status().message(),
            "the record of Person::\"1\" is damaged or of a later version");
}

}  // namespace
}  // namespace sekisho
