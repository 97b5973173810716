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
#include "server/answer.h"
#include "server/compact_items.h"
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

struct Decider::Batch {
  // Its caller says which item is decided.
  Session& session;
  // What all items say.
  const RecordedRequest& shared;
  Ground& ground;
  absl::FunctionRef<bool()> cancelled;
};

namespace {

absl::Status CheckBatch(const v1::DecideBatchRequest& message) {
  if (!message.has_compact()) {
    RETURN_IF_ERROR(CheckCount("items", message.items_size(), kMaxBatchItems));
  } else if (message.items_size() > 0 || message.has_defaults()) {
    return absl::InvalidArgumentError(
        "compact: stands in place of items and defaults, not beside them");
  }
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

// Reads the requests of a batch and has each decided in its turn. While one is
// decided, what the next one reads is on its way from memory.
absl::Status ForEachItem(
    int count, const RecordedRequest& shared, EntityReader& entities,
    absl::FunctionRef<bool()> cancelled,
    absl::FunctionRef<absl::Status(int, RecordedRequest*)> take,
    absl::FunctionRef<void(int, const RecordedRequest&, const absl::Status&)>
        decide) {
  RecordedRequest requests[] = {shared, shared};
  absl::Status taken[] = {take(0, &requests[0]), absl::OkStatus()};
  for (int i = 0; i < count; ++i) {
    constexpr int kItemsBetweenChecks = 64;
    if (i % kItemsBetweenChecks == 0 && cancelled()) {
      return absl::CancelledError("the client has gone");
    }
    if (i + 1 < count) {
      RecordedRequest& next = requests[(i + 1) % 2];
      taken[(i + 1) % 2] = take(i + 1, &next);
      entities.Expect(next.request.principal);
      entities.Expect(next.request.resource);
    }
    decide(i, requests[i % 2], taken[i % 2]);
  }
  return absl::OkStatus();
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
                                LeafHashes leaf_hashes, Answer* answer) {
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
  ASSIGN_OR_RETURN(answer->decision,
                   sekisho::Decide(artifact, decided, ground.entities(),
                                   &evidence, view.links.get()));
  answer->obliged = Oblige(artifact, decided, request.supported_obligations,
                           &answer->decision);
  const auto duration =
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - start);
  answer->evaluation_ns = static_cast<uint64_t>(duration.count());
  answer->id = ids_.Next(session.now);
  ASSIGN_OR_RETURN(
      answer->position.index,
      recorder_.RecordDecision(
          session.caller, session.now, answer->id,
          MadeDecision{.request = request,
                       .added_context = added,
                       .artifact = artifact,
                       .policy_version = view.policy->activation.version,
                       .entity_revision = view.entities->revision(),
                       .has_links = view.links->size() > 0,
                       .decision = answer->decision,
                       .obliged = answer->obliged,
                       .evidence = evidence,
                       .duration = absl::FromChrono(duration)},
          leaf_hashes == LeafHashes::kNow ? &answer->position.leaf_hash
                                          : nullptr));
  return absl::OkStatus();
}

absl::Status Decider::RespondNow(const Session& session,
                                 const RecordedRequest& request, Ground& ground,
                                 v1::DecideResponse* response) {
  Answer answer;
  RETURN_IF_ERROR(
      DecideNow(session, request, ground, LeafHashes::kNow, &answer));
  AnswerToProto(answer, ground.artifact().policies(), recorder_.origin(),
                response);
  ViewToProto(*ground.view(), session.now, response);
  response->set_request_id(session.caller.request_id);
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
                 return RespondNow(session, request, ground, response);
               },
               response)
        .status();
  };
  const absl::Status status = decide();
  return Refuse(session, request, ground.view(), status);
}

