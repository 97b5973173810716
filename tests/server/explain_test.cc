// Explain: who may call it, what it says of logged decisions, what is logged of
// it, and its limits. That it is right is tested by tests/explain.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/log/record.h"
#include "engine/model/value.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"
#include "server/server.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

v1::ExplainRequest Why(const v1::DecideRequest& request, bool full = true) {
  v1::ExplainRequest out;
  *out.mutable_request() = request;
  if (full) out.set_detail(v1::ExplainRequest::FULL);
  return out;
}

v1::ExplainRequest WhyLogged(const std::string& decision_id, bool full = true) {
  v1::ExplainRequest out;
  out.mutable_logged()->set_decision_id(decision_id);
  if (full) out.set_detail(v1::ExplainRequest::FULL);
  return out;
}

class ExplainTest : public testing::Test {
 protected:
  ExplainTest() {
    server_.Activate(Compile(kRules));
    server_.Put({MakePerson("a"), MakeRecord("r", "a")});
  }

  v1::ExplainResponse MustExplain(const v1::ExplainRequest& request) {
    v1::ExplainResponse response;
    EXPECT_EQ(ToString(server_.Explain(request, &response)), "OK");
    return response;
  }
  std::string Refusal(const v1::ExplainRequest& request) {
    return ToString(server_.Explain(request));
  }

  // Of all explanations in the log, which is proved.
  std::vector<ExplanationBody> Logged() {
    server_.Stop();
    ExpectProved(server_.data());
    std::vector<ExplanationBody> out;
    for (const auto& logged : ReadLog(server_.data())) {
      const auto* body = std::get_if<ExplanationBody>(&logged.record.body);
      if (body != nullptr) out.push_back(*body);
    }
    return out;
  }

  TestServer server_;
};

TEST_F(ExplainTest, EveryCauseIsExplained) {
  const v1::ExplainResponse permit = MustExplain(Why(Ask("a", "r")));
  EXPECT_EQ(permit.decision(), v1::PERMIT);
  EXPECT_EQ(permit.cause(), v1::PERMITTED);
  ASSERT_EQ(permit.full().determining_size(), 1);
  EXPECT_EQ(permit.full().determining(0).policy().use_case(), "①-1");
  EXPECT_EQ(permit.full().nearest_size(), 0);
  ASSERT_EQ(permit.texts_size(), 2);
  EXPECT_EQ(permit.texts(0).language(), "en");
  EXPECT_THAT(permit.texts(0).text(), HasSubstr("Permitted."));
  EXPECT_THAT(permit.texts(1).text(), HasSubstr("許可"));

  const v1::ExplainResponse denial = MustExplain(Why(Ask("a", "r", "home")));
  EXPECT_EQ(denial.cause(), v1::NOT_COVERED);
  EXPECT_EQ(denial.full().coverage(), v1::Explanation::COVERED);
  ASSERT_EQ(denial.full().nearest_size(), 1);
  const v1::ExplainedPolicy& near = denial.full().nearest(0);
  ASSERT_EQ(near.plan_size(), 1);
  EXPECT_EQ(near.plan(0).path(), "context.location");
  EXPECT_EQ(near.plan(0).value().string_value(), "hospital");

  const v1::ExplainResponse forbidden =
      MustExplain(Why(Ask("a", "r", "hospital", 101)));
  EXPECT_EQ(forbidden.cause(), v1::FORBIDDEN);
  EXPECT_EQ(forbidden.full().determining(0).policy().id(), "count");
  EXPECT_EQ(forbidden.full().coverage(), v1::Explanation::COVERAGE_UNSPECIFIED);

  const v1::ExplainResponse undecided =
      MustExplain(Why(Ask("a", "r", "hospital", 2)));
  EXPECT_EQ(undecided.cause(), v1::FORBID_UNDECIDED);
  EXPECT_EQ(undecided.full().undecided_forbids(0).policy().id(), "count");
}

