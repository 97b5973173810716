// What a request may ask for besides: a policy version, entities of its own,
// freshness, defaults, and to be answered once.
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/reference_opinion.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/replay/replay.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "server/server.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

const std::string& Hospital() {
  static const auto* artifact = new std::string(Compile(kRules));
  return *artifact;
}

// Permits at the clinic what kRules permits at the hospital.
const std::string& Clinic() {
  static const auto* artifact = new std::string(
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})));
  return *artifact;
}

std::string HashOf(const std::string& artifact) {
  auto loaded = Artifact::FromBytes(artifact);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded.ok() ? (*loaded)->hash() : "";
}

v1::DecideBatchItem ItemOf(const v1::DecideRequest& request) {
  v1::DecideBatchItem item;
  // The fields have the same numbers.
  EXPECT_TRUE(item.ParseFromString(request.SerializeAsString()));
  return item;
}

// The answer without what differs from one decision to the next.
std::string Lasting(v1::DecideResponse response) {
  response.clear_decision_id();
  response.clear_server_time();
  response.clear_evaluation_ns();
  response.clear_log();
  return response.ShortDebugString();
}

class DecideOptionsTest : public testing::Test {
 protected:
  DecideOptionsTest() {
    server_.Activate(Hospital());
    server_.Put({MakePerson("a"), MakeRecord("r", "a")});
  }

  // Stops the server. Every record agrees with what the graph and the reference
  // evaluator make of it.
  void ExpectReplayAgrees(uint64_t decisions) {
    server_.Stop();
    ExpectProved(server_.data());
    ReplayOptions options;
    options.second_opinion = MakeReferenceOpinion;
    auto report = ReplayLog(server_.data() + "/log", options);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->decisions, decisions);
    for (const ReplayFinding& finding : report->findings) {
      ADD_FAILURE() << finding.index << ": "
                    << ReplayOutcomeName(finding.outcome) << " "
                    << finding.message;
    }
  }

  std::vector<DecisionBody> LoggedDecisions() {
    std::vector<DecisionBody> out;
    for (const Logged& logged : ReadLog(server_.data())) {
      const auto* body = std::get_if<DecisionBody>(&logged.record.body);
      if (body != nullptr) out.push_back(*body);
    }
    return out;
  }

  TestServer server_;
};

// A permit obliges, a denial advises.
const std::string& Obliging() {
  static const auto* artifact = new std::string(
      Compile(R"(
@id("own") @obligations("limit, mark") @advice("hint")
permit(principal, action == Action::"view", resource)
when { resource.owner == principal };
@id("count") @advice("hint")
forbid(principal, action, resource) when { context.count > 100 };
)",
              kSchema,
              "name\tkind\tparameter\ttype\tvalue\n"
              "limit\tobligation\tcount\tLong\tcontext.count\n"
              "limit\tobligation\twho\tPerson\tprincipal\n"
              "mark\tobligation\n"
              "hint\tadvice\tmethods\tSet<String>\t[\"card\"]\n"));
  return *artifact;
}

std::string Told(
    const google::protobuf::RepeatedPtrField<v1::Obligation>& all) {
  std::string out;
  for (const v1::Obligation& obligation : all) {
    const auto parameters = RecordFromProto(obligation.parameters(), "");
    EXPECT_TRUE(parameters.ok()) << parameters.status();
    absl::StrAppend(&out, out.empty() ? "" : " ", obligation.name(),
                    parameters->ToString());
  }
  return out;
}

TEST_F(DecideOptionsTest, ADecisionComesWithItsObligationsAndAdvice) {
  server_.Activate(Obliging());
  const v1::DecideResponse permit = server_.MustDecide(Ask("a", "r"));
  EXPECT_EQ(permit.decision(), v1::PERMIT);
  EXPECT_EQ(Told(permit.obligations()),
            R"(limit{count: 1, who: Person::"a"} mark{})");
  EXPECT_EQ(Told(permit.advice()), R"(hint{methods: ["card"]})");
  const v1::DecideResponse forbidden =
      server_.MustDecide(Ask("a", "r", "hospital", 101));
  EXPECT_EQ(forbidden.cause(), v1::FORBIDDEN);
  EXPECT_EQ(Told(forbidden.obligations()), "");
  EXPECT_EQ(Told(forbidden.advice()), R"(hint{methods: ["card"]})");
  const v1::DecideResponse nothing = server_.MustDecide(Ask("b", "r"));
  EXPECT_EQ(nothing.cause(), v1::NOT_COVERED);
  EXPECT_EQ(Told(nothing.advice()), "");
  ExpectReplayAgrees(3);
  EXPECT_EQ(LoggedDecisions()[0].obligations.size(), 2u);
}

