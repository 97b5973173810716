// libsekisho beside a real server: it decides as the server does, by what the
// server last acknowledged, and logs what it decided.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/reference_opinion.h"
#include "engine/model/json.h"
#include "engine/replay/replay.h"
#include "gtest/gtest.h"
#include "lib/sekisho.h"
#include "proto/codec.h"
#include "tests/cases/healthcare.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

// `status: message`, or the decision without what differs each time.
std::string Canonical(v1::DecideResponse response) {
  response.clear_decision_id();
  response.clear_server_time();
  response.clear_evaluation_ns();
  response.clear_log();
  return response.ShortDebugString();
}

class Library {
 public:
  explicit Library(const std::string& server_data,
                   uint32_t refresh_ms = SEKISHO_NEVER,
                   uint32_t max_staleness_ms = 0)
      : data_(NewDirectory() + "/pep"), store_(server_data + "/store") {
    options_.size = sizeof options_;
    options_.store = store_.c_str();
    options_.data = data_.c_str();
    options_.refresh_ms = refresh_ms;
    options_.max_staleness_ms = max_staleness_ms;
    EXPECT_EQ(sekisho_open(&options_, &pdp_), SEKISHO_OK) << sekisho_error();
  }
  ~Library() { Close(); }

  void Close() {
    EXPECT_EQ(sekisho_close(std::exchange(pdp_, nullptr)), SEKISHO_OK)
        << sekisho_error();
  }

  void Refresh() {
    EXPECT_EQ(sekisho_refresh(pdp_), SEKISHO_OK) << sekisho_error();
  }

  // Checks that the structure says what the response says.
  int Decide(int form, const std::string& request,
             v1::DecideResponse* response) {
    sekisho_decision decision = {};
    decision.size = sizeof decision;
    decision.effect = SEKISHO_PERMIT;
    const int status =
        sekisho_decide(pdp_, form, request.data(), request.size(), &decision);
    if (status != SEKISHO_OK) {
      EXPECT_EQ(decision.effect, SEKISHO_DENY);
      EXPECT_EQ(decision.response, nullptr);
      return status;
    }
    EXPECT_TRUE(response->ParseFromArray(
        decision.response, static_cast<int>(decision.response_size)));
    sekisho_free(decision.response);
    EXPECT_EQ(decision.effect == SEKISHO_PERMIT,
              response->decision() == v1::PERMIT);
    EXPECT_EQ(decision.cause, response->cause());
    EXPECT_EQ(decision.decision_id, response->decision_id());
    EXPECT_EQ(decision.has_obligations != 0, response->obligations_size() > 0);
    return status;
  }
  int Decide(const v1::DecideRequest& request, v1::DecideResponse* response) {
    return Decide(SEKISHO_PROTOBUF, request.SerializeAsString(), response);
  }

  // For comparison with ToString(server.Decide(..)).
  std::string Say(int form, const std::string& request) {
    v1::DecideResponse response;
    const int status = Decide(form, request, &response);
    if (status == SEKISHO_OK) return Canonical(response);
    return absl::StrCat(status, ": ", sekisho_error());
  }
  std::string Say(const v1::DecideRequest& request) {
    return Say(SEKISHO_PROTOBUF, request.SerializeAsString());
  }

  v1::DecideResponse MustDecide(const v1::DecideRequest& request) {
    v1::DecideResponse response;
    EXPECT_EQ(Decide(request, &response), SEKISHO_OK) << sekisho_error();
    return response;
  }

  sekisho_pdp* pdp() { return pdp_; }
  const sekisho_options& options() const { return options_; }
  const std::string& data() const { return data_; }

 private:
  const std::string data_;
  const std::string store_;
  sekisho_options options_ = {};
  sekisho_pdp* pdp_ = nullptr;
};

std::string Say(TestServer& server, const v1::DecideRequest& request) {
  v1::DecideResponse response;
  const grpc::Status status = server.Decide(request, &response);
  if (status.ok()) return Canonical(response);
  return absl::StrCat(static_cast<int>(status.error_code()), ": ",
                      status.error_message());
}

