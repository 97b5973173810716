#include "cli/client.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "proto/codec.h"

namespace sekisho {

Client::Client(const std::string& address, ClientOptions options)
    : options_(std::move(options)) {
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  decisions_ = v1::DecisionService::NewStub(channel);
  entities_ = v1::EntityService::NewStub(channel);
  policies_ = v1::PolicyService::NewStub(channel);
}

// `method` is the stub's synchronous one.
template <typename Stub, typename Input, typename Output>
absl::StatusOr<Output> Client::Call(Stub* stub, Input* input, Output output,
                                    auto method) {
  input->set_policy_store(options_.policy_store);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
  context.set_wait_for_ready(true);
  const grpc::Status status = (stub->*method)(&context, *input, &output);
  if (!status.ok()) {
    // The numbers are the same.
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        status.error_message());
  }
  return output;
}

absl::StatusOr<v1::ActivatePolicyResponse> Client::Activate(
    absl::string_view artifact,
    const std::optional<std::string>& expected_hash) {
  v1::ActivatePolicyRequest input;
  input.set_artifact(std::string(artifact));
  if (expected_hash.has_value()) input.set_expected_hash(*expected_hash);
  return Call(policies_.get(), &input, v1::ActivatePolicyResponse(),
              &v1::PolicyService::Stub::Activate);
}

absl::StatusOr<v1::RollbackPolicyResponse> Client::Rollback(
    const std::string& hash, const std::optional<std::string>& expected_hash) {
  v1::RollbackPolicyRequest input;
  input.set_hash(hash);
  if (expected_hash.has_value()) input.set_expected_hash(*expected_hash);
  return Call(policies_.get(), &input, v1::RollbackPolicyResponse(),
              &v1::PolicyService::Stub::Rollback);
}

absl::StatusOr<v1::ListPoliciesResponse> Client::ListPolicies(uint32_t limit) {
  v1::ListPoliciesRequest input;
  input.set_limit(limit);
  return Call(policies_.get(), &input, v1::ListPoliciesResponse(),
              &v1::PolicyService::Stub::List);
}

absl::StatusOr<uint64_t> Client::Write(const std::vector<Entity>& put,
                                       const std::vector<EntityUid>& deleted) {
  v1::WriteEntitiesRequest input;
  for (const Entity& entity : put) {
    EntityToProto(entity, input.add_mutations()->mutable_put());
  }
  for (const EntityUid& uid : deleted) {
    EntityUidToProto(uid, input.add_mutations()->mutable_delete_());
  }
  ASSIGN_OR_RETURN(const v1::WriteEntitiesResponse output,
                   Call(entities_.get(), &input, v1::WriteEntitiesResponse(),
                        &v1::EntityService::Stub::Write));
  return output.revision();
}

absl::StatusOr<v1::DecideResponse> Client::Decide(const Request& request) {
  v1::DecideRequest input;
  RequestToProto(request, &input);
  return Call(decisions_.get(), &input, v1::DecideResponse(),
              &v1::DecisionService::Stub::Decide);
}

absl::StatusOr<v1::DecideBatchResponse> Client::DecideBatch(
    const std::vector<Request>& requests) {
  v1::DecideBatchRequest input;
  for (const Request& request : requests) {
    RequestToProto(request, input.add_items());
  }
  return Call(decisions_.get(), &input, v1::DecideBatchResponse(),
              &v1::DecisionService::Stub::DecideBatch);
}

}  // namespace sekisho