TEST_F(DecideOptionsTest, AnObligationThatIsNotSupportedDenies) {
  server_.Activate(Obliging());
  v1::DecideRequest request = Ask("a", "r");
  auto* names = request.mutable_supported_obligations()->mutable_names();
  const auto expect_denied = [](const v1::DecideResponse& response,
                                const std::string& unsupported) {
    EXPECT_EQ(response.decision(), v1::DENY);
    EXPECT_EQ(response.cause(), v1::OBLIGATION_UNSUPPORTED);
    EXPECT_EQ(response.determining_size(), 1);
    EXPECT_EQ(absl::StrJoin(response.unsupported_obligations(), " "),
              unsupported);
    EXPECT_EQ(Told(response.obligations()), "");
    EXPECT_EQ(Told(response.advice()), "");
  };
  expect_denied(server_.MustDecide(request), "limit mark");
  names->Add("limit");
  names->Add("hint");
  expect_denied(server_.MustDecide(request), "mark");

  // For all items of a batch, and for each of a stream.
  v1::DecideBatchRequest batch;
  *batch.mutable_supported_obligations() = request.supported_obligations();
  *batch.add_items() = ItemOf(Ask("a", "r"));
  v1::DecideBatchResponse answers;
  ASSERT_TRUE(server_.DecideBatch(batch, &answers).ok());
  expect_denied(answers.results(0).decision(), "mark");
  grpc::ClientContext context;
  auto stream = server_.decisions().DecideStream(&context);
  v1::DecideResult answered;
  ASSERT_TRUE(stream->Write(request) && stream->WritesDone());
  ASSERT_TRUE(stream->Read(&answered));
  expect_denied(answered.decision(), "mark");
  EXPECT_TRUE(stream->Finish().ok());

  names->Add("mark");
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::PERMIT);
  while (names->size() <= 1000) names->Add("x");
  EXPECT_EQ(server_.Decide(request).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectReplayAgrees(5);
}

TEST_F(DecideOptionsTest, TheClockIsTheServers) {
  server_.Activate(Compile(
      R"(@id("day") permit(principal, action, resource)
         when { context.now.toTime() == context.now.durationSince(
                context.now.toDate()) && context.now > context.sent };)",
      absl::StrReplaceAll(kSchema, {{"count: Long",
                                     "count: Long, "
                                     "now: datetime, sent: datetime"}})));
  v1::DecideRequest request = Ask("a", "r");
  const auto add = [&request](const char* name, const char* time) {
    v1::Attribute* attribute = request.mutable_context()->add_attributes();
    attribute->set_name(name);
    auto* extension = attribute->mutable_value()->mutable_extension();
    extension->set_type("datetime");
    extension->set_text(time);
  };
  add("sent", "2026-01-01");
  const v1::DecideResponse permit = server_.MustDecide(request);
  EXPECT_EQ(permit.decision(), v1::PERMIT);
  add("now", "2026-01-01");
  EXPECT_EQ(ToString(server_.Decide(request)),
            "INVALID_ARGUMENT: context.now: this is the server's clock; leave "
            "it out, and send the time of another clock under another name "
            "that the schema declares");
  request.mutable_context()->mutable_attributes()->RemoveLast();
  request.mutable_context()->mutable_attributes()->RemoveLast();
  add("sent", "3000-01-01");
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::DENY);
  const auto logged = LoggedDecisions();
  ASSERT_EQ(logged.size(), 2u);
  const Value* now = logged[0].basis.added_context.Find("now");
  ASSERT_NE(now, nullptr);
  EXPECT_EQ(now->AsDatetime().ms, permit.server_time().seconds() * 1000 +
                                      permit.server_time().nanos() / 1'000'000);
  EXPECT_EQ(logged[0].request.request.context.Find("now"), nullptr);
  ExpectReplayAgrees(2);
}

