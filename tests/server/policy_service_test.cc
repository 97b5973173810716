// Activate, List and Get through gRPC.
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "gtest/gtest.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

std::string HashOf(const std::string& artifact) {
  auto loaded = Artifact::FromBytes(artifact);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded.ok() ? (*loaded)->hash() : "";
}

v1::ActivatePolicyRequest Request(const std::string& artifact) {
  v1::ActivatePolicyRequest request;
  request.set_artifact(artifact);
  return request;
}

const std::string& First() {
  static const auto* artifact = new std::string(Compile(kRules));
  return *artifact;
}

// Permits at the clinic what kRules permits at the hospital.
const std::string& Second() {
  static const auto* artifact = new std::string(
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})));
  return *artifact;
}

TEST(PolicyServiceTest, AnActivationDecidesFromThenOn) {
  TestServer server;
  v1::ActivatePolicyResponse first = server.Activate(First());
  EXPECT_EQ(first.activation().version(), 1u);
  EXPECT_EQ(first.activation().hash(), HashOf(First()));
  EXPECT_TRUE(first.activation().has_time());
  EXPECT_EQ(first.previous_hash(), "");
  server.Put({MakeRecord("r", "a")});
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);

  v1::ActivatePolicyResponse second = server.Activate(Second());
  EXPECT_EQ(second.activation().version(), 2u);
  EXPECT_EQ(second.previous_hash(), HashOf(First()));
  v1::DecideResponse denied = server.MustDecide(Ask("a", "r"));
  EXPECT_EQ(denied.decision(), v1::DENY);
  EXPECT_EQ(denied.policy_hash(), HashOf(Second()));
  EXPECT_EQ(denied.policy_version(), 2u);
  EXPECT_EQ(denied.entity_revision(), 1u);
  EXPECT_EQ(server.MustDecide(Ask("a", "r", "clinic")).decision(), v1::PERMIT);
}

TEST(PolicyServiceTest, ARestartKeepsPoliciesAndEntities) {
  TestServer server;
  server.Activate(First());
  server.Activate(Second());
  server.Activate(First(), "other");
  server.Put({MakeRecord("r", "a")});
  v1::DecideResponse before = server.MustDecide(Ask("a", "r", "clinic"));
  server.Restart();
  v1::DecideResponse after = server.MustDecide(Ask("a", "r", "clinic"));
  EXPECT_EQ(after.decision(), v1::PERMIT);
  EXPECT_EQ(after.policy_hash(), before.policy_hash());
  EXPECT_EQ(after.policy_version(), 2u);
  EXPECT_EQ(after.entity_revision(), before.entity_revision());
  EXPECT_LT(before.decision_id(), after.decision_id());
  v1::DecideRequest other = Ask("a", "r");
  other.set_policy_store("other");
  EXPECT_EQ(server.MustDecide(other).policy_hash(), HashOf(First()));
}

TEST(PolicyServiceTest, ExpectedHash) {
  TestServer server;
  v1::ActivatePolicyRequest request = Request(First());
  request.set_expected_hash(HashOf(Second()));
  EXPECT_EQ(ToString(server.Activate(request)),
            "ABORTED: the active policy is none, not the expected " +
                HashOf(Second()));
  request.set_expected_hash("");
  EXPECT_EQ(ToString(server.Activate(request)), "OK");
  EXPECT_EQ(server.Activate(request).error_code(), grpc::StatusCode::ABORTED);
  request.set_expected_hash(HashOf(First()));
  EXPECT_EQ(ToString(server.Activate(request)), "OK");
}

