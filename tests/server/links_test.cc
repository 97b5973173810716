// Link, Unlink and ListLinks through gRPC: links of templates as run-time data.
#include <atomic>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/reference_opinion.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/replay/replay.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

// Members of an organization may view a record at the hospital; whoever is
// barred may not.
constexpr char kTemplates[] = R"(@id("share") @matrix("①-2")
permit (principal in ?principal, action == Action::"view",
        resource == ?resource)
when { context.location == "hospital" };

@id("bar")
forbid (principal == ?principal, action, resource)
when { context.count * 9223372036854775807 > 0 };
)";

v1::TemplateLink MakeLink(const std::string& id, const std::string& template_id,
                          const std::string& type, const std::string& principal,
                          const std::string& record = "") {
  v1::TemplateLink link;
  link.set_id(id);
  link.set_template_id(template_id);
  link.mutable_principal()->set_type(type);
  link.mutable_principal()->set_id(principal);
  if (!record.empty()) {
    link.mutable_resource()->set_type("Record");
    link.mutable_resource()->set_id(record);
  }
  return link;
}

class LinksTest : public ::testing::Test {
 protected:
  LinksTest() {
    server_.Activate(Compile(kTemplates));
    Entity person = MakePerson("a");
    person.parents = {{"Organization", "o"}};
    server_.Put(
        {person, MakePerson("b"), MakeRecord("r", "x"), MakeRecord("s", "x")});
  }

  template <typename Request, typename Response>
  std::string Call(grpc::Status (v1::PolicyService::Stub::*method)(
                       grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    auto stub = v1::PolicyService::NewStub(server_.Connect());
    return ToString((stub.get()->*method)(&context, request, response));
  }

  std::string Link(const std::vector<v1::TemplateLink>& links,
                   std::optional<uint64_t> expected_revision = std::nullopt,
                   const std::string& policy_store = "") {
    v1::LinkRequest request;
    request.set_policy_store(policy_store);
    for (const v1::TemplateLink& link : links) *request.add_links() = link;
    if (expected_revision) request.set_expected_revision(*expected_revision);
    v1::LinkResponse response;
    const std::string status =
        Call(&v1::PolicyService::Stub::Link, request, &response);
    revision_ = response.revision();
    return status;
  }

  std::string Unlink(const std::vector<std::string>& ids) {
    v1::UnlinkRequest request;
    for (const std::string& id : ids) request.add_ids(id);
    v1::UnlinkResponse response;
    const std::string status =
        Call(&v1::PolicyService::Stub::Unlink, request, &response);
    revision_ = response.revision();
    return status;
  }

  v1::ListLinksResponse List(const std::string& template_id = "",
                             const std::string& after_id = "",
                             uint32_t limit = 0) {
    v1::ListLinksRequest request;
    request.set_template_id(template_id);
    request.set_after_id(after_id);
    request.set_limit(limit);
    v1::ListLinksResponse response;
    EXPECT_EQ(Call(&v1::PolicyService::Stub::ListLinks, request, &response),
              "OK");
    return response;
  }

  // `permit` or `deny`, and the policies by which.
  std::string Answer(const std::string& person, const std::string& record,
                     int64_t count = 1) {
    return Answer(Ask(person, record, "hospital", count));
  }
  std::string Answer(const v1::DecideRequest& request) {
    const v1::DecideResponse response = server_.MustDecide(request);
    std::string out = response.decision() == v1::PERMIT ? "permit" : "deny";
    for (const v1::PolicyReference& policy : response.determining()) {
      absl::StrAppend(&out, " ", policy.id());
    }
    for (const v1::PolicyReference& policy : response.undecided_forbids()) {
      absl::StrAppend(&out, " undecided ", policy.id());
    }
    return out;
  }

  // Stops the server; its log is made again by graph and reference.
  void ExpectReplayAgrees(std::optional<uint64_t> decisions) {
    server_.Stop();
    ReplayOptions options;
    options.second_opinion = MakeReferenceOpinion;
    const absl::StatusOr<ReplayReport> report =
        ReplayLog(server_.data() + "/log", options);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->decisions, decisions.value_or(report->decisions));
    EXPECT_TRUE(report->agrees()) << report->findings[0].message;
  }

  TestServer server_;
  uint64_t revision_ = 0;
};