// Every decision of the log is made again, by the graph and by the reference
// evaluator.
void ExpectReplayed(const std::string& data, uint64_t decisions) {
  ExpectProved(data);
  ReplayOptions options;
  options.second_opinion = MakeReferenceOpinion;
  const auto report = ReplayLog(data + "/log", options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->decisions, decisions);
  EXPECT_TRUE(report->agrees());
}

TEST(LibraryTest, DecidesTheHealthcareCasesAsTheServerDoes) {
  TestServer server;
  server.Activate(Healthcare().compilation.artifact);
  const CaseSet& set = Healthcare().set;
  server.Put(set.population);
  Library library(server.data());
  uint64_t decided = 0;
  for (const Case& c : set.cases) {
    SCOPED_TRACE(Describe(c));
    // Entities of the case alone, which stand in front of the stored ones.
    if (!c.deleted.empty()) continue;
    v1::DecideRequest request;
    RequestToProto(c.request, &request);
    for (const Entity& entity : c.put) {
      EntityToProto(entity, request.add_entities());
    }
    const std::string said = Say(server, request);
    EXPECT_EQ(library.Say(request), said);
    const uint64_t made = !absl::StartsWith(said, "3: ");
    decided += made;
    if (!c.put.empty()) continue;
    EXPECT_EQ(library.Say(SEKISHO_JSON, RequestToJson(c.request)), said);
    decided += made;
  }
  EXPECT_GT(decided, 100);
  library.Close();
  ExpectReplayed(library.data(), decided);
}

TEST(LibraryTest, SeesWhatWasAcknowledgedWhenItIsRefreshed) {
  TestServer server;
  Library library(server.data());
  v1::DecideResponse response;
  EXPECT_EQ(library.Decide(Ask("a", "r"), &response),
            SEKISHO_FAILED_PRECONDITION);
  EXPECT_STREQ(sekisho_error(), "policy store `default` has no active policy");

  server.Activate(Compile(kRules));
  server.Put({MakePerson("a"), MakeRecord("r", "a")});
  EXPECT_EQ(library.Decide(Ask("a", "r"), &response),
            SEKISHO_FAILED_PRECONDITION);
  library.Refresh();
  response = library.MustDecide(Ask("a", "r"));
  EXPECT_EQ(response.decision(), v1::PERMIT);
  EXPECT_EQ(response.entity_revision(), 1);

  server.Put({MakePerson("a", /*suspended=*/true)});
  EXPECT_EQ(library.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);
  library.Refresh();
  EXPECT_EQ(library.Say(Ask("a", "r")), Say(server, Ask("a", "r")));
  EXPECT_EQ(library.MustDecide(Ask("a", "r")).cause(), v1::FORBIDDEN);

  server.Activate(Compile(absl::StrReplaceAll(kRules, {{"forbid", "permit"}})));
  library.Refresh();
  response = library.MustDecide(Ask("a", "r"));
  EXPECT_EQ(response.decision(), v1::PERMIT);
  EXPECT_EQ(response.policy_version(), 2);

  // The first policy, which this library has met, and a policy store of which
  // it knows nothing.
  v1::DecideRequest demand = Ask("a", "r");
  demand.set_policy_hash(std::string(64, '0'));
  EXPECT_EQ(library.Say(demand), Say(server, demand));
  v1::ListPoliciesResponse list;
  ASSERT_TRUE(server.List({}, &list).ok());
  demand.set_policy_hash(list.activations(1).hash());
  EXPECT_EQ(library.Say(demand), Say(server, demand));
  demand = Ask("a", "r");
  demand.set_policy_store("other");
  EXPECT_EQ(library.Decide(demand, &response), SEKISHO_INVALID_ARGUMENT);

  library.Close();
  ExpectReplayed(library.data(), 6);
}

TEST(LibraryTest, RefreshesByItself) {
  TestServer server;
  server.Activate(Compile(kRules));
  Library library(server.data(), /*refresh_ms=*/1);
  server.Put({MakePerson("a"), MakeRecord("r", "a")});
  while (library.MustDecide(Ask("a", "r")).decision() != v1::PERMIT) {
  }
}