TEST(PolicyServiceTest, WhatIsNoArtifactIsRefusedAndChangesNothing) {
  TestServer server;
  server.Activate(First());
  EXPECT_EQ(ToString(server.Activate(Request(""))),
            "INVALID_ARGUMENT: artifact: is empty");
  std::string damaged = First();
  damaged[damaged.size() / 2] ^= 1;
  for (const std::string& bytes :
       {std::string("x"), std::string(1000, '\0'), damaged,
        First().substr(0, First().size() - 1)}) {
    std::string status = ToString(server.Activate(Request(bytes)));
    EXPECT_EQ(status.rfind("INVALID_ARGUMENT: artifact: ", 0), 0u) << status;
  }
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).policy_version(), 1u);
  v1::ActivatePolicyRequest request = Request(First());
  request.set_policy_store("no spaces");
  EXPECT_EQ(server.Activate(request).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(PolicyServiceTest, StoredEntitiesMustFitANewSchema) {
  TestServer server;
  server.Activate(First());
  server.Put({MakePerson("a"), MakePerson("b"), MakeRecord("r", "a")});
  const std::string schema = absl::StrReplaceAll(
      kSchema, {{"roles: Set<String>", "roles: Set<String>, ward: Long"}});
  std::string status =
      ToString(server.Activate(Request(Compile(kRules, schema))));
  EXPECT_EQ(status.rfind("FAILED_PRECONDITION: stored entities do not fit the "
                         "new schema: Person::\"a\" attributes.ward: ",
                         0),
            0u)
      << status;
  EXPECT_NE(status.find("; Person::\"b\" attributes.ward: "), std::string::npos)
      << status;
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).policy_version(), 1u);

  // Nothing is misfit once the attribute is optional.
  const std::string optional =
      absl::StrReplaceAll(schema, {{"ward: Long", "ward?: Long"}});
  EXPECT_EQ(ToString(server.Activate(Request(Compile(kRules, optional)))),
            "OK");
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).policy_version(), 2u);
}

TEST(PolicyServiceTest, ManyMisfitsAreNotAllListed) {
  TestServer server;
  server.Activate(First());
  std::vector<Entity> persons;
  for (int i = 0; i < 100; ++i)
    persons.push_back(MakePerson(std::to_string(i)));
  server.Put(persons);
  const std::string schema = absl::StrReplaceAll(
      kSchema, {{"roles: Set<String>", "roles: Set<String>, ward: Long"}});
  grpc::Status status = server.Activate(Request(Compile(kRules, schema)));
  EXPECT_LT(status.error_message().size(), 1000u);
  EXPECT_NE(status.error_message().find("; perhaps more"), std::string::npos)
      << status.error_message();
}

TEST(PolicyServiceTest, ARollbackIsAnActivationOfAnEarlierPolicy) {
  TestServer server;
  v1::RollbackPolicyRequest request;
  v1::RollbackPolicyResponse response;
  EXPECT_EQ(ToString(server.Rollback(request)),
            "FAILED_PRECONDITION: policy store `default` has no active policy");
  server.Activate(First());
  EXPECT_EQ(ToString(server.Rollback(request)),
            "NOT_FOUND: policy store `default` never had another policy than "
            "the active one");
  server.Activate(Second());
  server.Put({MakeRecord("r", "a")});
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).decision(), v1::DENY);

  ASSERT_EQ(ToString(server.Rollback(request, &response)), "OK");
  EXPECT_EQ(response.activation().version(), 3u);
  EXPECT_EQ(response.activation().hash(), HashOf(First()));
  EXPECT_EQ(response.previous_hash(), HashOf(Second()));
  const v1::DecideResponse decision = server.MustDecide(Ask("a", "r"));
  EXPECT_EQ(decision.decision(), v1::PERMIT);
  EXPECT_EQ(decision.policy_version(), 3u);

  // Again: undone.
  ASSERT_EQ(ToString(server.Rollback(request, &response)), "OK");
  EXPECT_EQ(response.activation().hash(), HashOf(Second()));
  // To a policy by name, also after a restart.
  server.Restart();
  request.set_hash(HashOf(First()));
  request.set_expected_hash(HashOf(First()));
  EXPECT_EQ(ToString(server.Rollback(request)),
            "ABORTED: the active policy is " + HashOf(Second()) +
                ", not the expected " + HashOf(First()));
  request.set_expected_hash(HashOf(Second()));
  ASSERT_EQ(ToString(server.Rollback(request, &response)), "OK");
  EXPECT_EQ(response.activation().version(), 5u);
  request.clear_expected_hash();
  request.set_hash(std::string(64, '0'));
  EXPECT_EQ(ToString(server.Rollback(request)),
            "NOT_FOUND: policy store `default` does not hold the policy " +
                std::string(64, '0'));

  server.Stop();
  std::vector<std::string> reasons;
  for (const Logged& logged : ReadLog(server.data())) {
    const auto* body = std::get_if<ActivationBody>(&logged.record.body);
    if (body != nullptr) reasons.push_back(body->reason);
  }
  EXPECT_EQ(reasons,
            (std::vector<std::string>{"activate", "activate", "rollback",
                                      "rollback", "open", "rollback"}));
  ExpectProved(server.data());
}