TEST_F(ExplainTest, ObligationsThatAreNotSupportedAreNamed) {
  server_.Activate(Compile(
      R"(@id("own") @obligations("limit, mark")
permit(principal, action == Action::"view", resource)
when { resource.owner == principal && context.location == "hospital" };)",
      kSchema,
      "name\tkind\tparameter\ttype\tvalue\n"
      "limit\tobligation\tcount\tLong\tcontext.count\n"
      "mark\tobligation\n"));
  v1::DecideRequest request = Ask("a", "r");
  request.mutable_supported_obligations()->add_names("mark");
  const v1::ExplainResponse response = MustExplain(Why(request));
  EXPECT_EQ(response.cause(), v1::OBLIGATION_UNSUPPORTED);
  EXPECT_EQ(response.full().determining(0).policy().id(), "own");
  ASSERT_EQ(response.full().unsupported_obligations_size(), 1);
  EXPECT_EQ(response.full().unsupported_obligations(0), "limit");
  EXPECT_EQ(response.full().nearest_size(), 0);
  EXPECT_THAT(response.texts(0).text(), HasSubstr("limit"));
  EXPECT_THAT(response.texts(1).text(), HasSubstr("limit"));

  // A plan says what comes with the permit that it leads to, and both together
  // lead to it.
  v1::DecideRequest elsewhere = Ask("a", "r", "home");
  *elsewhere.mutable_supported_obligations() = request.supported_obligations();
  const v1::ExplainResponse near = MustExplain(Why(elsewhere));
  ASSERT_EQ(near.full().nearest_size(), 1);
  ASSERT_EQ(near.full().nearest(0).plan_size(), 1);
  ASSERT_EQ(near.full().nearest(0).plan_obligations_size(), 1);
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::DENY);
  request.mutable_supported_obligations()->add_names(
      near.full().nearest(0).plan_obligations(0));
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::PERMIT);
}

TEST_F(ExplainTest, ALoggedDecisionIsExplainedAsItWasThen) {
  v1::DecideRequest request = Ask("a", "r", "home");
  request.mutable_supported_obligations();
  const v1::DecideResponse decision = server_.MustDecide(request);
  const v1::ExplainResponse then = MustExplain(Why(request));
  // The record and the policy are others now.
  server_.Put({MakeRecord("r", "b")});
  server_.Activate(
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "home"}})));
  const v1::ExplainResponse logged =
      MustExplain(WhyLogged(decision.decision_id()));
  EXPECT_EQ(logged.full().SerializeAsString(), then.full().SerializeAsString());
  EXPECT_EQ(logged.texts(1).text(), then.texts(1).text());
  EXPECT_EQ(logged.policy_hash(), decision.policy_hash());
  EXPECT_EQ(logged.policy_version(), 1u);
  EXPECT_EQ(logged.entity_revision(), 1u);
  EXPECT_EQ(logged.decision_id(), decision.decision_id());
  // After a restart too.
  server_.Restart();
  EXPECT_EQ(
      MustExplain(WhyLogged(decision.decision_id())).full().SerializeAsString(),
      then.full().SerializeAsString());
}

// A link that fits the request is a policy that one can come near to.
TEST_F(ExplainTest, LinksMadeAtRunTimeAreExplained) {
  server_.Activate(Compile(R"(
@id("share") permit (principal == ?principal, action, resource)
when { context.location == "hospital" };
@id("bar") forbid (principal == ?principal, action, resource)
when { context.count > 5 };)"));
  v1::LinkRequest request;
  for (const char* id : {"share", "bar"}) {
    v1::TemplateLink* link = request.add_links();
    link->set_id(absl::StrCat(id, " with a"));
    link->set_template_id(id);
    *link->mutable_principal() = Ask("a", "r").principal();
  }
  grpc::ClientContext context;
  v1::LinkResponse made;
  ASSERT_TRUE(v1::PolicyService::NewStub(server_.Connect())
                  ->Link(&context, request, &made)
                  .ok());

  const v1::ExplainResponse permit = MustExplain(Why(Ask("a", "r")));
  EXPECT_EQ(permit.cause(), v1::PERMITTED);
  EXPECT_EQ(permit.full().determining(0).policy().id(), "share with a");

  const v1::DecideResponse denied =
      server_.MustDecide(Ask("a", "r", "home", 6));
  const v1::ExplainResponse now = MustExplain(Why(Ask("a", "r", "home", 6)));
  const v1::ExplainResponse then = MustExplain(WhyLogged(denied.decision_id()));
  for (const v1::ExplainResponse& response : {now, then}) {
    EXPECT_EQ(response.cause(), v1::FORBIDDEN);
    EXPECT_EQ(response.full().determining(0).policy().id(), "bar with a");
    ASSERT_EQ(response.full().nearest_size(), 1);
    const v1::ExplainedPolicy& near = response.full().nearest(0);
    EXPECT_EQ(near.policy().id(), "share with a");
    EXPECT_EQ(near.cells_size(), 1);
    EXPECT_EQ(near.plan_size(), 2);
  }
  // Nobody else has come near to it.
  EXPECT_EQ(MustExplain(Why(Ask("b", "r"))).full().nearest_size(), 0);
}

TEST_F(ExplainTest, ItIsLoggedWithWhatWasRead) {
  const v1::DecideResponse decision = server_.MustDecide(Ask("a", "r"));
  v1::ExplainRequest request = Why(Ask("b", "r"));
  request.mutable_request()->set_request_id("first");
  const v1::ExplainResponse full = MustExplain(request);
  EXPECT_EQ(full.request_id(), "first");
  MustExplain(Why(Ask("b", "r"), /*full=*/false));
  MustExplain(WhyLogged(decision.decision_id()));

  const std::vector<ExplanationBody> logged = Logged();
  ASSERT_EQ(logged.size(), 3u);
  const std::vector<struct Logged> log = ReadLog(server_.data());
  const struct Logged* record = Find(log, full.log());
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->record.request_id, "first");
  EXPECT_EQ(record->record.pep.kind, "loopback");
  EXPECT_EQ(record->record.policy_store, "default");
  EXPECT_EQ(logged[0].request.request.principal.id, "b");
  EXPECT_EQ(logged[0].basis.policy_hash, full.policy_hash());
  EXPECT_EQ(logged[0].basis.entity_revision, full.entity_revision());
  EXPECT_FALSE(logged[0].redacted);
  EXPECT_FALSE(logged[0].decision_id.has_value());
  std::vector<std::string> read;
  for (const EntityVersion& version : logged[0].basis.evidence) {
    read.push_back(version.uid.ToString());
  }
  std::vector<std::string> said;
  for (const v1::EntityUid& uid : full.full().read()) {
    said.push_back(EntityUidFromProto(uid, "")->ToString());
  }
  EXPECT_EQ(read, said);
  EXPECT_TRUE(logged[1].redacted);

  const auto decided = Find(log, decision.log());
  ASSERT_NE(decided, nullptr);
  EXPECT_EQ(logged[2].decision_id, decided->record.id);
  EXPECT_EQ(logged[2].basis.evidence,
            std::get<DecisionBody>(decided->record.body).basis.evidence);
}

