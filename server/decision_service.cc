// Tested by tests/server_test.cc.
#include "server/decision_service.h"

#include <chrono>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/decide/decide.h"
#include "proto/codec.h"
#include "server/convert.h"
#include "server/limits.h"
#include "server/status_mapping.h"

namespace sekisho {
namespace {

v1::Cause CauseToProto(Cause cause) {
  switch (cause) {
    case Cause::kPermitted:
      return v1::PERMITTED;
    case Cause::kForbidden:
      return v1::FORBIDDEN;
    case Cause::kForbidUndecided:
      return v1::FORBID_UNDECIDED;
    case Cause::kNotCovered:
      return v1::NOT_COVERED;
  }
  return v1::CAUSE_UNSPECIFIED;
}

void DecisionToProto(const Decision& decision,
                     const std::vector<PolicyInfo>& policies,
                     v1::DecideResponse* out) {
  out->set_decision(decision.permitted() ? v1::PERMIT : v1::DENY);
  out->set_cause(CauseToProto(decision.cause));
  for (PolicyIndex index : decision.determining) {
    PolicyToProto(policies[index], out->add_determining());
  }
  for (PolicyIndex index : decision.errors) {
    PolicyToProto(policies[index], out->add_errors());
  }
  for (PolicyIndex index : decision.undecided_forbids) {
    PolicyToProto(policies[index], out->add_undecided_forbids());
  }
}

// The part of a decision that is the same alone and in a batch. Message is
// DecideRequest or DecideBatchItem.
template <typename Message>
absl::Status DecideOne(const View& view, const Message& message, absl::Time now,
                       DecisionIds& ids, v1::DecideResponse* response) {
  if (message.request_id().size() > kMaxRequestIdBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "request_id: is longer than ", kMaxRequestIdBytes, " bytes"));
  }
  ASSIGN_OR_RETURN(Request request, RequestFromProto(message));
  const Artifact& artifact = *view.policy->artifact;
  const auto start = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(Decision decision,
                   Decide(artifact, request, *view.entities));
  const auto duration = std::chrono::steady_clock::now() - start;
  DecisionToProto(decision, artifact.policies(), response);
  response->set_evaluation_ns(
      static_cast<uint64_t>(std::chrono::nanoseconds(duration).count()));
  response->set_decision_id(ids.Next(now));
  response->set_request_id(message.request_id());
  return absl::OkStatus();
}

// What says by which policy and entities it was decided, and when. Message is
// DecideResponse or DecideBatchResponse.
template <typename Message>
void ViewToProto(const View& view, absl::Time now, Message* out) {
  out->set_policy_hash(view.policy->activation.hash);
  out->set_policy_version(view.policy->activation.version);
  out->set_entity_revision(view.entities->revision());
  TimeToProto(now, out->mutable_server_time());
}

absl::Status DecideAlone(const PolicyStores& policy_stores,
                         const v1::DecideRequest& request, DecisionIds& ids,
                         v1::DecideResponse* response) {
  RETURN_IF_ERROR(CheckSize(request));
  ASSIGN_OR_RETURN(
      std::shared_ptr<const View> view,
      policy_stores.Current(PolicyStoreOf(request.policy_store())));
  const absl::Time now = absl::Now();
  RETURN_IF_ERROR(DecideOne(*view, request, now, ids, response));
  ViewToProto(*view, now, response);
  return absl::OkStatus();
}

absl::Status DecideAll(const PolicyStores& policy_stores,
                       const grpc::CallbackServerContext& context,
                       const v1::DecideBatchRequest& request, DecisionIds& ids,
                       v1::DecideBatchResponse* response) {
  RETURN_IF_ERROR(CheckSize(request));
  RETURN_IF_ERROR(CheckCount("items", request.items_size(), kMaxBatchItems));
  ASSIGN_OR_RETURN(
      std::shared_ptr<const View> view,
      policy_stores.Current(PolicyStoreOf(request.policy_store())));
  const absl::Time now = absl::Now();
  response->mutable_results()->Reserve(request.items_size());
  for (const v1::DecideBatchItem& item : request.items()) {
    constexpr int kItemsBetweenChecks = 64;
    if (response->results_size() % kItemsBetweenChecks == 0 &&
        context.IsCancelled()) {
      return absl::CancelledError("the client has gone");
    }
    v1::DecideBatchResult* result = response->add_results();
    absl::Status status =
        DecideOne(*view, item, now, ids, result->mutable_decision());
    if (!status.ok()) ToItemError(status, result->mutable_error());
  }
  ViewToProto(*view, now, response);
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* DecisionServiceImpl::Decide(
    grpc::CallbackServerContext* context, const v1::DecideRequest* request,
    v1::DecideResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(
      ToGrpcStatus(DecideAlone(*policy_stores_, *request, ids_, response)));
  return reactor;
}

grpc::ServerUnaryReactor* DecisionServiceImpl::DecideBatch(
    grpc::CallbackServerContext* context, const v1::DecideBatchRequest* request,
    v1::DecideBatchResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(
      DecideAll(*policy_stores_, *context, *request, ids_, response)));
  return reactor;
}

}  // namespace sekisho
