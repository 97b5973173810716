// The public Cedar conformance cases over gRPC: a real service decides every
// request, with the entities in the request.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "compiler/conformance/report.h"
#include "compiler/conformance/run_test.h"
#include "compiler/conformance/test_case.h"
#include "compiler/reference/reference.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "proto/codec.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "proto/sekisho/v1/policy.pb.h"
#include "server/limits.h"
#include "tests/conformance/public_tests.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

absl::Status ToStatus(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()),
          status.error_message()};
}

ExpectedDecision Outcome(const v1::DecideResponse& response) {
  ExpectedDecision outcome;
  outcome.allow = response.decision() == v1::PERMIT;
  for (const v1::PolicyReference& policy : response.determining()) {
    outcome.reason.insert(policy.id());
  }
  for (const v1::PolicyReference& policy : response.errors()) {
    outcome.errors.insert(policy.id());
  }
  return outcome;
}

// Decides one test's requests, in a policy store of the test's own.
class ServiceCase {
 public:
  ServiceCase(TestServer* server, size_t test)
      : server_(*server), policy_store_(absl::StrCat("test-", test)) {}

  absl::StatusOr<ExpectedDecision> Decide(const std::string& artifact,
                                          const Request& request,
                                          const EntityMap& entities) {
    if (artifact != artifact_) Activate(artifact, entities);
    v1::DecideRequest message;
    RequestToProto(request, &message);
    message.set_policy_store(policy_store_);
    message.set_policy_hash(hash_);
    for (const auto& [uid, entity] : entities) {
      if (message.entities_size() == kMaxSuppliedEntities) break;
      EntityToProto(entity, message.add_entities());
    }
    v1::DecideResponse response;
    const grpc::Status status = server_.Decide(message, &response);
    if (!status.ok()) return ToStatus(status);
    EXPECT_EQ(response.policy_hash(), hash_);
    return Outcome(response);
  }

 private:
  // Stores the entities that are more than a request may bring.
  void Activate(const std::string& artifact, const EntityMap& entities) {
    hash_ = server_.Activate(artifact, policy_store_).activation().hash();
    artifact_ = artifact;
    std::vector<Entity> rest;
    int brought = 0;
    for (const auto& [uid, entity] : entities) {
      if (++brought > kMaxSuppliedEntities) rest.push_back(entity);
    }
    if (!rest.empty()) server_.Put(rest, policy_store_);
  }

  TestServer& server_;
  const std::string policy_store_;
  // Which is active.
  std::string artifact_;
  std::string hash_;
};

TEST(GrpcCasesTest, TheServicePasses) {
  SKIP_WITHOUT_CASES();
  const std::vector<ConformanceTest>& tests = PublicTests();
  TestServer server;
  ExpectAllPass(RunAll(tests.size(), /*fail_fast=*/false, [&](size_t i) {
    ServiceCase service(&server, i);
    RunOptions options;
    options.elsewhere = [&](const std::string& artifact, const Request& request,
                            const EntityMap& entities) {
      return service.Decide(artifact, request, entities);
    };
    return RunTest(tests[i], options);
  }));
}

}  // namespace
}  // namespace sekisho
