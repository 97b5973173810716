// Decisions, writes and activations at once. Two policies take turns, and two
// entities are always written together, so that any answer made by parts of two
// policies or of two revisions shows.
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_replace.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

// Odd versions permit at the hospital, even ones at the clinic. Odd revisions
// give both records to a, even ones to b.
constexpr int kActivations = 40;
constexpr int kWrites = 200;

struct Question {
  const char* location;
  const char* person;
  const char* record;

  v1::DecideRequest Request() const { return Ask(person, record, location); }
};

std::vector<Question> AllQuestions() {
  std::vector<Question> questions;
  for (const char* location : {"hospital", "clinic"}) {
    for (const char* person : {"a", "b"}) {
      for (const char* record : {"r1", "r2"}) {
        questions.push_back({location, person, record});
      }
    }
  }
  return questions;
}

v1::Decision Expected(const Question& question, uint64_t version,
                      uint64_t revision) {
  const bool hospital = version % 2 == 1;
  const bool owner_a = revision % 2 == 1;
  const bool permit =
      (question.location == std::string("hospital")) == hospital &&
      (question.person == std::string("a")) == owner_a;
  return permit ? v1::PERMIT : v1::DENY;
}

// Versions and revisions as one client sees them.
class NeverBackwards {
 public:
  void See(uint64_t version, uint64_t revision) {
    EXPECT_GE(version, version_);
    EXPECT_GE(revision, revision_);
    version_ = version;
    revision_ = revision;
  }

 private:
  uint64_t version_ = 0;
  uint64_t revision_ = 0;
};

// Until `done`. By the active policy, or by `policy_hash`.
void DecideBatches(TestServer& server, const std::atomic<bool>& done,
                   const std::string& policy_hash) {
  const std::vector<Question> questions = AllQuestions();
  v1::DecideBatchRequest request;
  request.set_policy_hash(policy_hash);
  for (const Question& question : questions) {
    EXPECT_TRUE(request.add_items()->ParseFromString(
        question.Request().SerializeAsString()));
  }
  NeverBackwards seen;
  while (!done) {
    v1::DecideBatchResponse response;
    ASSERT_EQ(ToString(server.DecideBatch(request, &response)), "OK");
    if (!policy_hash.empty()) {
      EXPECT_EQ(response.policy_hash(), policy_hash);
    }
    for (size_t i = 0; i < questions.size(); ++i) {
      EXPECT_EQ(response.results(static_cast<int>(i)).decision().decision(),
                Expected(questions[i], response.policy_version(),
                         response.entity_revision()))
          << response.ShortDebugString();
    }
    seen.See(response.policy_version(), response.entity_revision());
  }
}

void DecideStreaming(TestServer& server, const std::atomic<bool>& done) {
  const std::vector<Question> questions = AllQuestions();
  grpc::ClientContext context;
  const auto stream = server.decisions().DecideStream(&context);
  // Ahead of the answers by some messages.
  constexpr size_t kAhead = 16;
  NeverBackwards seen;
  size_t sent = 0;
  for (size_t received = 0; !done || received < sent; ++received) {
    while (!done && sent < received + kAhead) {
      ASSERT_TRUE(stream->Write(questions[sent % questions.size()].Request()));
      ++sent;
    }
    if (received == sent) break;
    v1::DecideResult result;
    ASSERT_TRUE(stream->Read(&result));
    const v1::DecideResponse& response = result.decision();
    EXPECT_EQ(response.decision(),
              Expected(questions[received % questions.size()],
                       response.policy_version(), response.entity_revision()))
        << response.ShortDebugString();
    seen.See(response.policy_version(), response.entity_revision());
  }
  stream->WritesDone();
  EXPECT_EQ(ToString(stream->Finish()), "OK");
}

// Versions 2 to kActivations, every third by a rollback.
void ChangePolicies(TestServer& server, const std::string (&policies)[2]) {
  for (int version = 2; version <= kActivations; ++version) {
    uint64_t made = 0;
    if (version % 3 == 0) {
      v1::RollbackPolicyResponse response;
      EXPECT_EQ(ToString(server.Rollback({}, &response)), "OK");
      made = response.activation().version();
    } else {
      made = server.Activate(policies[version % 2]).activation().version();
    }
    EXPECT_EQ(made, static_cast<uint64_t>(version));
  }
}

