// Write and Read through gRPC.
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
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

v1::EntityPatch* AddPatch(const EntityUid& uid,
                          v1::WriteEntitiesRequest* request) {
  v1::EntityPatch* patch = request->add_mutations()->mutable_patch();
  EntityUidToProto(uid, patch->mutable_uid());
  return patch;
}

TEST_F(EntityServiceTest, APatchIsPartOfItsBatch) {
  server_.Put({MakePerson("a")});
  v1::WriteEntitiesRequest request = Puts({MakePerson("b")});
  for (const char* id : {"a", "b"}) {
    v1::EntityPatch* patch = AddPatch({"Person", id}, &request);
    v1::Attribute* suspended =
        patch->mutable_set_attributes()->add_attributes();
    suspended->set_name("suspended");
    suspended->mutable_value()->set_bool_value(true);
    EntityUidToProto({"Organization", "o"}, patch->add_added_parents());
  }
  EXPECT_EQ(ToString(server_.Write(request)), "OK");
  v1::ReadEntitiesResponse response;
  EXPECT_EQ(ToString(server_.Read(Names({{"Person", "a"}, {"Person", "b"}}),
                                  &response)),
            "OK");
  for (const v1::ReadEntityResult& result : response.results()) {
    EXPECT_EQ(result.entity().attributes().attributes_size(), 2);
    EXPECT_EQ(result.entity().parents_size(), 1);
  }
  EXPECT_EQ(response.revision(), 2u);
}

TEST_F(EntityServiceTest, APatchThatCannotBeRefusesAll) {
  server_.Put({MakePerson("a")});
  v1::WriteEntitiesRequest unknown = Puts({MakePerson("b")});
  AddPatch({"Person", "x"}, &unknown);
  EXPECT_EQ(ToString(server_.Write(unknown)),
            "FAILED_PRECONDITION: mutations[1].patch: there is no "
            "Person::\"x\"");
  v1::WriteEntitiesRequest misfit = Puts({MakePerson("b")});
  AddPatch({"Person", "a"}, &misfit)->add_removed_attributes("roles");
  AddPatch({"Person", "b"}, &misfit);
  EXPECT_EQ(ToString(server_.Write(misfit)),
            "INVALID_ARGUMENT: mutations[1].patch.attributes.roles: required "
            "and missing (in Person::\"a\")");
  v1::WriteEntitiesRequest malformed = Puts({MakePerson("b")});
  AddPatch({"Person", "a"}, &malformed)->add_added_parents();
  EXPECT_EQ(ToString(server_.Write(malformed)),
            "INVALID_ARGUMENT: mutations[1].patch.added_parents[0]: the entity "
            "type is not set");
  malformed.mutable_mutations(1)->mutable_patch()->clear_uid();
  EXPECT_EQ(ToString(server_.Write(malformed)),
            "INVALID_ARGUMENT: mutations[1].patch.uid: is not set");
  EXPECT_FALSE(Has({"Person", "b"}));
}

TEST_F(EntityServiceTest, ASourceConfirmsItsWatermark) {
  v1::WriteEntitiesRequest request = Puts({MakePerson("a")});
  request.set_source("hr");
  request.mutable_watermark()->set_seconds(absl::ToUnixSeconds(absl::Now()));
  v1::WriteEntitiesResponse response;
  EXPECT_EQ(ToString(server_.Write(request, &response)), "OK");
  EXPECT_EQ(response.revision(), 1u);
  request.clear_mutations();
  EXPECT_EQ(ToString(server_.Write(request, &response)), "OK");
  EXPECT_EQ(response.revision(), 1u);
}

TEST_F(EntityServiceTest, AWatermarkNeedsASourceAndATime) {
  v1::WriteEntitiesRequest request = Puts({MakePerson("a")});
  request.mutable_watermark()->set_seconds(1);
  EXPECT_EQ(ToString(server_.Write(request)),
            "INVALID_ARGUMENT: source: is not set, whose watermark?");
  request.set_source("h r");
  EXPECT_EQ(ToString(server_.Write(request)),
            "INVALID_ARGUMENT: source: must be 1 to 64 letters, digits, `.`, "
            "`_` or `-`");
  request.set_source("hr");
  request.mutable_watermark()->set_seconds(-1);
  EXPECT_EQ(ToString(server_.Write(request)),
            "INVALID_ARGUMENT: watermark: is not a time since 1970");
  request.mutable_watermark()->set_seconds(4'102'444'800);
  EXPECT_EQ(ToString(server_.Write(request)),
            "INVALID_ARGUMENT: watermark: 2100-01-01T00:00:00+00:00 is more "
            "than a minute ahead of the server's clock");
  request.mutable_watermark()->set_seconds(253'402'300'799);
  EXPECT_EQ(server_.Write(request).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_watermark();
  request.clear_mutations();
  EXPECT_EQ(ToString(server_.Write(request)),
            "INVALID_ARGUMENT: mutations: is empty");
  EXPECT_FALSE(Has({"Person", "a"}));
}

TEST_F(EntityServiceTest, WritesOfLongNamesAreLogged) {
  std::vector<Entity> people;
  for (int i = 0; i < 500; ++i) {
    people.push_back(MakePerson(std::string(1000, 'x') + std::to_string(i)));
  }
  EXPECT_EQ(server_.Put(people), 1u);
  EXPECT_EQ(server_.Put({MakePerson(std::string(100'000, 'x'))}), 2u);
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