TEST(LibraryTest, FollowsAServerThatIsStartedAgain) {
  TestServer server;
  server.Activate(Compile(kRules));
  Library library(server.data());
  for (int i = 0; i < 8; ++i) {
    server.Put({MakePerson("a"), MakeRecord("r", i % 2 == 0 ? "a" : "b")});
    library.Refresh();
    EXPECT_EQ(library.Say(Ask("a", "r")), Say(server, Ask("a", "r")));
    server.Restart();
    EXPECT_EQ(library.Say(Ask("a", "r")), Say(server, Ask("a", "r")));
  }
  server.Stop();
  library.Refresh();
  EXPECT_EQ(library.MustDecide(Ask("a", "r")).entity_revision(), 8);
}

// Odd versions permit at the hospital, even ones at the clinic. Odd revisions
// give both records to a, even ones to b.
TEST(LibraryTest, ADecisionSeesOneStateWhateverIsWrittenMeanwhile) {
  const std::string artifacts[] = {
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})),
      Compile(kRules)};
  TestServer server;
  server.Activate(artifacts[1]);
  server.Put({MakePerson("a"), MakePerson("b"), MakeRecord("r1", "a"),
              MakeRecord("r2", "a")});
  Library library(server.data(), /*refresh_ms=*/1);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> decided = 0;
  std::atomic<uint64_t> seen = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      uint64_t version = 0;
      uint64_t revision = 0;
      for (int i = t; !done; ++i) {
        const bool hospital = i % 2 == 0;
        const bool a = i / 2 % 2 == 0;
        const v1::DecideResponse response =
            library.MustDecide(Ask(a ? "a" : "b", i / 4 % 2 == 0 ? "r1" : "r2",
                                   hospital ? "hospital" : "clinic"));
        EXPECT_GE(response.policy_version(), version);
        EXPECT_GE(response.entity_revision(), revision);
        version = response.policy_version();
        revision = response.entity_revision();
        EXPECT_EQ(response.decision() == v1::PERMIT,
                  hospital == (version % 2 == 1) && a == (revision % 2 == 1))
            << response.ShortDebugString();
        ++decided;
        seen = revision;
        // The server is to get on.
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  for (uint64_t i = 2; i <= 100; ++i) {
    const std::string owner = i % 2 == 1 ? "a" : "b";
    server.Put({MakeRecord("r1", owner), MakeRecord("r2", owner)});
    if (i % 5 == 0) server.Activate(artifacts[(i / 5 + 1) % 2]);
    if (i % 20 == 0) library.Refresh();
    // So that many states are decided by, on a slow machine too.
    while (i % 10 == 0 && seen < i) std::this_thread::yield();
  }
  library.Refresh();
  EXPECT_EQ(library.MustDecide(Ask("a", "r1")).entity_revision(), 100);
  done = true;
  for (std::thread& thread : threads) thread.join();
  library.Close();
  ExpectReplayed(library.data(), decided + 1);
}

TEST(LibraryTest, AnswersARequestThatIsSentAgainAsBefore) {
  TestServer server;
  server.Activate(Compile(kRules));
  server.Put({MakePerson("a"), MakeRecord("r", "a")});
  Library library(server.data());
  v1::DecideRequest request = Ask("a", "r");
  request.set_request_id("again");
  const v1::DecideResponse first = library.MustDecide(request);
  server.Put({MakeRecord("r", "b")});
  library.Refresh();
  EXPECT_EQ(library.MustDecide(request).decision_id(), first.decision_id());
}