TEST_F(DecideOptionsTest, APinnedPolicyDecidesThoughAnotherIsActive) {
  server_.Activate(Clinic());
  v1::DecideRequest request = Ask("a", "r");
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::DENY);
  request.set_policy_hash(HashOf(Hospital()));
  const v1::DecideResponse pinned = server_.MustDecide(request);
  EXPECT_EQ(pinned.decision(), v1::PERMIT);
  EXPECT_EQ(pinned.policy_hash(), HashOf(Hospital()));
  EXPECT_EQ(pinned.policy_version(), 1u);
  EXPECT_EQ(pinned.entity_revision(), 1u);
  request.set_policy_hash(HashOf(Clinic()));
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::DENY);
  ExpectReplayAgrees(3);
}

// Also those that the server has not in memory, and after a start with a log
// that never saw them activated.
TEST_F(DecideOptionsTest, EveryPolicyThatWasEverActiveIsHeld) {
  std::vector<std::string> hashes = {HashOf(Hospital())};
  for (int i = 0; i < 12; ++i) {
    const std::string artifact = Compile(
        absl::StrReplaceAll(kRules, {{"hospital", absl::StrCat("ward-", i)}}));
    hashes.push_back(HashOf(artifact));
    server_.Activate(artifact);
  }
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < hashes.size(); ++i) {
      v1::DecideRequest request =
          Ask("a", "r", i == 0 ? "hospital" : absl::StrCat("ward-", i - 1));
      request.set_policy_hash(hashes[i]);
      const v1::DecideResponse response = server_.MustDecide(request);
      EXPECT_EQ(response.decision(), v1::PERMIT);
      EXPECT_EQ(response.policy_version(), i + 1);
    }
    if (round == 0) server_.RestartWithNewLog();
  }
  ExpectReplayAgrees(hashes.size());
}

TEST_F(DecideOptionsTest, APolicyThatIsNotHeldIsNotFound) {
  v1::DecideRequest request = Ask("a", "r");
  const std::string other = HashOf(Clinic());
  request.set_policy_hash(other);
  EXPECT_EQ(
      ToString(server_.Decide(request)),
      "NOT_FOUND: policy store `default` does not hold the policy " + other);
  // Held by another policy store is not held by this one.
  server_.Activate(Clinic(), "other");
  EXPECT_EQ(
      ToString(server_.Decide(request)),
      "NOT_FOUND: policy store `default` does not hold the policy " + other);
  for (const std::string& hash :
       {std::string("1"), other + "0", std::string(64, 'A')}) {
    request.set_policy_hash(hash);
    EXPECT_EQ(ToString(server_.Decide(request)),
              "INVALID_ARGUMENT: policy_hash: is not 64 lower-case hexadecimal "
              "digits");
  }
}

// The compiler relies on what the schema says: under one where every person has
// `ward`, asking for it is no test. So what the new schema let in must not
// reach the old policy.
TEST_F(DecideOptionsTest, APinnedPolicyIsNotDeceivedByEntitiesOfALaterSchema) {
  constexpr char kRule[] =
      "@id(\"ward\") permit (principal, action, resource) "
      "when { principal has ward };";
  const std::string schema = absl::StrReplaceAll(
      kSchema, {{"roles: Set<String>", "roles: Set<String>, ward: Long"}});
  const std::string strict = Compile(kRule, schema);
  const std::string optional = Compile(
      kRule, absl::StrReplaceAll(schema, {{"ward: Long", "ward?: Long"}}));
  TestServer server;
  server.Activate(strict);
  server.Activate(optional);
  Entity fitting = MakePerson("fitting");
  fitting.attributes =
      Value::Record({{"roles", Value::Set({})}, {"ward", Value::Long(1)}});
  server.Put({MakePerson("later"), fitting, MakeRecord("r", "a")});

  v1::DecideRequest request = Ask("later", "r");
  EXPECT_EQ(server.MustDecide(request).decision(), v1::DENY);
  request.set_policy_hash(HashOf(strict));
  EXPECT_EQ(
      ToString(server.Decide(request)),
      "FAILED_PRECONDITION: the entity Person::\"later\" does not fit the "
      "schema of the policy: attributes.ward: required and missing");
  request.mutable_principal()->set_id("fitting");
  EXPECT_EQ(server.MustDecide(request).decision(), v1::PERMIT);
}

