// Tested by tests/server.
#include "server/decider.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/sha256.h"
#include "engine/base/status_macros.h"
#include "engine/decide/clock.h"
#include "engine/decide/decide.h"
#include "engine/decide/oblige.h"
#include "engine/decide/record_decision.h"
#include "engine/entities/store.h"
#include "engine/log/record_format.h"
#include "proto/codec.h"
#include "proto/policy_codec.h"
#include "server/convert.h"
#include "server/ground.h"
#include "server/intake.h"
#include "server/limits.h"

namespace sekisho {

struct Decider::Session {
  const IdentifiedPep& pep;
  absl::Time now;
  Caller caller;
};

namespace {

void ObligationsToProto(
    const std::vector<Obligation>& obligations,
    google::protobuf::RepeatedPtrField<v1::Obligation>* out) {
  for (const Obligation& obligation : obligations) {
    v1::Obligation* proto = out->Add();
    proto->set_name(obligation.name);
    RecordToProto(obligation.parameters, proto->mutable_parameters());
  }
}

void DecisionToProto(const Decision& decision, const Obliged& obliged,
                     const std::vector<PolicyInfo>& policies,
                     v1::DecideResponse* out) {
  const auto put = [&](PolicyIndex policy, v1::PolicyReference* reference) {
    PolicyToProto(PolicyOf(policies, decision, policy),
                  IdOf(policies, decision, policy), reference);
  };
  out->set_decision(decision.permitted() ? v1::PERMIT : v1::DENY);
  out->set_cause(CauseToProto(decision.cause));
  for (PolicyIndex index : decision.determining) {
    put(index, out->add_determining());
  }
  for (PolicyIndex index : decision.errors) {
    put(index, out->add_errors());
  }
  for (PolicyIndex index : decision.undecided_forbids) {
    put(index, out->add_undecided_forbids());
  }
  for (const std::string& name : obliged.unsupported) {
    out->add_unsupported_obligations(name);
  }
  // What comes with a permit that was none is not for the enforcement point.
  if (decision.cause == Cause::kObligationUnsupported) return;
  ObligationsToProto(obliged.obligations, out->mutable_obligations());
  ObligationsToProto(obliged.advice, out->mutable_advice());
}

absl::Status CheckBatch(const v1::DecideBatchRequest& message) {
  RETURN_IF_ERROR(CheckCount("items", message.items_size(), kMaxBatchItems));
  size_t shared = message.defaults().ByteSizeLong();
  for (const v1::Entity& entity : message.entities()) {
    shared += entity.ByteSizeLong();
  }
  if (shared > kMaxSharedBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("defaults and entities are longer than ", kMaxSharedBytes,
                     " bytes together"));
  }
  if (!message.defaults().request_id().empty()) {
    return absl::InvalidArgumentError(
        "defaults.request_id: each item has its own");
  }
  return absl::OkStatus();
}

v1::DecideBatchItem WithDefaults(const v1::DecideBatchItem& item,
                                 const v1::DecideBatchItem& defaults) {
  v1::DecideBatchItem out = item;
  if (!out.has_principal() && defaults.has_principal()) {
    *out.mutable_principal() = defaults.principal();
  }
  if (!out.has_action() && defaults.has_action()) {
    *out.mutable_action() = defaults.action();
  }
  if (!out.has_resource() && defaults.has_resource()) {
    *out.mutable_resource() = defaults.resource();
  }
  absl::flat_hash_set<absl::string_view> own;
  for (const v1::Attribute& attribute : item.context().attributes()) {
    own.insert(attribute.name());
  }
  for (const v1::Attribute& attribute : defaults.context().attributes()) {
    if (own.contains(attribute.name())) continue;
    *out.mutable_context()->add_attributes() = attribute;
  }
  return out;
}

// Equal for equal requests, however they were encoded and sent.
absl::StatusOr<Sha256Digest> Fingerprint(const RecordedRequest& request) {
  Record record;
  record.body = RefusalBody{request, {}, 0, ""};
  std::string bytes;
  RETURN_IF_ERROR(EncodeRecord(record, &bytes));
  return Sha256(bytes);
}

}  // namespace

absl::Status Decider::DecideNow(const Session& session,
                                const RecordedRequest& request, Ground& ground,
                                v1::DecideResponse* response) {
  const View& view = *ground.view();
  const Artifact& artifact = ground.artifact();
  const auto start = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(
      const Value added,
      AddedContext(artifact.schema(), request.request, session.now));
  // Most requests are decided as they are, without a copy.
  std::optional<Request> with_added;
  if (!added.AsRecord().empty()) {
    with_added = request.request;
    with_added->context = WithAdded(with_added->context, added);
  }
  const Request& decided = with_added ? *with_added : request.request;
  Evidence evidence;
  ASSIGN_OR_RETURN(Decision decision,
                   sekisho::Decide(artifact, decided, ground.entities(),
                                   &evidence, view.links.get()));
  const Obliged obliged =
      Oblige(artifact, decided, request.supported_obligations, &decision);
  const auto duration =
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - start);
  const Bytes16 id = ids_.Next(session.now);
  ASSIGN_OR_RETURN(
      const LogPosition position,
      recorder_.RecordDecision(
          session.caller, session.now, id,
          MadeDecision{.request = request,
                       .added_context = added,
                       .artifact = artifact,
                       .policy_version = view.policy->activation.version,
                       .entity_revision = view.entities->revision(),
                       .has_links = view.links->size() > 0,
                       .decision = decision,
                       .obliged = obliged,
                       .evidence = evidence,
                       .duration = absl::FromChrono(duration)}));
  DecisionToProto(decision, obliged, artifact.policies(), response);
  ViewToProto(view, session.now, response);
  response->set_evaluation_ns(static_cast<uint64_t>(duration.count()));
  response->set_decision_id(DecisionIds::ToString(id));
  response->set_request_id(session.caller.request_id);
  LogPositionToProto(recorder_.origin(), position, response->mutable_log());
  return absl::OkStatus();
}