TEST(LibraryTest, DoesNotDecideByWhatIsTooOld) {
  TestServer server;
  server.Activate(Compile(kRules));
  Library library(server.data(), /*refresh_ms=*/1, /*max_staleness_ms=*/2000);
  const std::string store = server.data() + "/store";
  server.Stop();
  std::filesystem::rename(store, store + ".away");
  v1::DecideResponse response;
  int status;
  while ((status = library.Decide(Ask("a", "r"), &response)) == SEKISHO_OK) {
  }
  EXPECT_EQ(status, SEKISHO_UNAVAILABLE);
  EXPECT_TRUE(absl::StrContains(sekisho_error(), "there is no store in "))
      << sekisho_error();
  EXPECT_EQ(sekisho_refresh(library.pdp()), SEKISHO_NOT_FOUND);
  std::filesystem::rename(store + ".away", store);
  library.Refresh();
  EXPECT_EQ(library.Decide(Ask("a", "r"), &response), SEKISHO_OK);
}

TEST(LibraryTest, Decodes) {
  TestServer server;
  server.Activate(Compile(kRules));
  server.Put({MakePerson("a"), MakeRecord("r", "a")});
  Library library(server.data());
  v1::DecideResponse response = library.MustDecide(Ask("a", "r"));
  response.set_decision_id("id");
  response.mutable_server_time()->set_seconds(1);
  response.mutable_server_time()->set_nanos(0);
  response.set_evaluation_ns(7);
  response.mutable_log()->set_origin("pep");
  response.mutable_log()->set_leaf_hash("\x01");
  response.set_policy_hash("hash");
  v1::Obligation* obligation = response.add_obligations();
  obligation->set_name("notify");
  const std::string bytes = response.SerializeAsString();
  char* json = nullptr;
  ASSERT_EQ(sekisho_decode(bytes.data(), bytes.size(), &json), SEKISHO_OK);
  EXPECT_STREQ(
      json,
      R"({"decision":"permit","cause":"permitted",)"
      R"("determining":[{"id":"own","use_case":"①-1","source":"rules.cedar",)"
      R"("line":1}],"errors":[],"undecided_forbids":[],)"
      R"("obligations":[{"name":"notify","parameters":{}}],"advice":[],)"
      R"("unsupported_obligations":[],"policy_hash":"hash",)"
      R"("policy_version":1,"entity_revision":1,"decision_id":"id",)"
      R"("time":"1970-01-01T00:00:01+00:00","evaluation_ns":7,)"
      R"("log":{"origin":"pep","index":2,"leaf_hash":"01"}})");
  sekisho_free(json);
}

TEST(LibraryTest, WhateverArrivesIsAnError) {
  TestServer server;
  server.Activate(Compile(kRules));
  Library library(server.data());
  std::string deep = "1";
  for (int i = 0; i < 100'000; ++i) deep = "[" + deep + "]";
  const std::string good = Ask("a", "r").SerializeAsString();
  const std::string start =
      R"({"principal": "Person::\"a\"", "action": "Action::\"view\"", )"
      R"("resource": "Record::\"r\"", "context": )";
  const struct {
    int form;
    std::string request;
    int status;
  } cases[] = {
      {0, good, SEKISHO_INVALID_ARGUMENT},
      {3, good, SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_PROTOBUF, "", SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_PROTOBUF, good.substr(0, good.size() - 1),
       SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_PROTOBUF, std::string(1000, '\xff'), SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_PROTOBUF, std::string((1 << 20) + 1, '\0'),
       SEKISHO_RESOURCE_EXHAUSTED},
      {SEKISHO_JSON, "", SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, std::string(1, '\0'), SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, "{}", SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, "[]", SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, start, SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, start + "{}, \"context\": {}}", SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, start + deep + "}", SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, start + "{\"location\": \"\xff\"}}",
       SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, start + "{\"location\": 1e400}}",
       SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, start + "{\"count\": 1, \"location\": 7}}",
       SEKISHO_INVALID_ARGUMENT},
      {SEKISHO_JSON, std::string((1 << 20) + 1, ' '),
       SEKISHO_RESOURCE_EXHAUSTED},
      {SEKISHO_JSON, good, SEKISHO_INVALID_ARGUMENT},
  };
  for (const auto& c : cases) {
    v1::DecideResponse response;
    EXPECT_EQ(library.Decide(c.form, c.request, &response), c.status)
        << c.request.substr(0, 200) << ": " << sekisho_error();
    EXPECT_STRNE(sekisho_error(), "");
  }
  for (const std::string& bytes :
       {std::string("\xff"), std::string(1000, '\x0b'),
        // A record whose value is not set.
        []() {
          v1::DecideResponse response;
          response.add_obligations()->mutable_parameters()->add_attributes();
          return response.SerializeAsString();
        }()}) {
    char* json = nullptr;
    EXPECT_EQ(sekisho_decode(bytes.data(), bytes.size(), &json),
              SEKISHO_INVALID_ARGUMENT);
    EXPECT_EQ(json, nullptr);
  }
}