TEST(ConcurrencyTest, NoDecisionMixesPoliciesOrRevisions) {
  const std::string policies[] = {
      Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})),
      Compile(kRules)};
  TestServer server;
  server.Activate(policies[1]);
  server.Put({MakeRecord("r1", "a"), MakeRecord("r2", "a")});
  v1::GetPolicyResponse hospital;
  ASSERT_EQ(ToString(server.Get({}, &hospital)), "OK");

  std::atomic<bool> done = false;
  std::vector<std::thread> deciders;
  for (const std::string& policy_hash :
       {std::string(), std::string(), hospital.activation().hash()}) {
    deciders.emplace_back([&server, &done, policy_hash] {
      DecideBatches(server, done, policy_hash);
    });
  }
  deciders.emplace_back([&server, &done] { DecideStreaming(server, done); });
  std::thread activator([&] { ChangePolicies(server, policies); });
  for (int revision = 2; revision <= kWrites; ++revision) {
    const std::string owner = revision % 2 ? "a" : "b";
    EXPECT_EQ(server.Put({MakeRecord("r1", owner), MakeRecord("r2", owner)}),
              static_cast<uint64_t>(revision));
  }
  activator.join();
  done = true;
  for (std::thread& decider : deciders) decider.join();
}

// Puts, patches and imports give both records to the same person each time, so
// whoever may view one of them may view the other, at every revision.
TEST(ConcurrencyTest, NoDecisionSeesHalfAWritePatchOrImport) {
  constexpr int kRounds = 60;
  TestServer server;
  server.Activate(Compile(kRules));
  server.Put({MakeRecord("r1", "a"), MakeRecord("r2", "a")});
  auto owner = [](int n) { return n % 2 == 0 ? "a" : "b"; };

  std::atomic<bool> done = false;
  std::vector<std::thread> deciders;
  for (int t = 0; t < 2; ++t) {
    deciders.emplace_back([&server, &done] {
      v1::DecideBatchRequest request;
      for (const char* person : {"a", "b"}) {
        for (const char* record : {"r1", "r2"}) {
          EXPECT_TRUE(request.add_items()->ParseFromString(
              Ask(person, record).SerializeAsString()));
        }
      }
      uint64_t last_revision = 0;
      while (!done) {
        v1::DecideBatchResponse response;
        ASSERT_EQ(ToString(server.DecideBatch(request, &response)), "OK");
        auto permitted = [&response](int item) {
          return response.results(item).decision().decision() == v1::PERMIT;
        };
        EXPECT_EQ(permitted(0), permitted(1));
        EXPECT_EQ(permitted(2), permitted(3));
        EXPECT_NE(permitted(0), permitted(2));
        EXPECT_GE(response.entity_revision(), last_revision);
        last_revision = response.entity_revision();
      }
    });
  }
  std::thread patches([&server, &owner] {
    for (int n = 0; n < kRounds; ++n) {
      v1::WriteEntitiesRequest request;
      for (const char* id : {"r1", "r2"}) {
        v1::Entity record;
        EntityToProto(MakeRecord(id, owner(n)), &record);
        v1::EntityPatch* patch = request.add_mutations()->mutable_patch();
        *patch->mutable_uid() = record.uid();
        *patch->mutable_set_attributes() = record.attributes();
      }
      EXPECT_EQ(ToString(server.Write(request)), "OK");
    }
  });
  std::thread imports([&server, &owner] {
    grpc::ClientContext context;
    auto stream = server.entities().Import(&context);
    v1::ImportEntitiesRequest request;
    request.mutable_header()->set_import_id("i");
    v1::ImportEntitiesResponse response;
    for (int n = 0; stream->Write(request) && stream->Read(&response); ++n) {
      if (n == kRounds) break;
      request.Clear();
      request.mutable_chunk()->set_sequence(response.applied());
      for (const char* id : {"r1", "r2"}) {
        EntityToProto(MakeRecord(id, owner(n)),
                      request.mutable_chunk()->add_mutations()->mutable_put());
      }
    }
    stream->WritesDone();
    EXPECT_EQ(ToString(stream->Finish()), "OK");
    EXPECT_EQ(response.applied(), 2u * kRounds);
  });
  for (int n = 0; n < kRounds; ++n) {
    server.Put({MakeRecord("r1", owner(n)), MakeRecord("r2", owner(n))});
  }
  patches.join();
  imports.join();
  done = true;
  for (std::thread& decider : deciders) decider.join();
  EXPECT_EQ(server.MustDecide(Ask("a", "r1")).entity_revision(),
            1u + 3 * kRounds);
}

TEST(ConcurrencyTest, ConcurrentWritersAllSucceed) {
  TestServer server;
  server.Activate(Compile(kRules));
  std::vector<std::thread> writers;
  for (int t = 0; t < 8; ++t) {
    writers.emplace_back([&server, t] {
      for (int i = 0; i < 10; ++i) server.Put({MakePerson(std::to_string(t))});
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(server.MustDecide(Ask("a", "r")).entity_revision(), 80u);
}

}  // namespace
}  // namespace sekisho
