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
#include "engine/model/link.h"
#include "proto/codec.h"
#include "proto/policy_codec.h"
#include "server/convert.h"
#include "server/limits.h"
#include "server/status_mapping.h"

namespace sekisho {
namespace {

constexpr size_t kDefaultActivations = 100;
constexpr int kDefaultLinks = 1000;

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
    PolicyToProto(policy, policy.id, response->add_policies());
  }
  ActivationToProto(*found, response->mutable_activation());
  response->set_active(found->hash == activations.front().hash);
  return absl::OkStatus();
}

absl::StatusOr<LinkPtr> LinkFromProto(const v1::TemplateLink& proto,
                                      absl::string_view field) {
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (proto.id().empty() || proto.id().size() > kMaxLinkIdBytes ||
      std::any_of(proto.id().begin(), proto.id().end(), is_control)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".id: must have 1 to ", kMaxLinkIdBytes,
                     " bytes, none of them a control character"));
  }
  if (proto.ByteSizeLong() > kMaxLinkBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": is longer than ", kMaxLinkBytes, " bytes"));
  }
  auto link = std::make_shared<Link>();
  link->id = proto.id();
  link->template_id = proto.template_id();
  if (proto.has_principal()) {
    ASSIGN_OR_RETURN(link->principal,
                     EntityUidFromProto(proto.principal(),
                                        absl::StrCat(field, ".principal")));
  }
  if (proto.has_resource()) {
    ASSIGN_OR_RETURN(
        link->resource,
        EntityUidFromProto(proto.resource(), absl::StrCat(field, ".resource")));
  }
  return link;
}

template <typename Request>
std::optional<uint64_t> ExpectedRevision(const Request& request) {
  if (!request.has_expected_revision()) return std::nullopt;
  return request.expected_revision();
}

absl::Status LinkTemplates(const Gate& gate, PolicyStores& policy_stores,
                           Recorder& recorder,
                           const grpc::ServerContext& context,
                           const v1::LinkRequest& request,
                           v1::LinkResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  ASSIGN_OR_RETURN(const Pep pep,
                   gate.Admit(context, Permission::kWriteLinks, policy_store));
  RETURN_IF_ERROR(CheckSize(request));
  RETURN_IF_ERROR(CheckCount("links", request.links_size(), kMaxLinksAtOnce));
  std::vector<LinkPtr> links;
  for (int i = 0; i < request.links_size(); ++i) {
    ASSIGN_OR_RETURN(
        LinkPtr link,
        LinkFromProto(request.links(i), absl::StrCat("links[", i, "]")));
    links.push_back(std::move(link));
  }
  ASSIGN_OR_RETURN(
      const uint64_t revision,
      policy_stores.Link(
          policy_store, links, ExpectedRevision(request), [&](uint64_t made) {
            return recorder.RecordLinks(pep, policy_store, made, links, {});
          }));
  response->set_revision(revision);
  return absl::OkStatus();
}

absl::Status UnlinkTemplates(const Gate& gate, PolicyStores& policy_stores,
                             Recorder& recorder,
                             const grpc::ServerContext& context,
                             const v1::UnlinkRequest& request,
                             v1::UnlinkResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  ASSIGN_OR_RETURN(const Pep pep,
                   gate.Admit(context, Permission::kWriteLinks, policy_store));
  RETURN_IF_ERROR(CheckSize(request));
  RETURN_IF_ERROR(CheckCount("ids", request.ids_size(), kMaxLinksAtOnce));
  const std::vector<std::string> ids(request.ids().begin(),
                                     request.ids().end());
  ASSIGN_OR_RETURN(
      const uint64_t revision,
      policy_stores.Unlink(
          policy_store, ids, ExpectedRevision(request), [&](uint64_t made) {
            return recorder.RecordLinks(pep, policy_store, made, {}, ids);
          }));
  response->set_revision(revision);
  return absl::OkStatus();
}

absl::Status ListTemplateLinks(const Gate& gate,
                               const PolicyStores& policy_stores,
                               const grpc::ServerContext& context,
                               const v1::ListLinksRequest& request,
                               v1::ListLinksResponse* response) {
  const absl::string_view policy_store = PolicyStoreOf(request.policy_store());
  RETURN_IF_ERROR(
      gate.Admit(context, Permission::kReadPolicies, policy_store).status());
  ASSIGN_OR_RETURN(std::shared_ptr<const View> view,
                   policy_stores.Current(policy_store));
  const int limit = request.limit() == 0
                        ? kDefaultLinks
                        : static_cast<int>(std::min<uint32_t>(request.limit(),
                                                              kMaxLinksAtOnce));
  response->set_revision(view->entities->revision());
  const std::vector<LinkPtr>& links = view->links->by_id();
  auto it = std::upper_bound(
      links.begin(), links.end(), request.after_id(),
      [](const std::string& id, const LinkPtr& link) { return id < link->id; });
  size_t bytes = 0;
  for (; it != links.end(); ++it) {
    const Link& link = **it;
    if (!request.template_id().empty() &&
        link.template_id != request.template_id()) {
      continue;
    }
    if (response->links_size() == limit || bytes >= kMaxRequestBytes) {
      response->set_more(true);
      break;
    }
    LinkToProto(link, response->add_links());
    bytes += response->links(response->links_size() - 1).ByteSizeLong();
  }
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

grpc::Status PolicyServiceImpl::Link(grpc::ServerContext* context,
                                     const v1::LinkRequest* request,
                                     v1::LinkResponse* response) {
  return ToGrpcStatus(LinkTemplates(gate_, *policy_stores_, *recorder_,
                                    *context, *request, response));
}

grpc::Status PolicyServiceImpl::Unlink(grpc::ServerContext* context,
                                       const v1::UnlinkRequest* request,
                                       v1::UnlinkResponse* response) {
  return ToGrpcStatus(UnlinkTemplates(gate_, *policy_stores_, *recorder_,
                                      *context, *request, response));
}

grpc::Status PolicyServiceImpl::ListLinks(grpc::ServerContext* context,
                                          const v1::ListLinksRequest* request,
                                          v1::ListLinksResponse* response) {
  return ToGrpcStatus(
      ListTemplateLinks(gate_, *policy_stores_, *context, *request, response));
}

}  // namespace sekisho