TEST_F(LinksTest, ALinkDecidesFromThenOnAndUntilItIsRemoved) {
  EXPECT_EQ(Answer("a", "r", 0), "deny");
  ASSERT_EQ(Link({MakeLink("o-r", "share", "Organization", "o", "r"),
                  MakeLink("a-r", "share", "Person", "a", "r"),
                  MakeLink("b-s", "share", "Person", "b", "s")}),
            "OK");
  EXPECT_EQ(revision_, 2u);
  EXPECT_EQ(Answer("a", "r"), "permit a-r o-r");
  EXPECT_EQ(Answer("a", "s"), "deny");
  EXPECT_EQ(Answer("b", "r"), "deny");
  EXPECT_EQ(Answer("b", "s"), "permit b-s");
  const v1::DecideResponse response = server_.MustDecide(Ask("b", "s"));
  EXPECT_EQ(response.determining(0).use_case(), "①-2");
  EXPECT_EQ(response.determining(0).effect(),
            v1::PolicyReference::EFFECT_PERMIT);
  EXPECT_EQ(response.entity_revision(), 2u);

  ASSERT_EQ(Link({MakeLink("bar-a", "bar", "Person", "a")}), "OK");
  EXPECT_EQ(Answer("a", "r", 0), "permit a-r o-r");
  EXPECT_EQ(Answer("a", "r", 1), "deny bar-a");
  EXPECT_EQ(Answer("a", "r", 2), "deny undecided bar-a");
  EXPECT_EQ(Answer("b", "s", 1), "permit b-s");

  ASSERT_EQ(Unlink({"bar-a", "a-r"}), "OK");
  EXPECT_EQ(revision_, 4u);
  EXPECT_EQ(Answer("a", "r"), "permit o-r");
}

TEST_F(LinksTest, LinksSurviveRestartsAndActivations) {
  ASSERT_EQ(Link({MakeLink("o-r", "share", "Organization", "o", "r")}), "OK");
  server_.Restart();
  EXPECT_EQ(Answer("a", "r"), "permit o-r");
  server_.Activate(Compile(absl::StrCat(
      absl::StrReplaceAll(kTemplates, {{"== \"hospital\"", "!= \"clinic\""}}),
      kRules)));
  EXPECT_EQ(Answer("a", "r"), "permit o-r");
}

TEST_F(LinksTest, AnActivationThatLinksDoNotFitIsRefused) {
  ASSERT_EQ(Link({MakeLink("o-r", "share", "Organization", "o", "r"),
                  MakeLink("bar-b", "bar", "Person", "b")}),
            "OK");
  v1::ActivatePolicyRequest request;
  request.set_artifact(Compile(kRules));
  EXPECT_EQ(ToString(server_.Activate(request)),
            "FAILED_PRECONDITION: links do not fit the new policy: `bar-b` "
            "template_id: there is no template `bar`; `o-r` template_id: there "
            "is no template `share`; unlink them first");
  request.set_artifact(Compile(absl::StrReplaceAll(
      kTemplates, {{"principal in ?principal", "principal == ?principal"}})));
  EXPECT_EQ(ToString(server_.Activate(request)),
            "FAILED_PRECONDITION: links do not fit the new policy: `o-r` "
            "principal: template `share` applies to no request with "
            "Organization::\"o\"; unlink them first");
  EXPECT_EQ(Answer("a", "r"), "permit o-r");
  ASSERT_EQ(Unlink({"o-r"}), "OK");
  EXPECT_EQ(ToString(server_.Activate(request)), "OK");
  ASSERT_EQ(Link({MakeLink("a-r", "share", "Person", "a", "r")}), "OK");
  server_.Activate(Compile(absl::StrCat(kTemplates, kRules)));
  v1::RollbackPolicyRequest back;
  EXPECT_EQ(ToString(server_.Rollback(back)), "OK");
  server_.Activate(Compile(kTemplates));
  ASSERT_EQ(Link({MakeLink("o-s", "share", "Organization", "o", "s")}), "OK");
  EXPECT_EQ(ToString(server_.Rollback(back)),
            "FAILED_PRECONDITION: links do not fit the new policy: `o-s` "
            "principal: template `share` applies to no request with "
            "Organization::\"o\"; unlink them first");
}

