// Decide and DecideBatch through gRPC.
#include <string>

#include "absl/time/clock.h"
#include "engine/graph/artifact.h"
#include "gtest/gtest.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

class DecideTest : public testing::Test {
 protected:
  DecideTest() {
    server_.Activate(artifact_);
    server_.Put({MakePerson("a"), MakePerson("s", /*suspended=*/true),
                 MakeRecord("of-a", "a"), MakeRecord("of-s", "s")});
  }

  const std::string artifact_ = Compile(kRules);
  TestServer server_;
};

// `decision cause [determining] [errors] [undecided forbids]`.
std::string Summary(const v1::DecideResponse& response) {
  auto ids = [](const auto& policies) {
    std::string out = " [";
    for (const v1::PolicyReference& policy : policies) {
      out += (out.size() > 2 ? " " : "") + policy.id();
    }
    return out + "]";
  };
  return v1::Decision_Name(response.decision()) + " " +
         v1::Cause_Name(response.cause()) + ids(response.determining()) +
         ids(response.errors()) + ids(response.undecided_forbids());
}

TEST_F(DecideTest, Decisions) {
  const struct {
    v1::DecideRequest request;
    std::string summary;
  } cases[] = {
      {Ask("a", "of-a"), "PERMIT PERMITTED [own] [] []"},
      {Ask("a", "of-s"), "DENY NOT_COVERED [] [] []"},
      {Ask("a", "of-a", "home"), "DENY NOT_COVERED [] [] []"},
      {Ask("a", "none"), "DENY NOT_COVERED [] [own] []"},
      {Ask("s", "of-s"), "DENY FORBIDDEN [suspended] [] []"},
      {Ask("a", "of-a", "hospital", 101), "DENY FORBIDDEN [count] [] []"},
      {Ask("a", "of-a", "hospital", 2),
       "DENY FORBID_UNDECIDED [] [count] [count]"},
      {Ask("s", "of-s", "hospital", 2),
       "DENY FORBIDDEN [suspended] [count] []"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Summary(server_.MustDecide(c.request)), c.summary)
        << c.request.ShortDebugString();
  }
}

TEST_F(DecideTest, APermitSaysByWhatItWasMade) {
  v1::DecideRequest request = Ask("a", "of-a");
  request.set_request_id("request 1");
  const absl::Time before = absl::Now();
  v1::DecideResponse response = server_.MustDecide(request);
  const absl::Time after = absl::Now();

  ASSERT_EQ(response.determining_size(), 1);
  const v1::PolicyReference& policy = response.determining(0);
  EXPECT_EQ(policy.id(), "own");
  EXPECT_EQ(policy.effect(), v1::PolicyReference::EFFECT_PERMIT);
  EXPECT_EQ(policy.use_case(), "①-1");
  EXPECT_EQ(policy.source(), "rules.cedar");
  EXPECT_EQ(policy.line(), 1u);

  EXPECT_EQ(response.policy_hash(), (*Artifact::FromBytes(artifact_))->hash());
  EXPECT_EQ(response.policy_version(), 1u);
  EXPECT_EQ(response.entity_revision(), 1u);
  EXPECT_EQ(response.request_id(), "request 1");
  EXPECT_EQ(response.decision_id().size(), 32u);
  EXPECT_GT(response.evaluation_ns(), 0u);
  const absl::Time time =
      absl::FromUnixSeconds(response.server_time().seconds()) +
      absl::Nanoseconds(response.server_time().nanos());
  EXPECT_LE(before, time);
  EXPECT_LE(time, after);
  request.set_request_id("request 2");
  EXPECT_LT(response.decision_id(), server_.MustDecide(request).decision_id());
}

