// Tested by tests/server.
#include "server/policy_service.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"
#include "server/convert.h"
#include "server/limits.h"
#include "server/status_mapping.h"

namespace sekisho {
namespace {

constexpr size_t kDefaultActivations = 100;

absl::Status ActivatePolicy(const Gate& gate, PolicyStores& policy_stores,
                            Recorder& recorder,
                            const grpc::ServerContext& context,
                            const v1::ActivatePolicyRequest& request,
                            v1::ActivatePolicyResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  ASSIGN_OR_RETURN(
      const Pep pep,
      gate.Admit(context, Permission::kActivatePolicies, policy_store));
  if (request.artifact().empty()) {
    return absl::InvalidArgumentError("artifact: is empty");
  }
  std::optional<absl::string_view> expected_hash;
  if (request.has_expected_hash()) expected_hash = request.expected_hash();
  ASSIGN_OR_RETURN(
      PolicyStores::ActivateResult result,
      policy_stores.Activate(policy_store, request.artifact(), expected_hash,
                             [&](const PolicyStores::ActivateResult& made) {
                               return recorder.RecordActivation(
                                   pep, policy_store, made.activation,
                                   made.previous_hash, request.artifact(),
                                   "activate");
                             }));
  ActivationToProto(result.activation, response->mutable_activation());
  response->set_previous_hash(result.previous_hash);
  return absl::OkStatus();
}

absl::Status RollBackPolicy(const Gate& gate, PolicyStores& policy_stores,
                            Recorder& recorder,
                            const grpc::ServerContext& context,
                            const v1::RollbackPolicyRequest& request,
                            v1::RollbackPolicyResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  ASSIGN_OR_RETURN(
      const Pep pep,
      gate.Admit(context, Permission::kActivatePolicies, policy_store));
  std::optional<absl::string_view> expected_hash;
  if (request.has_expected_hash()) expected_hash = request.expected_hash();
  ASSIGN_OR_RETURN(PolicyStores::ActivateResult result,
                   policy_stores.Rollback(
                       policy_store, request.hash(), expected_hash,
                       [&](const PolicyStores::ActivateResult& made,
                           const Artifact& artifact) {
                         return recorder.RecordActivation(
                             pep, policy_store, made.activation,
                             made.previous_hash, artifact.bytes(), "rollback");
                       }));
  ActivationToProto(result.activation, response->mutable_activation());
  response->set_previous_hash(result.previous_hash);
  return absl::OkStatus();
}

absl::Status ListPolicies(const Gate& gate, const EntityStore& store,
                          const grpc::ServerContext& context,
                          const v1::ListPoliciesRequest& request,
                          v1::ListPoliciesResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  RETURN_IF_ERROR(
      gate.Admit(context, Permission::kReadPolicies, policy_store).status());
  const size_t limit = request.limit() == 0
                           ? kDefaultActivations
                           : std::min<size_t>(request.limit(), kMaxActivations);
  ASSIGN_OR_RETURN(std::vector<Activation> activations,
                   store.Activations(policy_store, limit));
  for (const Activation& activation : activations) {
    ActivationToProto(activation, response->add_activations());
  }
  return absl::OkStatus();
}

absl::Status GetPolicy(const Gate& gate, const EntityStore& store,
                       const grpc::ServerContext& context,
                       const v1::GetPolicyRequest& request,
                       v1::GetPolicyResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  RETURN_IF_ERROR(
      gate.Admit(context, Permission::kReadPolicies, policy_store).status());
  ASSIGN_OR_RETURN(
      std::vector<Activation> activations,
      store.Activations(
          policy_store,
          request.hash().empty() ? 1 : std::numeric_limits<size_t>::max()));
  auto found = std::find_if(activations.begin(), activations.end(),
                            [&request](const Activation& activation) {
                              return request.hash().empty() ||
                                     activation.hash == request.hash();
                            });
  if (found == activations.end()) {
    return absl::NotFoundError(absl::StrCat(
        "policy store `", policy_store, "` has no ",
        request.hash().empty() ? "active policy"
                               : absl::StrCat("policy ", request.hash())));
  }
  ASSIGN_OR_RETURN(std::string bytes,
                   store.Artifact(policy_store, found->hash));
  if (request.include_artifact()) response->set_artifact(bytes);
  ASSIGN_OR_RETURN(std::shared_ptr<const Artifact> artifact,
                   Artifact::FromBytes(std::move(bytes)));
  for (const PolicyInfo& policy : artifact->policies()) {
    PolicyToProto(policy, response->add_policies());
  }
  ActivationToProto(*found, response->mutable_activation());
  response->set_active(found->hash == activations.front().hash);
  return absl::OkStatus();
}

}  // namespace

grpc::Status PolicyServiceImpl::Activate(
    grpc::ServerContext* context, const v1::ActivatePolicyRequest* request,
    v1::ActivatePolicyResponse* response) {
  absl::Status status = ActivatePolicy(gate_, *policy_stores_, *recorder_,
                                       *context, *request, response);
  if (status.ok()) activated_();
  return ToGrpcStatus(status);
}

grpc::Status PolicyServiceImpl::Rollback(
    grpc::ServerContext* context, const v1::RollbackPolicyRequest* request,
    v1::RollbackPolicyResponse* response) {
  absl::Status status = RollBackPolicy(gate_, *policy_stores_, *recorder_,
                                       *context, *request, response);
  if (status.ok()) activated_();
  return ToGrpcStatus(status);
}

grpc::Status PolicyServiceImpl::List(grpc::ServerContext* context,
                                     const v1::ListPoliciesRequest* request,
                                     v1::ListPoliciesResponse* response) {
  return ToGrpcStatus(
      ListPolicies(gate_, *store_, *context, *request, response));
}

grpc::Status PolicyServiceImpl::Get(grpc::ServerContext* context,
                                    const v1::GetPolicyRequest* request,
                                    v1::GetPolicyResponse* response) {
  return ToGrpcStatus(GetPolicy(gate_, *store_, *context, *request, response));
}

}  // namespace sekisho