// Two links are always made and removed together; decisions, and writes of
// entities, go on meanwhile.
TEST_F(LinksTest, ADecisionSeesTheLinksOfItsRevision) {
  const std::vector<v1::TemplateLink> both = {
      MakeLink("x", "share", "Organization", "o", "r"),
      MakeLink("y", "share", "Person", "a", "r")};
  constexpr int kChanges = 30;
  std::map<uint64_t, bool> linked;
  std::atomic<bool> done = false;
  std::thread changes([&] {
    for (int i = 0; i < kChanges; ++i) {
      EXPECT_EQ(i % 2 == 0 ? Link(both) : Unlink({"y", "x"}), "OK");
      linked[revision_] = i % 2 == 0;
    }
    done = true;
  });
  std::thread writes([&] {
    while (!done) server_.Put({MakePerson("z")});
  });
  std::map<uint64_t, std::string> answers;
  while (!done) {
    const v1::DecideResponse response = server_.MustDecide(Ask("a", "r"));
    std::string ids;
    for (const v1::PolicyReference& policy : response.determining()) {
      ids += policy.id();
    }
    const auto [it, is_new] = answers.emplace(response.entity_revision(), ids);
    EXPECT_EQ(it->second, ids) << response.entity_revision();
  }
  changes.join();
  writes.join();
  for (const auto& [revision, ids] : answers) {
    // The last change up to this revision.
    auto change = linked.upper_bound(revision);
    const bool expected = change != linked.begin() && std::prev(change)->second;
    EXPECT_EQ(ids, expected ? "xy" : "") << revision;
  }
  ExpectReplayAgrees(std::nullopt);
}

TEST_F(LinksTest, WhatDoesNotFitIsRefusedAndChangesNothing) {
  ASSERT_EQ(Link({MakeLink("x", "bar", "Person", "b")}), "OK");
  const v1::TemplateLink good = MakeLink("good", "bar", "Person", "a");
  v1::TemplateLink without = MakeLink("y", "bar", "Person", "b");
  without.clear_principal();
  const struct {
    v1::TemplateLink link;
    std::string status;
  } kCases[] = {
      {MakeLink("", "bar", "Person", "b"),
       "INVALID_ARGUMENT: links[1].id: must have 1 to 256 bytes, none of "
       "them a control character"},
      {MakeLink("y", "baar", "Person", "b"),
       "INVALID_ARGUMENT: links[1].template_id: there is no template `baar`"},
      {MakeLink("y", "bar", "Person", "b", "r"),
       "INVALID_ARGUMENT: links[1].resource: template `bar` has no slot "
       "`?resource`"},
      {MakeLink("y", "share", "Person", "b"),
       "INVALID_ARGUMENT: links[1].resource: template `share` needs an entity "
       "for `?resource`"},
      {without,
       "INVALID_ARGUMENT: links[1].principal: template `bar` needs an entity "
       "for `?principal`"},
      {MakeLink("y", "bar", "Parson", "b"),
       "INVALID_ARGUMENT: links[1].principal: `Parson` is not an entity type"},
      {MakeLink("y", "bar", "Record", "b"),
       "INVALID_ARGUMENT: links[1].principal: template `bar` applies to no "
       "request with Record::\"b\""},
      {MakeLink("share", "bar", "Person", "b"),
       "INVALID_ARGUMENT: links[1].id: `share` is a policy that was compiled"},
      {MakeLink("x", "bar", "Person", "b"),
       "ALREADY_EXISTS: links[1].id: there is a link `x` already"},
      {good, "ALREADY_EXISTS: links[1].id: there is a link `good` already"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Link({good, c.link}), c.status);
  }
  EXPECT_EQ(Link({}), "INVALID_ARGUMENT: links: is empty");
  EXPECT_EQ(Link({good}, 1), "ABORTED: the revision is 2, not the expected 1");
  EXPECT_EQ(Unlink({"x", "good"}),
            "NOT_FOUND: ids[1]: there is no link `good`");
  EXPECT_EQ(List().links_size(), 1);
  EXPECT_EQ(List().revision(), 2u);
  EXPECT_EQ(Link({good}, 2), "OK");
}

