// Every case of the healthcare policies over gRPC: a server with its store on
// disk, the changes of a case written through the API and undone after it.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "cli/client.h"
#include "engine/graph/artifact.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/server.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

std::vector<std::string> Ids(const v1::DecideResponse& response) {
  std::vector<std::string> ids;
  for (const v1::PolicyReference& policy : response.determining()) {
    ids.push_back(policy.id());
  }
  return ids;
}

void ExpectDecision(const Case& c, const v1::DecideResponse& response) {
  const bool permit = c.expect == Expectation::kPermit;
  EXPECT_EQ(response.decision(), permit ? v1::PERMIT : v1::DENY);
  EXPECT_EQ(response.cause(), permit         ? v1::PERMITTED
                              : c.by.empty() ? v1::NOT_COVERED
                                             : v1::FORBIDDEN);
  EXPECT_THAT(Ids(response), testing::ElementsAreArray(c.by));
}

class GrpcCasesTest : public testing::Test {
 protected:
  void SetUp() override {
    data_ = testing::TempDir() + "/" +
            testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(data_);
    ServerOptions options;
    options.data = data_;
    options.listen = {"127.0.0.1:0"};
    auto server = Server::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<Client>(server_->addresses()[0]);

    auto activated = client_->Activate(Healthcare().compilation.artifact);
    ASSERT_TRUE(activated.ok()) << activated.status();
    hash_ = activated->activation().hash();
    ASSERT_NO_FATAL_FAILURE(Write(Healthcare().set.population, {}));
    for (const Entity& entity : Healthcare().set.population) {
      population_[entity.uid] = &entity;
    }
  }

  void TearDown() override {
    client_.reset();
    server_.reset();
    std::filesystem::remove_all(data_);
  }

  void Write(const std::vector<Entity>& put,
             const std::vector<EntityUid>& deleted) {
    const absl::StatusOr<uint64_t> revision = client_->Write(put, deleted);
    ASSERT_TRUE(revision.ok()) << revision.status();
    EXPECT_GT(*revision, revision_);
    revision_ = *revision;
  }

  // Changes touch only entities that the population has.
  void Undo(const Case& c) {
    std::vector<Entity> originals;
    for (const Entity& entity : c.put) {
      originals.push_back(*population_.at(entity.uid));
    }
    for (const EntityUid& uid : c.deleted) {
      originals.push_back(*population_.at(uid));
    }
    Write(originals, {});
  }

  void ExpectAnswer(const Case& c) {
    const absl::StatusOr<v1::DecideResponse> answer =
        client_->Decide(c.request);
    if (c.expect == Expectation::kInvalid) {
      ASSERT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument)
          << answer.status();
      EXPECT_TRUE(NamesField(answer.status().message(), c.field))
          << answer.status();
      return;
    }
    ASSERT_TRUE(answer.ok()) << answer.status();
    ExpectDecision(c, *answer);
    for (const v1::PolicyReference& policy : answer->determining()) {
      EXPECT_EQ(policy.use_case(), policy.id());
    }
    EXPECT_EQ(answer->policy_hash(), hash_);
    EXPECT_EQ(answer->entity_revision(), revision_);
  }

  std::string data_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  std::string hash_;
  uint64_t revision_ = 0;
  absl::flat_hash_map<EntityUid, const Entity*> population_;
};

TEST_F(GrpcCasesTest, TheServerDecidesThemAll) {
  auto artifact = Artifact::FromBytes(Healthcare().compilation.artifact);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  EXPECT_EQ(hash_, (*artifact)->hash());
  for (const Case& c : Healthcare().set.cases) {
    SCOPED_TRACE(Describe(c));
    if (c.changes_entities()) {
      ASSERT_NO_FATAL_FAILURE(Write(c.put, c.deleted));
    }
    ExpectAnswer(c);
    if (c.changes_entities()) {
      ASSERT_NO_FATAL_FAILURE(Undo(c));
    }
  }
}

TEST_F(GrpcCasesTest, BatchesDecideTheSame) {
  std::vector<const Case*> cases;
  std::vector<Request> requests;
  for (const Case& c : Healthcare().set.cases) {
    if (c.changes_entities()) continue;
    cases.push_back(&c);
    requests.push_back(c.request);
  }
  const auto response = client_->DecideBatch(requests);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), static_cast<int>(cases.size()));
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& c = *cases[i];
    SCOPED_TRACE(Describe(c));
    const v1::DecideResult& result = response->results(i);
    if (c.expect == Expectation::kInvalid) {
      EXPECT_EQ(result.error().code(), 3);
      EXPECT_TRUE(NamesField(result.error().message(), c.field))
          << result.error().message();
    } else {
      ASSERT_TRUE(result.has_decision());
      ExpectDecision(c, result.decision());
    }
  }
}

}  // namespace
}  // namespace sekisho
