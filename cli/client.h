// A decision service as the command line and the tests talk to it.
//
//   Client client("127.0.0.1:7400");
//   RETURN_IF_ERROR(client.Activate(artifact).status());
//   ASSIGN_OR_RETURN(v1::DecideResponse answer, client.Decide(request));
//
// Errors have the code and the message that the server sent. Not for several
// threads.
#ifndef SEKISHO_CLI_CLIENT_H_
#define SEKISHO_CLI_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"

namespace sekisho {

struct ClientOptions {
  // Empty: the server's default.
  std::string policy_store;
  // For one call, waiting for the server to come up included.
  absl::Duration timeout = absl::Seconds(30);
};

class Client {
 public:
  // Connects with the first call.
  explicit Client(const std::string& address, ClientOptions options = {});

  // `expected_hash`: only if that policy is in force; empty: only if none is.
  absl::StatusOr<v1::ActivatePolicyResponse> Activate(
      absl::string_view artifact,
      const std::optional<std::string>& expected_hash = std::nullopt);
  // Empty: to the last one in force before the active one.
  absl::StatusOr<v1::RollbackPolicyResponse> Rollback(
      const std::string& hash,
      const std::optional<std::string>& expected_hash = std::nullopt);
  absl::StatusOr<v1::ListPoliciesResponse> ListPolicies(uint32_t limit);
  // One atomic write; returns the revision it made.
  // REQUIRES: at least one entity.
  absl::StatusOr<uint64_t> Write(const std::vector<Entity>& put,
                                 const std::vector<EntityUid>& deleted);
  absl::StatusOr<v1::DecideResponse> Decide(const Request& request);
  // REQUIRES: at most 1,000 requests, and at least one.
  absl::StatusOr<v1::DecideBatchResponse> DecideBatch(
      const std::vector<Request>& requests);

 private:
  template <typename Stub, typename Input, typename Output>
  absl::StatusOr<Output> Call(Stub* stub, Input* input, Output output,
                              auto method);

  const ClientOptions options_;
  std::unique_ptr<v1::DecisionService::Stub> decisions_;
  std::unique_ptr<v1::EntityService::Stub> entities_;
  std::unique_ptr<v1::PolicyService::Stub> policies_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_CLIENT_H_
