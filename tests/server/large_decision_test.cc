// Decisions that rest on more entities than a record has room to name.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"
#include "engine/replay/replay.h"
#include "gtest/gtest.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

constexpr int kOrganizations = 3000;

EntityUid Organization(int i) {
  return {"Organization", absl::StrCat("organization-", i)};
}

// In all of them but one.
Entity MakeJoiner(int but) {
  Entity joiner = MakePerson("joiner");
  for (int i = 0; i < kOrganizations; ++i) {
    if (i != but) joiner.parents.push_back(Organization(i));
  }
  return joiner;
}

TEST(LargeDecisionTest, IsMadeLoggedReplayedAndExplained) {
  TestServer server;
  server.Activate(Compile(absl::StrCat(
      "@id(\"last\") permit (principal in Organization::\"",
      Organization(kOrganizations - 1).id, "\", action, resource);")));
  std::vector<Entity> organizations(kOrganizations);
  for (int i = 0; i < kOrganizations; ++i) {
    organizations[static_cast<size_t>(i)].uid = Organization(i);
  }
  server.Put(organizations);
  server.Put({MakeJoiner(kOrganizations), MakeRecord("r", "joiner")});
  const v1::DecideRequest request = Ask("joiner", "r");
  const v1::DecideResponse permit = server.MustDecide(request);
  EXPECT_EQ(permit.decision(), v1::PERMIT);
  EXPECT_EQ(server.MustDecide(request).decision(), v1::PERMIT);
  server.Put({MakeJoiner(kOrganizations - 1)});
  EXPECT_EQ(server.MustDecide(request).decision(), v1::DENY);

  // By the entities of its time.
  v1::ExplainRequest why;
  why.mutable_logged()->set_decision_id(permit.decision_id());
  why.set_detail(v1::ExplainRequest::FULL);
  v1::ExplainResponse explanation;
  EXPECT_EQ(ToString(server.Explain(why, &explanation)), "OK");
  ASSERT_EQ(explanation.full().determining_size(), 1);
  EXPECT_EQ(explanation.full().determining(0).policy().id(), "last");

  server.Stop();
  ExpectProved(server.data());
  std::vector<DecisionBody> decisions;
  for (const Logged& each : ReadLog(server.data())) {
    const auto* body = std::get_if<DecisionBody>(&each.record.body);
    if (body != nullptr) decisions.push_back(*body);
  }
  ASSERT_EQ(decisions.size(), 3);
  for (const DecisionBody& body : decisions) {
    EXPECT_TRUE(body.basis.evidence_list.has_value());
    EXPECT_TRUE(body.basis.evidence.empty());
  }
  EXPECT_EQ(decisions[0].basis.evidence_list, decisions[1].basis.evidence_list);
  EXPECT_NE(decisions[1].basis.evidence_list, decisions[2].basis.evidence_list);
  const auto report = ReplayLog(server.data() + "/log", ReplayOptions());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->decisions, 3);
  EXPECT_TRUE(report->findings.empty());
}

}  // namespace
}  // namespace sekisho