TEST_F(DecideOptionsTest, SuppliedEntitiesCountForOneDecision) {
  v1::DecideRequest request = Ask("b", "r");
  EntityToProto(MakeRecord("r", "b"), request.add_entities());
  EntityToProto(MakePerson("b"), request.add_entities());
  EXPECT_EQ(server_.MustDecide(request).decision(), v1::PERMIT);
  EXPECT_EQ(server_.MustDecide(Ask("b", "r")).decision(), v1::DENY);
  EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);
  // In place of what is stored, whole.
  request.clear_entities();
  EntityToProto(MakePerson("a", /*suspended=*/true), request.add_entities());
  *request.mutable_principal() = Ask("a", "r").principal();
  EXPECT_EQ(server_.MustDecide(request).cause(), v1::FORBIDDEN);

  ExpectReplayAgrees(4);
  const std::vector<DecisionBody> logged = LoggedDecisions();
  ASSERT_EQ(logged.size(), 4u);
  EXPECT_EQ(logged[0].request.entities.size(), 2u);
  EXPECT_EQ(logged[0].basis.evidence.size(), 2u);
  for (const EntityVersion& version : logged[0].basis.evidence) {
    EXPECT_TRUE(version.hash.has_value()) << version.uid.ToString();
  }
  EXPECT_TRUE(logged[1].request.entities.empty());
  EXPECT_NE(logged[0].basis.evidence, logged[1].basis.evidence);
}

TEST_F(DecideOptionsTest, SuppliedEntitiesAreChecked) {
  v1::DecideRequest no_uid = Ask("a", "r");
  no_uid.add_entities();
  v1::DecideRequest misfit = Ask("a", "r");
  EntityToProto(MakePerson("b"), misfit.add_entities());
  EntityToProto(MakePerson("c"), misfit.add_entities());
  misfit.mutable_entities(1)->clear_attributes();
  v1::DecideRequest twice = Ask("a", "r");
  EntityToProto(MakePerson("b"), twice.add_entities());
  EntityToProto(MakePerson("b"), twice.add_entities());
  v1::DecideRequest action = Ask("a", "r");
  Entity view;
  view.uid = {"Action", "view"};
  EntityToProto(view, action.add_entities());
  v1::DecideRequest many = Ask("a", "r");
  for (int i = 0; i < 101; ++i) {
    EntityToProto(MakePerson(absl::StrCat(i)), many.add_entities());
  }
  const struct {
    v1::DecideRequest request;
    std::string error;
  } cases[] = {
      {no_uid, "INVALID_ARGUMENT: entities[0].uid: is not set"},
      {misfit,
       "INVALID_ARGUMENT: entities[1].attributes.roles: required and missing"},
      {twice, "INVALID_ARGUMENT: entities[1]: Person::\"b\" is given twice"},
      {action, "INVALID_ARGUMENT: entities[0]."},
      {many,
       "RESOURCE_EXHAUSTED: entities: has 101 entries; at most 100 are "
       "allowed"},
  };
  for (const auto& c : cases) {
    const std::string status = ToString(server_.Decide(c.request));
    EXPECT_TRUE(absl::StartsWith(status, c.error)) << status;
  }
}

