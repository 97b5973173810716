// Promise 4: what was acknowledged survives `kill -9`.
//
// A real sekishod is killed again and again while clients decide, write, patch,
// import and activate. Afterwards every acknowledged write and activation is
// there, the import has gone on each time where it was and is complete, every
// decision that was answered is in the log, the log is proved, and replay by
// the graph and by the reference evaluator agrees with every record.
//
// SEKISHO_KILLS sets how often; SEKISHO_SEED repeats the pauses.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "cli/reference_opinion.h"
#include "engine/replay/replay.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"
#include "tests/environment.h"
#include "tests/server/log_check.h"
#include "tests/server/server_process.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

std::string sekishod;

// What the clients were told.
struct Acknowledged {
  absl::Mutex mutex;
  std::vector<v1::LogPosition> decisions ABSL_GUARDED_BY(mutex);
  uint64_t person ABSL_GUARDED_BY(mutex) = 0;
  uint64_t revision ABSL_GUARDED_BY(mutex) = 0;
  uint64_t version ABSL_GUARDED_BY(mutex) = 0;
  uint64_t imported ABSL_GUARDED_BY(mutex) = 0;
};

std::string PersonName(uint64_t n) { return absl::StrCat("person-", n); }

constexpr char kImport[] = "import";

v1::ImportEntitiesRequest ImportHeader() {
  v1::ImportEntitiesRequest request;
  request.mutable_header()->set_import_id(kImport);
  return request;
}

class KillTest : public testing::Test {
 protected:
  KillTest() : data_(NewDirectory() + "/data") {
    artifacts_.push_back(Compile(kRules));
    artifacts_.push_back(
        Compile(absl::StrCat(kRules, "\n// Another version.\n")));
  }

  void Connect(const std::string& address) {
    auto channel =
        grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    decisions_ = v1::DecisionService::NewStub(channel);
    entities_ = v1::EntityService::NewStub(channel);
    policies_ = v1::PolicyService::NewStub(channel);
  }

  static void SetDeadline(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(20));
  }

  bool Activate(uint64_t n) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::ActivatePolicyRequest request;
    request.set_artifact(artifacts_[n % artifacts_.size()]);
    v1::ActivatePolicyResponse response;
    if (!policies_->Activate(&context, request, &response).ok()) return false;
    absl::MutexLock lock(&acknowledged_.mutex);
    acknowledged_.version = response.activation().version();
    return true;
  }

  bool Write(uint64_t n) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::WriteEntitiesRequest request;
    EntityToProto(MakePerson(PersonName(n)),
                  request.add_mutations()->mutable_put());
    EntityToProto(MakeRecord("record", PersonName(n)),
                  request.add_mutations()->mutable_put());
    v1::EntityPatch* patch = request.add_mutations()->mutable_patch();
    EntityUidToProto({"Person", PersonName(n > 1 ? n - 1 : n)},
                     patch->mutable_uid());
    EntityUidToProto({"Organization", "patched"}, patch->add_added_parents());
    v1::WriteEntitiesResponse response;
    if (!entities_->Write(&context, request, &response).ok()) return false;
    absl::MutexLock lock(&acknowledged_.mutex);
    acknowledged_.person = n;
    acknowledged_.revision = response.revision();
    return true;
  }

  bool Decide(uint64_t n) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::DecideResponse response;
    if (!decisions_->Decide(&context, Ask(PersonName(n), "record"), &response)
             .ok()) {
      return false;
    }
    absl::MutexLock lock(&acknowledged_.mutex);
    acknowledged_.decisions.push_back(response.log());
    return true;
  }

  // Goes on with the import until the server is gone, or to `end`.
  void Import(std::optional<uint64_t> end = std::nullopt) {
    grpc::ClientContext context;
    SetDeadline(&context);
    auto stream = entities_->Import(&context);
    v1::ImportEntitiesResponse response;
    if (!stream->Write(ImportHeader()) || !stream->Read(&response)) return;
    while (true) {
      {
        absl::MutexLock lock(&acknowledged_.mutex);
        EXPECT_GE(response.applied(), acknowledged_.imported);
        acknowledged_.imported = response.applied();
      }
      constexpr uint64_t kChunk = 20;
      v1::ImportEntitiesRequest request;
      if (response.applied() == end) {
        request.mutable_end()->set_total(*end);
      } else {
        v1::ImportChunk* chunk = request.mutable_chunk();
        chunk->set_sequence(response.applied());
        for (uint64_t i = 0; i < kChunk; ++i) {
          EntityToProto(
              MakePerson(absl::StrCat("imported-", response.applied() + i)),
              chunk->add_mutations()->mutable_put());
        }
      }
      if (!stream->Write(request) || !stream->Read(&response)) return;
      if (response.complete()) break;
    }
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
  }

  // How many entities of the import there are.
  uint64_t CountImported() {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::ExportEntitiesRequest request;
    request.set_type("Person");
    auto reader = entities_->Export(&context, request);
    uint64_t count = 0;
    v1::ExportEntitiesResponse response;
    while (reader->Read(&response)) {
      for (const v1::Entity& entity : response.entities()) {
        count += absl::StartsWith(entity.uid().id(), "imported-") ? 1 : 0;
      }
    }
    EXPECT_TRUE(reader->Finish().ok());
    return count;
  }

  // Until the server is gone.
  void Load(ServerProcess* server, std::chrono::milliseconds pause) {
    std::vector<std::thread> clients;
    clients.emplace_back([this] {
      while (Write(next_person_ + 1)) ++next_person_;
    });
    clients.emplace_back([this] {
      while (Activate(next_policy_)) ++next_policy_;
    });
    clients.emplace_back([this] { Import(); });
    for (int i = 0; i < 2; ++i) {
      clients.emplace_back([this] {
        while (Decide(next_person_)) {
        }
      });
    }
    std::this_thread::sleep_for(pause);
    server->End(SIGKILL);
    for (std::thread& client : clients) client.join();
  }

  void ExpectAcknowledgedIsThere() {
    absl::MutexLock lock(&acknowledged_.mutex);
    grpc::ClientContext list_context;
    SetDeadline(&list_context);
    v1::ListPoliciesResponse policies;
    ASSERT_TRUE(policies_->List(&list_context, {}, &policies).ok());
    ASSERT_GT(policies.activations_size(), 0);
    EXPECT_GE(policies.activations(0).version(), acknowledged_.version);

    grpc::ClientContext read_context;
    SetDeadline(&read_context);
    v1::ReadEntitiesRequest read;
    EntityUidToProto({"Person", PersonName(acknowledged_.person)},
                     read.add_uids());
    const uint64_t patched = std::max<uint64_t>(acknowledged_.person, 2) - 1;
    EntityUidToProto({"Person", PersonName(patched)}, read.add_uids());
    v1::ReadEntitiesResponse entities;
    ASSERT_TRUE(entities_->Read(&read_context, read, &entities).ok());
    EXPECT_GE(entities.revision(), acknowledged_.revision);
    EXPECT_TRUE(entities.results(0).has_entity());
    EXPECT_TRUE(entities.results(1).has_entity());
    EXPECT_EQ(entities.results(1).entity().parents_size(), 1) << "its patch";
  }

  const std::string data_;
  std::vector<std::string> artifacts_;
  Acknowledged acknowledged_;
  std::atomic<uint64_t> next_person_{1};
  std::atomic<uint64_t> next_policy_{0};
  std::unique_ptr<v1::DecisionService::Stub> decisions_;
  std::unique_ptr<v1::EntityService::Stub> entities_;
  std::unique_ptr<v1::PolicyService::Stub> policies_;
};