TEST_F(ExplainTest, WhatCannotBeExplainedIsRefusedByName) {
  EXPECT_EQ(
      Refusal({}),
      "INVALID_ARGUMENT: subject: neither a request nor a logged decision "
      "is given");
  v1::ExplainRequest request = Why(Ask("a", "r"));
  request.add_languages("en");
  request.add_languages("fr");
  EXPECT_EQ(Refusal(request),
            "INVALID_ARGUMENT: languages[1]: is neither `en` nor `ja`");
  request.set_languages(1, "en");
  EXPECT_EQ(Refusal(request), "INVALID_ARGUMENT: languages[1]: is given twice");
  request.clear_languages();
  request.set_detail(static_cast<v1::ExplainRequest::Detail>(3));
  EXPECT_EQ(Refusal(request),
            "INVALID_ARGUMENT: detail: is neither REDACTED nor FULL");
  for (const std::string& id :
       {std::string(), std::string(31, 'a'), std::string(32, 'A'),
        std::string(32, 'g'), std::string(34, 'a')}) {
    EXPECT_EQ(Refusal(WhyLogged(id)),
              "INVALID_ARGUMENT: logged.decision_id: is not 32 lower-case "
              "hexadecimal digits");
  }
  EXPECT_EQ(Refusal(WhyLogged(std::string(32, 'a'))),
            "NOT_FOUND: the log has no decision "
            "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
  // As Decide refuses it.
  v1::DecideRequest wrong = Ask("a", "r");
  wrong.mutable_context()
      ->mutable_attributes(0)
      ->mutable_value()
      ->set_bool_value(true);
  EXPECT_EQ(Refusal(Why(wrong)), ToString(server_.Decide(wrong)));
  v1::DecideRequest pinned = Ask("a", "r");
  pinned.set_policy_hash(std::string(64, 'a'));
  EXPECT_EQ(Refusal(Why(pinned)), ToString(server_.Decide(pinned)));
  v1::DecideRequest nowhere = Ask("a", "r");
  nowhere.set_policy_store("nowhere");
  EXPECT_EQ(Refusal(Why(nowhere)), ToString(server_.Decide(nowhere)));
  v1::DecideRequest large = Ask("a", "r");
  large.mutable_principal()->set_id(std::string(1 << 20, 'x'));
  EXPECT_THAT(Refusal(Why(large)), HasSubstr("RESOURCE_EXHAUSTED"));
  // Another policy store's decision is none of this one's.
  server_.Activate(Compile(kRules), "other");
  v1::DecideRequest elsewhere = Ask("a", "r");
  elsewhere.set_policy_store("other");
  v1::ExplainRequest other =
      WhyLogged(server_.MustDecide(elsewhere).decision_id());
  EXPECT_THAT(Refusal(other), HasSubstr("NOT_FOUND"));
  other.mutable_logged()->set_policy_store("other");
  EXPECT_EQ(Refusal(other), "OK");
  EXPECT_EQ(Logged().size(), 1u);
}

// An answer is bounded, whatever was read.
TEST_F(ExplainTest, LongValuesAreCut) {
  Entity person = MakePerson("a");
  Value::Elements roles;
  for (int i = 0; i < 5000; ++i) {
    roles.push_back(Value::String(absl::StrCat("role ", i)));
  }
  person.attributes = Value::Record({{"roles", Value::Set(roles)}});
  server_.Put({person});
  std::string rules = kRules;
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&rules, "@id(\"p", i, "\") permit (principal, action, ",
                    "resource) when { principal.roles.contains(\"x", i,
                    "\") };\n");
  }
  server_.Activate(Compile(rules));
  const v1::ExplainResponse response = MustExplain(Why(Ask("a", "r", "home")));
  EXPECT_EQ(response.full().nearest_size(), 5);
  EXPECT_LT(response.ByteSizeLong(), 20'000u);
}