// What the enforcement point may not vouch for is refused by name, whichever
// way it is sent, and nothing of it decides.
TEST(VouchingTest, OnlyWhatIsGrantedIsTaken) {
  ServerOptions options;
  options.data = NewDirectory();
  options.listen = {"127.0.0.1:0"};
  options.peps = options.data + ".peps";
  std::ofstream(options.peps)
      << "[loopback]\nmay = *\nstores = *\ncontext = count\n"
         "entities = Record\n";
  TestServer server(options);
  server.Activate(Hospital());
  server.Put({MakePerson("a"), MakeRecord("r", "b")});
  const std::string vouched =
      "context.location: the enforcement point loopback may not assert it; "
      "`context = location` in the table of enforcement points would grant it";
  const std::string supplied =
      "entities[1]: the enforcement point loopback may not supply entities of "
      "the type `Person`; `entities = Person` in the table of enforcement "
      "points would grant it";
  v1::DecideRequest request = Ask("a", "r");
  EXPECT_EQ(ToString(server.Decide(request)), "PERMISSION_DENIED: " + vouched);
  EntityToProto(MakeRecord("r", "a"), request.add_entities());
  EXPECT_EQ(ToString(server.Decide(request)), "PERMISSION_DENIED: " + vouched);
  EntityToProto(MakePerson("a"), request.add_entities());
  EXPECT_EQ(ToString(server.Decide(request)), "PERMISSION_DENIED: " + supplied);

  // From the defaults as from the item.
  v1::DecideBatchRequest batch;
  *batch.mutable_defaults()->mutable_context() = request.context();
  *batch.add_items() = ItemOf(Ask("a", "r"));
  batch.mutable_items(0)->clear_context();
  v1::DecideBatchResponse response;
  ASSERT_EQ(ToString(server.DecideBatch(batch, &response)), "OK");
  EXPECT_EQ(response.results(0).error().message(), vouched);
  EXPECT_EQ(response.results(0).error().code(),
            grpc::StatusCode::PERMISSION_DENIED);
  *batch.mutable_entities() = request.entities();
  EXPECT_EQ(ToString(server.DecideBatch(batch)),
            "PERMISSION_DENIED: " + supplied);

  grpc::ClientContext context;
  const auto stream = server.decisions().DecideStream(&context);
  v1::DecideResult result;
  EXPECT_TRUE(stream->Write(request));
  EXPECT_TRUE(stream->Read(&result));
  EXPECT_EQ(result.error().message(), supplied);
  stream->WritesDone();
  EXPECT_EQ(ToString(stream->Finish()), "OK");
  server.Stop();
  int refusals = 0;
  for (const Logged& logged : ReadLog(server.data())) {
    EXPECT_FALSE(std::holds_alternative<DecisionBody>(logged.record.body));
    refusals += std::holds_alternative<RefusalBody>(logged.record.body);
  }
  EXPECT_EQ(refusals, 6);
}

TEST_F(DecideOptionsTest, StaleEntitiesAreRefusedAndTheRefusalLogged) {
  v1::DecideRequest request = Ask("a", "r");
  for (uint64_t revision : {0, 1}) {
    request.set_at_least_as_fresh(revision);
    EXPECT_EQ(server_.MustDecide(request).entity_revision(), 1u);
  }
  request.set_at_least_as_fresh(2);
  const std::string stale =
      "at_least_as_fresh: the entities are at revision 1, not yet at 2";
  EXPECT_EQ(ToString(server_.Decide(request)), "FAILED_PRECONDITION: " + stale);
  v1::DecideBatchRequest batch;
  *batch.add_items() = ItemOf(Ask("a", "r"));
  batch.set_at_least_as_fresh(2);
  EXPECT_EQ(ToString(server_.DecideBatch(batch)),
            "FAILED_PRECONDITION: " + stale);
  server_.Put({MakePerson("b")});
  EXPECT_EQ(server_.MustDecide(request).entity_revision(), 2u);

  server_.Stop();
  int refusals = 0;
  for (const Logged& logged : ReadLog(server_.data())) {
    const auto* refusal = std::get_if<RefusalBody>(&logged.record.body);
    if (refusal == nullptr) continue;
    ++refusals;
    EXPECT_EQ(refusal->message, stale);
    EXPECT_EQ(refusal->request.at_least_revision, 2u);
    EXPECT_EQ(refusal->basis.entity_revision, 1u);
  }
  EXPECT_EQ(refusals, 2);
}

