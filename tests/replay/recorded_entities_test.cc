// Entities out of a log's evidence, found again in every order.
#include "engine/replay/recorded_entities.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/sha256.h"
#include "engine/model/entity_format.h"
#include "engine/model/schema.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Schema UsersWithARole() {
  Schema schema;
  RecordType attributes;
  attributes["role"].type = Type::String();
  schema.entity_types["User"].attributes = attributes;
  return schema;
}

struct Recorded {
  Entity entity;
  Sha256Digest hash;
};

// Users of few roles, so that most have the content of others.
std::vector<Recorded> Users(EvidenceKeeper* evidence) {
  std::vector<Recorded> users;
  for (int i = 0; i < 1000; ++i) {
    Entity user;
    user.uid = {"User", absl::StrCat(i)};
    user.attributes =
        Value::Record({{"role", Value::String(absl::StrCat("role-", i % 3))}});
    const std::string bytes = *EncodeEntity(user);
    evidence->Add(bytes);
    users.push_back({std::move(user), Sha256(bytes)});
  }
  return users;
}

TEST(EntityDecoderTest, EntitiesOfOneContentAreDifferentEntities) {
  const Schema schema = UsersWithARole();
  EvidenceKeeper evidence;
  const std::vector<Recorded> users = Users(&evidence);
  EntityDecoder decoder(evidence);
  for (int round = 0; round < 2; ++round) {
    for (const Recorded& user : users) {
      const auto entity = decoder.Decode(user.entity.uid, user.hash, schema);
      ASSERT_TRUE(entity.ok()) << entity.status();
      EXPECT_EQ((*entity)->uid, user.entity.uid);
      EXPECT_EQ((*entity)->attributes, user.entity.attributes);
    }
  }
}

TEST(EntityDecoderTest, OneEntityHasTheContentThatIsAskedFor) {
  const Schema schema = UsersWithARole();
  EvidenceKeeper evidence;
  const std::vector<Recorded> users = Users(&evidence);
  EntityDecoder decoder(evidence);
  const EntityUid uid = users[0].entity.uid;
  for (int i = 0; i < 9; ++i) {
    const auto entity = decoder.Decode(uid, users[i].hash, schema);
    ASSERT_TRUE(entity.ok()) << entity.status();
    EXPECT_EQ((*entity)->attributes, users[i].entity.attributes);
  }
}

TEST(EntityDecoderTest, WhatWasDecodedUnderOneSchemaMustFitTheOther) {
  const Schema schema = UsersWithARole();
  Schema other = schema;
  other.entity_types["User"].attributes["role"].type = Type::Long();
  EvidenceKeeper evidence;
  const Recorded user = Users(&evidence)[0];
  EntityDecoder decoder(evidence);
  EXPECT_TRUE(decoder.Decode(user.entity.uid, user.hash, schema).ok());
  EXPECT_EQ(decoder.Decode(user.entity.uid, user.hash, other).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(EntityDecoderTest, WhatIsExpectedIsFoundAsIfItWereNot) {
  using Step = EntityDecoder::Step;
  const Schema schema = UsersWithARole();
  EvidenceKeeper evidence;
  const std::vector<Recorded> users = Users(&evidence);
  EntityDecoder decoder(evidence);
  for (int round = 0; round < 2; ++round) {
    for (const Recorded& user : users) {
      for (Step step :
           {Step::kValues, Step::kPlace, Step::kAttributes, Step::kEntity}) {
        decoder.Expect(user.entity.uid, user.hash, step);
      }
      const auto entity = decoder.Decode(user.entity.uid, user.hash, schema);
      ASSERT_TRUE(entity.ok()) << entity.status();
      EXPECT_EQ((*entity)->uid, user.entity.uid);
    }
  }
  const Sha256Digest unknown = Sha256("no evidence");
  decoder.Expect(users[0].entity.uid, unknown, Step::kValues);
  EXPECT_EQ(
      decoder.Decode(users[0].entity.uid, unknown, schema).status().code(),
      absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace sekisho