TEST_F(DecideTest, BadRequestsNameTheField) {
  v1::DecideRequest no_principal = Ask("a", "of-a");
  no_principal.clear_principal();
  v1::DecideRequest unset = Ask("a", "of-a");
  unset.mutable_context()->mutable_attributes(1)->clear_value();
  v1::DecideRequest twice = Ask("a", "of-a");
  *twice.mutable_context()->add_attributes() = twice.context().attributes(0);
  v1::DecideRequest missing = Ask("a", "of-a");
  missing.mutable_context()->mutable_attributes()->RemoveLast();
  v1::DecideRequest unknown = Ask("a", "of-a");
  unknown.mutable_context()->mutable_attributes(1)->set_name("place");
  v1::DecideRequest mistyped = Ask("a", "of-a");
  mistyped.mutable_context()
      ->mutable_attributes(1)
      ->mutable_value()
      ->set_bool_value(true);
  v1::DecideRequest wrong_type = Ask("a", "of-a");
  wrong_type.mutable_principal()->set_type("Record");
  v1::DecideRequest wrong_action = Ask("a", "of-a");
  wrong_action.mutable_action()->set_id("burn");
  v1::DecideRequest long_id = Ask("a", "of-a");
  long_id.set_request_id(std::string(129, 'x'));
  v1::DecideRequest bad_store = Ask("a", "of-a");
  bad_store.set_policy_store("a b");
  const struct {
    v1::DecideRequest request;
    std::string error;
  } cases[] = {
      {no_principal, "principal: is not set"},
      {unset, "context.location: value is not set"},
      {twice, "context.count: is given twice"},
      {missing, "context.location: "},
      {unknown, "context."},
      {mistyped, "context.location: "},
      {wrong_type, "principal: "},
      {wrong_action, "action: "},
      {long_id, "request_id: is longer than 128 bytes"},
      {bad_store, "policy_store: "},
  };
  for (const auto& c : cases) {
    std::string status = ToString(server_.Decide(c.request));
    EXPECT_EQ(status.rfind("INVALID_ARGUMENT: " + c.error, 0), 0u) << status;
  }
}

TEST_F(DecideTest, PolicyStoresAreApart) {
  v1::DecideRequest request = Ask("a", "of-a");
  request.set_policy_store("other");
  EXPECT_EQ(ToString(server_.Decide(request)),
            "FAILED_PRECONDITION: policy store `other` has no active policy");
  server_.Activate(artifact_, "other");
  // The entities are not there.
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::DENY);
  EXPECT_EQ(server_.MustDecide(request).entity_revision(), 0u);
  server_.Put({MakeRecord("of-a", "a")}, "other");
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::PERMIT);
  // "default" is the one without a name.
  request.set_policy_store("default");
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::PERMIT);
  EXPECT_EQ(server_.MustDecide(request).policy_version(), 1u);
}

v1::DecideBatchItem Item(const v1::DecideRequest& request,
                         const std::string& id) {
  v1::DecideBatchItem item;
  // The fields have the same numbers.
  EXPECT_TRUE(item.ParseFromString(request.SerializeAsString()));
  item.set_request_id(id);
  return item;
}

TEST_F(DecideTest, ABatchAnswersEachItemInOrder) {
  v1::DecideBatchRequest request;
  *request.add_items() = Item(Ask("a", "of-a"), "1");
  *request.add_items() = Item(Ask("a", "of-s"), "2");
  *request.add_items() = Item(v1::DecideRequest(), "3");
  *request.add_items() = Item(Ask("s", "of-s"), "4");
  v1::DecideBatchResponse response;
  ASSERT_EQ(ToString(server_.DecideBatch(request, &response)), "OK");
  ASSERT_EQ(response.results_size(), 4);
  EXPECT_EQ(Summary(response.results(0).decision()),
            "PERMIT PERMITTED [own] [] []");
  EXPECT_EQ(response.results(0).decision().request_id(), "1");
  EXPECT_EQ(Summary(response.results(1).decision()),
            "DENY NOT_COVERED [] [] []");
  EXPECT_EQ(response.results(2).error().code(), 3);
  EXPECT_EQ(response.results(2).error().message(), "principal: is not set");
  EXPECT_EQ(Summary(response.results(3).decision()),
            "DENY FORBIDDEN [suspended] [] []");
  EXPECT_EQ(response.policy_version(), 1u);
  EXPECT_EQ(response.policy_hash().size(), 64u);
  EXPECT_EQ(response.entity_revision(), 1u);
  EXPECT_TRUE(response.has_server_time());
  EXPECT_LT(response.results(0).decision().decision_id(),
            response.results(1).decision().decision_id());
}

TEST_F(DecideTest, BatchesAreLimited) {
  v1::DecideBatchRequest request;
  EXPECT_EQ(ToString(server_.DecideBatch(request)),
            "INVALID_ARGUMENT: items: is empty");
  for (int i = 0; i < 1000; ++i) {
    *request.add_items() = Item(Ask("a", "of-a"), "");
  }
  v1::DecideBatchResponse response;
  ASSERT_EQ(ToString(server_.DecideBatch(request, &response)), "OK");
  EXPECT_EQ(response.results_size(), 1000);
  for (const v1::DecideResult& result : response.results()) {
    EXPECT_EQ(result.decision().decision(), v1::PERMIT);
  }
  *request.add_items() = Item(Ask("a", "of-a"), "");
  EXPECT_EQ(ToString(server_.DecideBatch(request)),
            "RESOURCE_EXHAUSTED: items: has 1001 entries; at most 1000 are "
            "allowed");
}

}  // namespace
}  // namespace sekisho