TEST_F(DecideOptionsTest, ARetryIsAnsweredAsBeforeAndLoggedOnce) {
  v1::DecideRequest request = Ask("a", "r");
  request.set_request_id("1");
  const v1::DecideResponse first = server_.MustDecide(request);
  // Whatever has changed since.
  server_.Put({MakeRecord("r", "b")});
  server_.Activate(Clinic());
  EXPECT_EQ(server_.MustDecide(request).SerializeAsString(),
            first.SerializeAsString());
  // However it is written: the order of attributes says nothing.
  v1::DecideRequest reordered = request;
  reordered.mutable_context()->mutable_attributes()->SwapElements(0, 1);
  reordered.set_policy_store("default");
  EXPECT_EQ(server_.MustDecide(reordered).SerializeAsString(),
            first.SerializeAsString());
  // And in a batch, where it says by what it was decided.
  v1::DecideBatchRequest batch;
  *batch.add_items() = ItemOf(request);
  *batch.add_items() = ItemOf(Ask("a", "r"));
  v1::DecideBatchResponse answers;
  ASSERT_EQ(ToString(server_.DecideBatch(batch, &answers)), "OK");
  EXPECT_EQ(answers.results(0).decision().SerializeAsString(),
            first.SerializeAsString());
  EXPECT_EQ(answers.policy_version(), 2u);
  EXPECT_EQ(answers.results(1).decision().policy_version(), 0u);
  EXPECT_EQ(answers.results(1).decision().decision(), v1::DENY);

  ExpectReplayAgrees(2);
}

TEST_F(DecideOptionsTest, AnIdNamesOneRequest) {
  v1::DecideRequest request = Ask("a", "r");
  request.set_request_id("1");
  server_.MustDecide(request);
  const std::string used =
      "INVALID_ARGUMENT: request_id: `1` was used for another request";
  std::vector<v1::DecideRequest> others(5, request);
  others[0].mutable_principal()->set_id("b");
  others[1]
      .mutable_context()
      ->mutable_attributes(0)
      ->mutable_value()
      ->set_long_value(7);
  others[2].set_policy_hash(HashOf(Hospital()));
  EntityToProto(MakePerson("b"), others[3].add_entities());
  others[4].set_at_least_as_fresh(0);
  for (const v1::DecideRequest& other : others) {
    EXPECT_EQ(ToString(server_.Decide(other)), used) << other.DebugString();
  }
  // In another policy store it is another name.
  server_.Activate(Hospital(), "other");
  request.set_policy_store("other");
  EXPECT_EQ(ToString(server_.Decide(request)), "OK");
}