TEST(LibraryTest, ArgumentsThatAreMissingOrWrong) {
  TestServer server;
  server.Activate(Compile(kRules));
  Library library(server.data());
  sekisho_pdp* pdp = library.pdp();
  const auto open = [&](auto change) {
    sekisho_options options = library.options();
    const std::string data = NewDirectory() + "/pep";
    options.data = data.c_str();
    change(options);
    const int status = sekisho_open(&options, &pdp);
    EXPECT_EQ(pdp, nullptr);
    return absl::StrCat(status, ": ", sekisho_error());
  };
  using Options = sekisho_options;
  EXPECT_EQ(open([](Options& o) { o.store = nullptr; }),
            "3: options.store: is NULL");
  EXPECT_EQ(open([](Options& o) { o.data = nullptr; }),
            "3: options.data: is NULL");
  EXPECT_EQ(open([](Options& o) { o.size = 8; }).substr(0, 20),
            "3: options.size: is ");
  EXPECT_EQ(open([](Options& o) { o.policy_store = "a b"; }).substr(0, 17),
            "3: policy_store: ");
  EXPECT_EQ(open([](Options& o) { o.log_origin = "a b"; }).substr(0, 3), "3: ");
  EXPECT_EQ(
      open([&](Options& o) { o.data = library.data().c_str(); }).substr(0, 3),
      "9: ");
  EXPECT_EQ(open([](Options& o) { o.refresh_ms = o.max_staleness_ms = 1000; }),
            "3: max_staleness_ms: is not longer than refresh_ms");
  // Whoever is too early leaves nothing.
  const std::string data = NewDirectory() + "/pep";
  EXPECT_EQ(open([&](Options& o) {
              o.store = "/nowhere";
              o.data = data.c_str();
            }),
            "5: there is no store in /nowhere");
  EXPECT_FALSE(std::filesystem::exists(data));
  EXPECT_EQ(sekisho_open(nullptr, &pdp), SEKISHO_INVALID_ARGUMENT);
  EXPECT_EQ(sekisho_open(&library.options(), nullptr),
            SEKISHO_INVALID_ARGUMENT);

  sekisho_decision decision = {};
  decision.size = sizeof decision;
  EXPECT_EQ(sekisho_decide(nullptr, SEKISHO_JSON, "{}", 2, &decision),
            SEKISHO_INVALID_ARGUMENT);
  EXPECT_EQ(sekisho_decide(library.pdp(), SEKISHO_JSON, nullptr, 0, &decision),
            SEKISHO_INVALID_ARGUMENT);
  EXPECT_EQ(sekisho_decide(library.pdp(), SEKISHO_JSON, "{}", 2, nullptr),
            SEKISHO_INVALID_ARGUMENT);
  decision.size = 1;
  EXPECT_EQ(sekisho_decide(library.pdp(), SEKISHO_JSON, "{}", 2, &decision),
            SEKISHO_INVALID_ARGUMENT);
  char* json;
  EXPECT_EQ(sekisho_decode(nullptr, 1, &json), SEKISHO_INVALID_ARGUMENT);
  EXPECT_EQ(sekisho_decode("", 0, nullptr), SEKISHO_INVALID_ARGUMENT);
  EXPECT_EQ(sekisho_refresh(nullptr), SEKISHO_INVALID_ARGUMENT);
  EXPECT_EQ(sekisho_close(nullptr), SEKISHO_OK);
  sekisho_free(nullptr);
  EXPECT_STRNE(sekisho_version(), "");
}

}  // namespace
}  // namespace sekisho