absl::StatusOr<bool> Decider::AnswerOnce(const Session& session,
                                         const RecordedRequest& request,
                                         absl::FunctionRef<absl::Status()> make,
                                         v1::DecideResponse* response) {
  if (session.caller.request_id.empty()) {
    RETURN_IF_ERROR(make());
    return true;
  }
  ASSIGN_OR_RETURN(const Sha256Digest fingerprint, Fingerprint(request));
  ASSIGN_OR_RETURN(
      RecentAnswers::Claim claim,
      recent_answers_.Ask(session.pep.pep(), session.caller.policy_store,
                          session.caller.request_id, fingerprint));
  if (claim.answer() != nullptr) {
    *response = *claim.answer();
    return false;
  }
  RETURN_IF_ERROR(make());
  claim.Answer(*response);
  return true;
}

absl::Status Decider::Refuse(const Session& session,
                             const RecordedRequest& request, const View* view,
                             const absl::Status& status) {
  if (status.ok()) return status;
  return recorder_.RecordRefusal(session.caller, session.now, request, view,
                                 status);
}

absl::Status Decider::Decide(const IdentifiedPep& pep,
                             const v1::DecideRequest& message,
                             v1::DecideResponse* response) {
  const absl::string_view store = PolicyStoreOf(message.policy_store());
  const Session session = {
      pep, absl::Now(),
      Caller{pep.pep(), Shortened(store), recorder_.face(),
             Shortened(message.request_id()), std::nullopt}};
  RecordedRequest request;
  Ground ground;
  const auto decide = [&]() -> absl::Status {
    RETURN_IF_ERROR(CheckSize(message));
    RETURN_IF_ERROR(ValidatePolicyStoreId(store));
    RETURN_IF_ERROR(pep.CheckCall(Permission::kDecide, store));
    RETURN_IF_ERROR(TakeShared(pep, message, &request));
    RETURN_IF_ERROR(TakeItem(pep, message, &request));
    return AnswerOnce(
               session, request,
               [&]() -> absl::Status {
                 RETURN_IF_ERROR(ground.Find(session.caller, session.now,
                                             request, policy_stores_,
                                             recorder_));
                 return DecideNow(session, request, ground, response);
               },
               response)
        .status();
  };
  const absl::Status status = decide();
  return Refuse(session, request, ground.view(), status);
}

absl::Status Decider::DecideBatch(const IdentifiedPep& pep,
                                  const v1::DecideBatchRequest& message,
                                  absl::FunctionRef<bool()> cancelled,
                                  v1::DecideBatchResponse* response) {
  const absl::string_view store = PolicyStoreOf(message.policy_store());
  Session session = {
      pep, absl::Now(),
      Caller{pep.pep(), Shortened(store), recorder_.face(), "", std::nullopt}};
  RecordedRequest shared;
  Ground ground;
  const auto admit = [&]() -> absl::Status {
    RETURN_IF_ERROR(CheckSize(message));
    RETURN_IF_ERROR(ValidatePolicyStoreId(store));
    RETURN_IF_ERROR(pep.CheckCall(Permission::kDecide, store));
    RETURN_IF_ERROR(CheckBatch(message));
    RETURN_IF_ERROR(TakeShared(pep, message, &shared));
    return ground.Find(session.caller, session.now, shared, policy_stores_,
                       recorder_);
  };
  if (const absl::Status status = admit(); !status.ok()) {
    return Refuse(session, shared, ground.view(), status);
  }
  const Bytes16 batch_id = ids_.Next(session.now);
  response->mutable_results()->Reserve(message.items_size());
  for (int i = 0; i < message.items_size(); ++i) {
    constexpr int kItemsBetweenChecks = 64;
    if (i % kItemsBetweenChecks == 0 && cancelled()) {
      return absl::CancelledError("the client has gone");
    }
    v1::DecideBatchItem merged;
    if (message.has_defaults()) {
      merged = WithDefaults(message.items(i), message.defaults());
    }
    const v1::DecideBatchItem& item =
        message.has_defaults() ? merged : message.items(i);
    session.caller.request_id = Shortened(item.request_id());
    session.caller.batch = BatchItem{batch_id, static_cast<uint64_t>(i)};
    v1::DecideResult* result = response->add_results();
    v1::DecideResponse* decision = result->mutable_decision();
    RecordedRequest request = shared;
    const auto decide = [&]() -> absl::Status {
      RETURN_IF_ERROR(TakeItem(pep, item, &request));
      ASSIGN_OR_RETURN(
          const bool made,
          AnswerOnce(
              session, request,
              [&] { return DecideNow(session, request, ground, decision); },
              decision));
      if (!made) return absl::OkStatus();
      // The batch says it once.
      decision->clear_policy_hash();
      decision->clear_policy_version();
      decision->clear_entity_revision();
      decision->clear_server_time();
      return absl::OkStatus();
    };
    const absl::Status decided = decide();
    const absl::Status status =
        Refuse(session, request, ground.view(), decided);
    if (!status.ok()) ToItemError(status, result->mutable_error());
  }
  ViewToProto(*ground.view(), session.now, response);
  return absl::OkStatus();
}

}  // namespace sekisho