TEST_F(DecideOptionsTest, AnErrorIsNotRemembered) {
  v1::DecideRequest request = Ask("a", "r");
  request.set_request_id("1");
  request.set_at_least_as_fresh(2);
  EXPECT_EQ(server_.Decide(request).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  server_.Put({MakePerson("b")});
  EXPECT_EQ(server_.MustDecide(request).entity_revision(), 2u);
}

TEST_F(DecideOptionsTest, RetriesAtOnceAreOneDecision) {
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    v1::DecideRequest request = Ask("a", "r");
    request.set_request_id(absl::StrCat(round));
    std::vector<v1::DecideResponse> responses(4);
    std::vector<std::thread> threads;
    for (v1::DecideResponse& response : responses) {
      threads.emplace_back([&] { response = server_.MustDecide(request); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const v1::DecideResponse& response : responses) {
      EXPECT_EQ(response.SerializeAsString(), responses[0].SerializeAsString());
    }
  }
  ExpectReplayAgrees(kRounds);
}

TEST_F(DecideOptionsTest, ItemsTakeFromTheDefaultsWhatTheyLeaveOut) {
  v1::DecideBatchRequest request;
  *request.mutable_defaults() = ItemOf(Ask("a", "r"));
  request.add_items();
  *request.add_items()->mutable_principal() = Ask("b", "r").principal();
  v1::Attribute* location =
      request.add_items()->mutable_context()->add_attributes();
  location->set_name("location");
  location->mutable_value()->set_string_value("home");
  v1::Attribute* place =
      request.add_items()->mutable_context()->add_attributes();
  place->set_name("place");
  place->mutable_value()->set_bool_value(true);
  *request.add_items()->mutable_resource() = Ask("a", "absent").resource();
  v1::DecideBatchResponse response;
  ASSERT_EQ(ToString(server_.DecideBatch(request, &response)), "OK");
  EXPECT_EQ(response.results(0).decision().decision(), v1::PERMIT);
  EXPECT_EQ(response.results(1).decision().decision(), v1::DENY);
  EXPECT_EQ(response.results(2).decision().decision(), v1::DENY);
  EXPECT_EQ(response.results(3).error().message(),
            "context.place: not declared in the schema");
  EXPECT_EQ(response.results(4).decision().errors(0).id(), "own");
}

TEST_F(DecideOptionsTest, DefaultsAreChecked) {
  v1::DecideBatchRequest request;
  request.add_items();
  request.mutable_defaults()->set_request_id("1");
  EXPECT_EQ(ToString(server_.DecideBatch(request)),
            "INVALID_ARGUMENT: defaults.request_id: each item has its own");
  request.clear_defaults();
  v1::Attribute* note =
      request.mutable_defaults()->mutable_context()->add_attributes();
  note->set_name("note");
  note->mutable_value()->set_string_value(std::string(70'000, 'x'));
  EXPECT_EQ(ToString(server_.DecideBatch(request)),
            "RESOURCE_EXHAUSTED: defaults and entities are longer than 65536 "
            "bytes together");
}

TEST_F(DecideOptionsTest, ABatchIsItsItemsAlone) {
  server_.Put({MakePerson("s", /*suspended=*/true), MakeRecord("of-s", "s")});
  std::vector<v1::DecideRequest> requests;
  for (const char* person : {"a", "s", "absent"}) {
    for (const char* record : {"r", "of-s", "absent"}) {
      for (const char* location : {"hospital", "home"}) {
        for (int count : {1, 2, 101}) {
          requests.push_back(Ask(person, record, location, count));
        }
      }
    }
  }
  requests.push_back(v1::DecideRequest());
  requests.push_back(requests[0]);
  requests.back().mutable_context()->clear_attributes();
  const v1::DecideRequest& common = requests[0];
  for (bool pinned : {false, true}) {
    v1::DecideBatchRequest batch;
    if (pinned) batch.set_policy_hash(HashOf(Hospital()));
    EntityToProto(MakeRecord("absent", "a"), batch.add_entities());
    for (const v1::DecideRequest& request : requests) {
      *batch.add_items() = ItemOf(request);
    }
    v1::DecideBatchResponse response;
    ASSERT_EQ(ToString(server_.DecideBatch(batch, &response)), "OK");
    for (size_t i = 0; i < requests.size(); ++i) {
      v1::DecideRequest alone = requests[i];
      alone.set_policy_hash(batch.policy_hash());
      *alone.mutable_entities() = batch.entities();
      v1::DecideResponse expected;
      const grpc::Status status = server_.Decide(alone, &expected);
      const v1::DecideResult& result = response.results(static_cast<int>(i));
      EXPECT_EQ(result.error().message(), status.error_message());
      EXPECT_EQ(result.error().code(), status.error_code());
      if (!status.ok()) continue;
      v1::DecideResponse decision = result.decision();
      decision.set_policy_hash(response.policy_hash());
      decision.set_policy_version(response.policy_version());
      decision.set_entity_revision(response.entity_revision());
      EXPECT_EQ(Lasting(decision), Lasting(expected))
          << alone.ShortDebugString();
    }
    // Said once or with each item, it is the same.
    v1::DecideBatchRequest with_defaults = batch;
    *with_defaults.mutable_defaults() = ItemOf(common);
    for (v1::DecideBatchItem& item : *with_defaults.mutable_items()) {
      if (item.principal().SerializeAsString() ==
          common.principal().SerializeAsString()) {
        item.clear_principal();
      }
      if (item.has_action()) item.clear_action();
    }
    with_defaults.mutable_items()->DeleteSubrange(
        with_defaults.items_size() - 2, 2);
    v1::DecideBatchResponse again;
    ASSERT_EQ(ToString(server_.DecideBatch(with_defaults, &again)), "OK");
    for (int i = 0; i < again.results_size(); ++i) {
      EXPECT_EQ(Lasting(again.results(i).decision()),
                Lasting(response.results(i).decision()));
    }
  }
}

}  // namespace
}  // namespace sekisho