TEST_F(KillTest, WhatWasAcknowledgedSurvives) {
  const uint64_t kills = EnvironmentNumber("SEKISHO_KILLS", 8);
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  std::cout << "SEKISHO_KILLS=" << kills << " SEKISHO_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  for (uint64_t round = 0; round <= kills; ++round) {
    ServerProcess server(sekishod, data_);
    ASSERT_FALSE(server.address().empty()) << "round " << round;
    Connect(server.address());
    if (round == 0) {
      ASSERT_TRUE(Activate(0));
      ASSERT_TRUE(Write(next_person_));
    }
    ExpectAcknowledgedIsThere();
    if (HasFailure()) FAIL() << "round " << round;
    if (round == kills) {
      uint64_t total;
      {
        absl::MutexLock lock(&acknowledged_.mutex);
        total = acknowledged_.imported + 200;
      }
      Import(total);
      EXPECT_EQ(CountImported(), total);
      server.End(SIGTERM);
    } else {
      Load(&server, std::chrono::milliseconds(20 + random() % 150));
    }
  }

  const std::vector<Logged> log = ReadLog(data_);
  absl::MutexLock lock(&acknowledged_.mutex);
  std::cout << acknowledged_.decisions.size() << " decisions, "
            << acknowledged_.revision << " writes, " << acknowledged_.imported
            << " imported, " << acknowledged_.version << " activations, "
            << log.size() << " records\n";
  EXPECT_GT(acknowledged_.decisions.size(), kills);
  for (const v1::LogPosition& position : acknowledged_.decisions) {
    const Logged* logged = Find(log, position);
    ASSERT_NE(logged, nullptr) << "index " << position.index();
    EXPECT_TRUE(std::holds_alternative<DecisionBody>(logged->record.body));
  }
  ExpectProved(data_);
  ReplayOptions options;
  options.second_opinion = MakeReferenceOpinion;
  const auto replayed = ReplayLog(data_ + "/log", options);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_TRUE(replayed->agrees());
  EXPECT_GE(replayed->decisions, acknowledged_.decisions.size());
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: kill_test SEKISHOD\n";
    return 2;
  }
  sekisho::sekishod = argv[1];
  return RUN_ALL_TESTS();
}
