// Tested by tests/server.
#include "server/decision_service.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
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

// What of an untrusted name goes into the log.
std::string Shortened(absl::string_view name) {
  return std::string(name.substr(0, kMaxRequestIdBytes));
}

// The part of a decision that is the same alone and in a batch. Message is
// DecideRequest or DecideBatchItem. On an error, *request is as much of it as
// was understood.
template <typename Message>
absl::Status DecideOne(const View& view, const Message& message,
                       const Caller& caller, absl::Time now, DecisionIds& ids,
                       Recorder& recorder, Request* request,
                       v1::DecideResponse* response) {
  if (message.request_id().size() > kMaxRequestIdBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "request_id: is longer than ", kMaxRequestIdBytes, " bytes"));
  }
  ASSIGN_OR_RETURN(*request, RequestFromProto(message));
  const Artifact& artifact = *view.policy->artifact;
  const auto start = std::chrono::steady_clock::now();
  Evidence evidence;
  ASSIGN_OR_RETURN(Decision decision,
                   Decide(artifact, *request, *view.entities, &evidence));
  const auto duration =
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - start);
  const Bytes16 id = ids.Next(now);
  ASSIGN_OR_RETURN(
      LogPosition position,
      recorder.RecordDecision(caller, now, id, *request, view, decision,
                              evidence, absl::FromChrono(duration)));
  DecisionToProto(decision, artifact.policies(), response);
  response->set_evaluation_ns(static_cast<uint64_t>(duration.count()));
  response->set_decision_id(DecisionIds::ToString(id));
  response->set_request_id(message.request_id());
  v1::LogPosition* log = response->mutable_log();
  log->set_origin(recorder.origin());
  log->set_index(position.index);
  log->set_leaf_hash(position.leaf_hash.data(), position.leaf_hash.size());
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

// Only decisions and refusals that were logged leave.
absl::Status Refuse(const Caller& caller, absl::Time now,
                    const Request& request, const View* view,
                    Recorder& recorder, const absl::Status& status) {
  if (status.ok()) return status;
  return recorder.RecordRefusal(caller, now, request, view, status);
}

absl::Status DecideAlone(const PolicyStores& policy_stores,
                         const grpc::CallbackServerContext& context,
                         const v1::DecideRequest& message, DecisionIds& ids,
                         Recorder& recorder, v1::DecideResponse* response) {
  const absl::Time now = absl::Now();
  const absl::string_view store = PolicyStoreOf(message.policy_store());
  const Caller caller = {PepOf(context.peer()), Shortened(store),
                         Shortened(message.request_id()), std::nullopt};
  Request request;
  std::shared_ptr<const View> view;
  auto decide = [&]() -> absl::Status {
    RETURN_IF_ERROR(CheckSize(message));
    ASSIGN_OR_RETURN(view, policy_stores.Current(store));
    RETURN_IF_ERROR(DecideOne(*view, message, caller, now, ids, recorder,
                              &request, response));
    ViewToProto(*view, now, response);
    return absl::OkStatus();
  };
  return Refuse(caller, now, request, view.get(), recorder, decide());
}

absl::Status DecideAll(const PolicyStores& policy_stores,
                       const grpc::CallbackServerContext& context,
                       const v1::DecideBatchRequest& message, DecisionIds& ids,
                       Recorder& recorder, v1::DecideBatchResponse* response) {
  const absl::Time now = absl::Now();
  const absl::string_view store = PolicyStoreOf(message.policy_store());
  Caller caller = {PepOf(context.peer()), Shortened(store), "", std::nullopt};
  std::shared_ptr<const View> view;
  auto admit = [&]() -> absl::Status {
    RETURN_IF_ERROR(CheckSize(message));
    RETURN_IF_ERROR(CheckCount("items", message.items_size(), kMaxBatchItems));
    ASSIGN_OR_RETURN(view, policy_stores.Current(store));
    return absl::OkStatus();
  };
  if (absl::Status status = admit(); !status.ok()) {
    return Refuse(caller, now, {}, nullptr, recorder, status);
  }
  const Bytes16 batch_id = ids.Next(now);
  response->mutable_results()->Reserve(message.items_size());
  for (int i = 0; i < message.items_size(); ++i) {
    constexpr int kItemsBetweenChecks = 64;
    if (i % kItemsBetweenChecks == 0 && context.IsCancelled()) {
      return absl::CancelledError("the client has gone");
    }
    const v1::DecideBatchItem& item = message.items(i);
    caller.request_id = Shortened(item.request_id());
    caller.batch = BatchItem{batch_id, static_cast<uint64_t>(i)};
    v1::DecideBatchResult* result = response->add_results();
    Request request;
    const absl::Status status =
        Refuse(caller, now, request, view.get(), recorder,
               DecideOne(*view, item, caller, now, ids, recorder, &request,
                         result->mutable_decision()));
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
  reactor->Finish(ToGrpcStatus(DecideAlone(*policy_stores_, *context, *request,
                                           ids_, *recorder_, response)));
  return reactor;
}

grpc::ServerUnaryReactor* DecisionServiceImpl::DecideBatch(
    grpc::CallbackServerContext* context, const v1::DecideBatchRequest* request,
    v1::DecideBatchResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(DecideAll(*policy_stores_, *context, *request,
                                         ids_, *recorder_, response)));
  return reactor;
}

}  // namespace sekisho