TEST(PolicyServiceTest, ARollbackIsRefusedToEntitiesThatDoNotFit) {
  TestServer server;
  server.Activate(First());
  server.Activate(Compile(
      kRules,
      absl::StrReplaceAll(kSchema, {{"roles: Set<String>",
                                     "roles: Set<String>, ward?: Long"}})));
  Entity person = MakePerson("a");
  person.attributes =
      Value::Record({{"roles", Value::Set({})}, {"ward", Value::Long(1)}});
  server.Put({person});
  EXPECT_EQ(ToString(server.Rollback({})),
            "FAILED_PRECONDITION: stored entities do not fit the new schema: "
            "Person::\"a\" attributes.ward: not declared in the schema");
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).policy_version(), 2u);
}

TEST(PolicyServiceTest, ListAndGet) {
  TestServer server;
  v1::ListPoliciesResponse list;
  EXPECT_EQ(ToString(server.List({}, &list)), "OK");
  EXPECT_EQ(list.activations_size(), 0);
  EXPECT_EQ(ToString(server.Get({})),
            "NOT_FOUND: policy store `default` has no active policy");

  server.Activate(First());
  server.Activate(Second());
  server.Activate(First());
  ASSERT_EQ(ToString(server.List({}, &list)), "OK");
  ASSERT_EQ(list.activations_size(), 3);
  EXPECT_EQ(list.activations(0).version(), 3u);
  EXPECT_EQ(list.activations(0).hash(), HashOf(First()));
  EXPECT_EQ(list.activations(2).version(), 1u);
  v1::ListPoliciesRequest limited;
  limited.set_limit(1);
  ASSERT_EQ(ToString(server.List(limited, &list)), "OK");
  EXPECT_EQ(list.activations_size(), 1);

  v1::GetPolicyResponse got;
  ASSERT_EQ(ToString(server.Get({}, &got)), "OK");
  EXPECT_TRUE(got.active());
  EXPECT_EQ(got.activation().version(), 3u);
  EXPECT_EQ(got.artifact(), "");
  ASSERT_EQ(got.policies_size(), 3);
  EXPECT_EQ(got.policies(0).id(), "own");
  EXPECT_EQ(got.policies(1).effect(), v1::PolicyReference::EFFECT_FORBID);

  v1::GetPolicyRequest request;
  request.set_hash(HashOf(Second()));
  request.set_include_artifact(true);
  ASSERT_EQ(ToString(server.Get(request, &got)), "OK");
  EXPECT_FALSE(got.active());
  EXPECT_EQ(got.activation().version(), 2u);
  EXPECT_EQ(got.artifact(), Second());
  request.set_hash("00");
  EXPECT_EQ(ToString(server.Get(request)),
            "NOT_FOUND: policy store `default` has no policy 00");
}

}  // namespace
}  // namespace sekisho
