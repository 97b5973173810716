// Write and Read through gRPC.
#include <string>

#include "gtest/gtest.h"
#include "proto/codec.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

v1::WriteEntitiesRequest Puts(const std::vector<Entity>& entities) {
  v1::WriteEntitiesRequest request;
  for (const Entity& entity : entities) {
    EntityToProto(entity, request.add_mutations()->mutable_put());
  }
  return request;
}

v1::ReadEntitiesRequest Names(const std::vector<EntityUid>& uids) {
  v1::ReadEntitiesRequest request;
  for (const EntityUid& uid : uids) EntityUidToProto(uid, request.add_uids());
  return request;
}

class EntityServiceTest : public testing::Test {
 protected:
  EntityServiceTest() { server_.Activate(Compile(kRules)); }

  bool Has(const EntityUid& uid) {
    v1::ReadEntitiesResponse response;
    EXPECT_EQ(ToString(server_.Read(Names({uid}), &response)), "OK");
    return response.results_size() == 1 && response.results(0).has_entity();
  }

  TestServer server_;
};

TEST_F(EntityServiceTest, WhatIsWrittenIsRead) {
  EXPECT_EQ(server_.Put({MakePerson("a"), MakeRecord("r", "a")}), 1u);
  v1::ReadEntitiesResponse response;
  ASSERT_EQ(ToString(server_.Read(
                Names({{"Record", "r"}, {"Person", "none"}, {"Person", "a"}}),
                &response)),
            "OK");
  EXPECT_EQ(response.revision(), 1u);
  ASSERT_EQ(response.results_size(), 3);
  auto record = EntityFromProto(response.results(0).entity(), "");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->uid, (EntityUid{"Record", "r"}));
  EXPECT_EQ(record->attributes, MakeRecord("r", "a").attributes);
  EXPECT_FALSE(response.results(1).has_entity());
  EXPECT_EQ(response.results(2).entity().uid().id(), "a");
}

TEST_F(EntityServiceTest, DeleteRemoves) {
  server_.Put({MakePerson("a"), MakePerson("b")});
  v1::WriteEntitiesRequest request;
  EntityUidToProto({"Person", "a"}, request.add_mutations()->mutable_delete_());
  v1::WriteEntitiesResponse response;
  EXPECT_EQ(ToString(server_.Write(request, &response)), "OK");
  EXPECT_EQ(response.revision(), 2u);
  EXPECT_FALSE(Has({"Person", "a"}));
  EXPECT_TRUE(Has({"Person", "b"}));
}

TEST_F(EntityServiceTest, ADecisionSeesAnAcknowledgedWrite) {
  for (int i = 1; i <= 20; ++i) {
    const std::string owner = i % 2 ? "a" : "b";
    server_.Put({MakeRecord("r", owner)});
    v1::DecideResponse response = server_.MustDecide(Ask("a", "r"));
    EXPECT_EQ(response.decision(), i % 2 ? v1::PERMIT : v1::DENY);
    EXPECT_EQ(response.entity_revision(), static_cast<uint64_t>(i));
  }
}

TEST_F(EntityServiceTest, ExpectedRevision) {
  v1::WriteEntitiesRequest request = Puts({MakePerson("a")});
  request.set_expected_revision(0);
  EXPECT_EQ(ToString(server_.Write(request)), "OK");
  EXPECT_EQ(ToString(server_.Write(request)),
            "ABORTED: the revision is 1, not the expected 0");
  request.set_expected_revision(1);
  EXPECT_EQ(ToString(server_.Write(request)), "OK");
}

TEST_F(EntityServiceTest, WhatDoesNotFitTheSchemaIsRefusedWhole) {
  Entity mistyped = MakePerson("b");
  mistyped.attributes = Value::Record({{"roles", Value::String("nurse")}});
  Entity missing = MakePerson("b");
  missing.attributes = Value::Record({});
  Entity unknown = MakePerson("b");
  unknown.uid.type = "Ghost";
  Entity misplaced = MakePerson("b");
  misplaced.parents = {{"Record", "r"}};
  const struct {
    Entity entity;
    std::string field;
  } cases[] = {
      {mistyped, "attributes.roles: "},
      {missing, "attributes.roles: "},
      {unknown, "uid"},
      {misplaced, "parents"},
  };
  for (const auto& c : cases) {
    std::string status =
        ToString(server_.Write(Puts({MakePerson("a"), c.entity})));
    EXPECT_EQ(status.rfind("INVALID_ARGUMENT: mutations[1].put." + c.field, 0),
              0u)
        << status;
    EXPECT_NE(status.find(" (in " + c.entity.uid.ToString() + ")"),
              std::string::npos)
        << status;
  }
  EXPECT_FALSE(Has({"Person", "a"}));
}

TEST_F(EntityServiceTest, BadRequestsNameTheField) {
  v1::WriteEntitiesRequest unset = Puts({MakePerson("a")});
  unset.add_mutations();
  v1::WriteEntitiesRequest no_uid = Puts({MakePerson("a")});
  no_uid.mutable_mutations(0)->mutable_put()->clear_uid();
  v1::WriteEntitiesRequest no_type;
  no_type.add_mutations()->mutable_delete_();
  EXPECT_EQ(ToString(server_.Write({})),
            "INVALID_ARGUMENT: mutations: is empty");
  EXPECT_EQ(ToString(server_.Write(unset)),
            "INVALID_ARGUMENT: mutations[1]: is not set");
  EXPECT_EQ(ToString(server_.Write(no_uid)),
            "INVALID_ARGUMENT: mutations[0].put.uid: is not set");
  EXPECT_EQ(
      ToString(server_.Write(no_type)),
      "INVALID_ARGUMENT: mutations[0].delete: the entity type is not set");
  EXPECT_EQ(ToString(server_.Read({})), "INVALID_ARGUMENT: uids: is empty");
  EXPECT_EQ(ToString(server_.Read(Names({{"Person", "a"}, {"", "b"}}))),
            "INVALID_ARGUMENT: uids[1]: the entity type is not set");
  EXPECT_EQ(ToString(server_.Read(
                Names(std::vector<EntityUid>(1001, {"Person", "a"})))),
            "RESOURCE_EXHAUSTED: uids: has 1001 entries; at most 1000 are "
            "allowed");
}

TEST_F(EntityServiceTest, WithoutAPolicyEntitiesCannotBeChecked) {
  v1::WriteEntitiesRequest request = Puts({MakePerson("a")});
  request.set_policy_store("other");
  EXPECT_EQ(ToString(server_.Write(request)),
            "FAILED_PRECONDITION: policy store `other` has no active policy");
  request.set_policy_store("/");
  EXPECT_EQ(server_.Write(request).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace sekisho