absl::Status Decider::DecideItems(const Batch& batch,
                                  const v1::DecideBatchRequest& message,
                                  v1::DecideBatchResponse* response) {
  Session& session = batch.session;
  response->mutable_results()->Reserve(message.items_size());
  const auto take = [&](int i, RecordedRequest* out) {
    const v1::DecideBatchItem& item = message.items(i);
    return message.has_defaults()
               ? TakeItem(session.pep, WithDefaults(item, message.defaults()),
                          out)
               : TakeItem(session.pep, item, out);
  };
  const auto decide = [&](int i, const RecordedRequest& request,
                          const absl::Status& taken) {
    session.caller.request_id = Shortened(message.items(i).request_id());
    session.caller.batch->item = static_cast<uint64_t>(i);
    v1::DecideResult* result = response->add_results();
    v1::DecideResponse* decision = result->mutable_decision();
    const auto make = [&]() -> absl::Status {
      RETURN_IF_ERROR(taken);
      ASSIGN_OR_RETURN(const bool made, AnswerOnce(
                                            session, request,
                                            [&] {
                                              return RespondNow(
                                                  session, request,
                                                  batch.ground, decision);
                                            },
                                            decision));
      if (!made) return absl::OkStatus();
      // The batch says it once.
      decision->clear_policy_hash();
      decision->clear_policy_version();
      decision->clear_entity_revision();
      decision->clear_server_time();
      return absl::OkStatus();
    };
    const absl::Status status =
        Refuse(session, request, batch.ground.view(), make());
    if (!status.ok()) ToItemError(status, result->mutable_error());
  };
  return ForEachItem(message.items_size(), batch.shared,
                     batch.ground.entities(), batch.cancelled, take, decide);
}

absl::Status Decider::DecideCompact(const Batch& batch,
                                    const v1::CompactItems& message,
                                    v1::CompactResults* results) {
  Session& session = batch.session;
  const HeldPolicy& policy = *batch.ground.view()->policy;
  const auto read = [&]() -> absl::StatusOr<CompactItems> {
    if (message.symbols_of() != policy.activation.hash) {
      return absl::FailedPreconditionError(absl::StrCat(
          "compact.symbols_of: the policy that decides is another one, ",
          policy.activation.hash, ": get its symbols"));
    }
    return CompactItems::Read(message, policy.symbols);
  };
  const absl::StatusOr<CompactItems> items = read();
  if (!items.ok()) {
    return Refuse(session, batch.shared, batch.ground.view(), items.status());
  }
  results->set_log_origin(recorder_.origin());
  results->mutable_causes()->reserve(static_cast<size_t>(items->size()));
  results->mutable_decision_ids()->reserve(static_cast<size_t>(items->size()) *
                                           sizeof(Bytes16));
  const auto take = [&](int i, RecordedRequest* out) -> absl::Status {
    RETURN_IF_ERROR(items->Take(i, &out->request));
    return session.pep.CheckContext(out->request.context);
  };
  const std::vector<PolicyInfo>& policies = policy.artifact->policies();
  CompactAnswers answers(&policies, results);
  Answer answer;
  const auto decide = [&](int i, const RecordedRequest& request,
                          const absl::Status& taken) {
    session.caller.batch->item = static_cast<uint64_t>(i);
    const absl::Status status =
        Refuse(session, request, batch.ground.view(),
               taken.ok() ? DecideNow(session, request, batch.ground,
                                      LeafHashes::kLater, &answer)
                          : taken);
    if (!status.ok()) {
      ToItemError(status, answers.AddOther()->mutable_error());
    } else if (CompactAnswers::IsCompact(answer)) {
      answers.Add(answer);
    } else {
      AnswerToProto(answer, policies, recorder_.origin(),
                    answers.AddOther()->mutable_decision());
    }
  };
  return ForEachItem(items->size(), batch.shared, batch.ground.entities(),
                     batch.cancelled, take, decide);
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
  session.caller.batch = BatchItem{ids_.Next(session.now), 0};
  const Batch batch = {session, shared, ground, cancelled};
  RETURN_IF_ERROR(
      message.has_compact()
          ? DecideCompact(batch, message.compact(), response->mutable_compact())
          : DecideItems(batch, message, response));
  ViewToProto(*ground.view(), session.now, response);
  return absl::OkStatus();
}

absl::Status Decider::GetSymbols(const IdentifiedPep& pep,
                                 const v1::GetSymbolsRequest& message,
                                 v1::GetSymbolsResponse* response) {
  const absl::string_view store = PolicyStoreOf(message.policy_store());
  const Session session = {
      pep, absl::Now(),
      Caller{pep.pep(), Shortened(store), recorder_.face(), "", std::nullopt}};
  const auto get = [&]() -> absl::Status {
    RETURN_IF_ERROR(ValidatePolicyStoreId(store));
    RETURN_IF_ERROR(pep.CheckCall(Permission::kDecide, store));
    ASSIGN_OR_RETURN(const std::shared_ptr<const View> view,
                     policy_stores_.Current(store));
    const HeldPolicy& policy = *view->policy;
    response->set_policy_hash(policy.activation.hash);
    response->mutable_symbols()->Add(policy.symbols.begin(),
                                     policy.symbols.end());
    return absl::OkStatus();
  };
  return Refuse(session, RecordedRequest(), /*view=*/nullptr, get());
}

}  // namespace sekisho