class ExplainPermissionTest : public testing::Test {
 protected:
  ExplainPermissionTest() { EXPECT_NE(mkdtemp(directory_.data()), nullptr); }
  ~ExplainPermissionTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& may) {
    const std::string path = directory_ + "/peps";
    std::ofstream(path) << "[loopback]\nmay = *\ncontext = *\nstores = *\n"
                        << "[unix:" << geteuid() << "]\nmay = " << may
                        << "\ncontext = location, count\n";
    return path;
  }

  std::string directory_ = "/tmp/explain-XXXXXX";
};

TEST_F(ExplainPermissionTest,
       EachFormIsGrantedByItselfAndOnlyOwnDecisionsToTheRedacted) {
  ServerOptions options;
  options.listen = {"127.0.0.1:0", absl::StrCat("unix:", directory_, "/s")};
  options.peps = Write("decide, explain");
  TestServer server(options);
  server.Activate(Compile(kRules));
  server.Put({MakePerson("a"), MakeRecord("r", "a")});
  const auto stub = v1::DecisionService::NewStub(server.Connect(1));
  const auto explain = [&](const v1::ExplainRequest& request) {
    grpc::ClientContext context;
    v1::ExplainResponse response;
    const grpc::Status status = stub->Explain(&context, request, &response);
    EXPECT_EQ(status.ok(), response.has_full() || response.has_redacted());
    return ToString(status);
  };
  const v1::DecideRequest ask = Ask("a", "r", "home");
  grpc::ClientContext context;
  v1::DecideResponse own;
  ASSERT_TRUE(stub->Decide(&context, ask, &own).ok());
  const v1::DecideResponse others = server.MustDecide(ask);

  EXPECT_EQ(explain(Why(ask, /*full=*/false)), "OK");
  EXPECT_EQ(explain(WhyLogged(own.decision_id(), /*full=*/false)), "OK");
  EXPECT_THAT(explain(WhyLogged(others.decision_id(), /*full=*/false)),
              HasSubstr("NOT_FOUND: the log has no decision"));
  for (const v1::ExplainRequest& full :
       {Why(ask), WhyLogged(own.decision_id())}) {
    EXPECT_THAT(explain(full), HasSubstr("`may = explain-fully`"));
  }
  // What it may not vouch for, it may not ask about either.
  v1::DecideRequest supplying = ask;
  EntityToProto(MakePerson("a"), supplying.add_entities());
  EXPECT_THAT(explain(Why(supplying, /*full=*/false)),
              HasSubstr("PERMISSION_DENIED: entities[0]"));

  Write("explain-fully");
  ASSERT_TRUE(server.server().ReloadPeps().ok());
  EXPECT_EQ(explain(Why(ask)), "OK");
  EXPECT_EQ(explain(WhyLogged(others.decision_id())), "OK");
  EXPECT_THAT(explain(Why(ask, /*full=*/false)), HasSubstr("`may = explain`"));

  Write("decide");
  ASSERT_TRUE(server.server().ReloadPeps().ok());
  EXPECT_THAT(explain(Why(ask)), HasSubstr("PERMISSION_DENIED"));
  EXPECT_THAT(explain(Why(ask, /*full=*/false)),
              HasSubstr("PERMISSION_DENIED"));
}

}  // namespace
}  // namespace sekisho