TEST_F(LinksTest, NothingHostileIsTaken) {
  const auto status_of = [&](const std::string& id, const std::string& entity) {
    return Link({MakeLink(id, "bar", "Person", entity)});
  };
  for (const std::string& id :
       {std::string("a\tb"), std::string("a\n"), std::string("\x1b[2J"),
        std::string("a\0b", 3), std::string("\x7f"), std::string(257, 'x')}) {
    EXPECT_EQ(status_of(id, "b"),
              "INVALID_ARGUMENT: links[0].id: must have 1 to 256 bytes, none "
              "of them a control character");
  }
  EXPECT_EQ(status_of("long", std::string(4096, 'x')),
            "INVALID_ARGUMENT: links[0]: is longer than 4096 bytes");
  v1::TemplateLink typeless = MakeLink("t", "bar", "", "b");
  EXPECT_EQ(Link({typeless}),
            "INVALID_ARGUMENT: links[0].principal: the entity type is not set");
  EXPECT_EQ(Link({MakeLink("x", "bar", "Person", "b")}, std::nullopt, "none"),
            "FAILED_PRECONDITION: policy store `none` has no active policy");
  EXPECT_EQ(Link({MakeLink("x", "bar", "Person", "b")}, std::nullopt, "../x"),
            "INVALID_ARGUMENT: policy_store: must be 1 to 64 letters, digits, "
            "`.`, `_` or `-`");
  EXPECT_EQ(Unlink({""}), "NOT_FOUND: ids[0]: there is no link ``");
  EXPECT_EQ(Unlink({}), "INVALID_ARGUMENT: ids: is empty");
  EXPECT_EQ(List().links_size(), 0);
  // Each of these fits every request, and together they are more than a record
  // of the log holds: no decision is given that could not be logged.
  std::vector<v1::TemplateLink> links;
  for (int i = 0; i < 500; ++i) {
    links.push_back(
        MakeLink(absl::StrCat(std::string(200, 'x'), i), "bar", "Person", "b"));
  }
  ASSERT_EQ(Link(links), "OK");
  EXPECT_TRUE(
      absl::StartsWith(ToString(server_.Decide(Ask("b", "r", "hospital", 1))),
                       "INVALID_ARGUMENT: the record would have "));
  EXPECT_EQ(Answer("a", "r"), "deny");
}

TEST_F(LinksTest, OnePolicyStoresLinksAreNotAnothers) {
  server_.Activate(Compile(kTemplates), "other");
  ASSERT_EQ(
      Link({MakeLink("x", "share", "Person", "b", "r")}, std::nullopt, "other"),
      "OK");
  EXPECT_EQ(List().links_size(), 0);
  EXPECT_EQ(Answer("b", "r", 0), "deny");
  EXPECT_EQ(Unlink({"x"}), "NOT_FOUND: ids[0]: there is no link `x`");
  ASSERT_EQ(Link({MakeLink("x", "share", "Person", "b", "s")}), "OK");
  server_.Restart();
  EXPECT_EQ(Answer("b", "s", 0), "permit x");
  v1::DecideRequest request = Ask("b", "r", "hospital", 0);
  request.set_policy_store("other");
  EXPECT_EQ(Answer(request), "permit x");
}

TEST_F(LinksTest, APinnedPolicySeesTheLinksOfItsTemplates) {
  const std::string first = server_.MustDecide(Ask("b", "r")).policy_hash();
  ASSERT_EQ(Link({MakeLink("b-r", "share", "Person", "b", "r")}), "OK");
  server_.Activate(Compile(absl::StrReplaceAll(
      kTemplates,
      {{"\"hospital\"", "\"clinic\""}, {"@id(\"bar\")", "@id(\"none\")"}})));
  ASSERT_EQ(Link({MakeLink("none-b", "none", "Person", "b")}), "OK");
  EXPECT_EQ(Answer("b", "r", 0), "deny");
  EXPECT_EQ(Answer("b", "r", 1), "deny none-b");
  v1::DecideRequest pinned = Ask("b", "r", "hospital", 1);
  pinned.set_policy_hash(first);
  EXPECT_EQ(Answer(pinned), "permit b-r");
  ExpectReplayAgrees(4);
}

TEST_F(LinksTest, ALinkObligesAsItsTemplateDoes) {
  server_.Activate(Compile(
      absl::StrReplaceAll(
          kTemplates,
          {{"@id(\"share\")", "@id(\"share\") @obligations(\"tell\")"}}),
      kSchema, "name\tkind\ntell\tobligation\n"));
  ASSERT_EQ(Link({MakeLink("b-r", "share", "Person", "b", "r"),
                  MakeLink("b-r-too", "share", "Person", "b", "r")}),
            "OK");
  v1::DecideRequest request = Ask("b", "r", "hospital", 0);
  const v1::DecideResponse permit = server_.MustDecide(request);
  ASSERT_EQ(permit.obligations_size(), 1);
  EXPECT_EQ(permit.obligations(0).name(), "tell");
  request.mutable_supported_obligations();
  const v1::DecideResponse denied = server_.MustDecide(request);
  EXPECT_EQ(denied.cause(), v1::OBLIGATION_UNSUPPORTED);
  EXPECT_EQ(denied.determining_size(), 2);
  ExpectReplayAgrees(2);
}

TEST_F(LinksTest, ReplayUnderAnotherPolicySaysWhereTheRecordDoesNotSuffice) {
  ASSERT_EQ(Link({MakeLink("o-r", "share", "Organization", "o", "r")}), "OK");
  EXPECT_EQ(Answer("a", "r", 0), "permit o-r");
  EXPECT_EQ(Answer("b", "r", 0), "deny");
  server_.Stop();
  const auto outcomes = [&](const std::string& from, const std::string& to) {
    ReplayOptions options;
    options.policy = *Artifact::FromBytes(
        Compile(absl::StrReplaceAll(kTemplates, {{from, to}})));
    const auto report = ReplayLog(server_.data() + "/log", options);
    EXPECT_TRUE(report.ok()) << report.status();
    std::string out;
    for (const ReplayFinding& finding : report->findings) {
      absl::StrAppend(&out, ReplayOutcomeName(finding.outcome), " ",
                      finding.message, ";");
    }
    return out;
  };
  EXPECT_EQ(outcomes("\"hospital\"", "\"clinic\""), "permit to deny ;");
  EXPECT_EQ(outcomes("@id(\"bar\")", "@id(\"new\")"), "");
  const std::string lacks =
      "the evidence lacks links of the template `share` that did not fit then "
      "may fit now;";
  EXPECT_EQ(outcomes("resource == ?resource", "resource in ?resource"),
            lacks + lacks);
}

TEST_F(LinksTest, LinksAreListedInPages) {
  ASSERT_EQ(Link({MakeLink("c", "share", "Person", "b", "r"),
                  MakeLink("a", "bar", "Person", "b"),
                  MakeLink("b", "share", "Organization", "o", "s")}),
            "OK");
  const v1::ListLinksResponse first = List("", "", 2);
  ASSERT_EQ(first.links_size(), 2);
  EXPECT_EQ(first.links(0).id(), "a");
  EXPECT_FALSE(first.links(0).has_resource());
  EXPECT_EQ(
      first.links(1).SerializeAsString(),
      MakeLink("b", "share", "Organization", "o", "s").SerializeAsString());
  EXPECT_TRUE(first.more());
  const v1::ListLinksResponse second = List("", "b", 2);
  ASSERT_EQ(second.links_size(), 1);
  EXPECT_FALSE(second.more());
  EXPECT_EQ(List("share").links_size(), 2);
}

TEST_F(LinksTest, TheLogHoldsWhatLinksWereInForceAndReplays) {
  ASSERT_EQ(Link({MakeLink("o-r", "share", "Organization", "o", "r"),
                  MakeLink("bar-b", "bar", "Person", "b")}),
            "OK");
  const v1::DecideResponse permit = server_.MustDecide(Ask("a", "r"));
  server_.MustDecide(Ask("b", "r"));
  ASSERT_EQ(Unlink({"o-r"}), "OK");
  EXPECT_EQ(Answer("a", "r"), "deny");
  server_.Stop();

  const std::vector<Logged> log = ReadLog(server_.data());
  const Logged* logged = Find(log, permit.log());
  ASSERT_NE(logged, nullptr);
  const auto& decision = std::get<DecisionBody>(logged->record.body);
  EXPECT_EQ(decision.determining, std::vector<std::string>{"o-r"});
  EXPECT_EQ(decision.links,
            (std::vector<::sekisho::Link>{
                {"o-r", "share", {"Organization", "o"}, {"Record", "r"}}}));
  size_t changes = 0;
  for (const Logged& entry : log) {
    if (const auto* body = std::get_if<LinksBody>(&entry.record.body)) {
      EXPECT_EQ(body->linked + body->unlinked, ++changes == 1 ? 2u : 1u);
    }
  }
  EXPECT_EQ(changes, 2u);
  ExpectProved(server_.data());

  ExpectReplayAgrees(3);
}

TEST_F(LinksTest, ManyLinksAtOnce) {
  std::vector<v1::TemplateLink> links;
  for (int i = 0; i < 10000; ++i) {
    links.push_back(MakeLink(absl::StrCat("l", i), "share", "Person",
                             absl::StrCat("p", i), "r"));
  }
  ASSERT_EQ(Link(links), "OK");
  EXPECT_EQ(Answer("p77", "r", 0), "permit l77");
  EXPECT_EQ(Answer("b", "r", 0), "deny");
  links.push_back(MakeLink("one-more", "share", "Person", "b", "r"));
  EXPECT_EQ(Link(links),
            "RESOURCE_EXHAUSTED: links: has 10001 entries; at most 10000 are "
            "allowed");
}

}  // namespace
}  // namespace sekisho
