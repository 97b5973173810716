// Tested by tests/server.
#include "server/decider.h"

#include <chrono>
#include <memory>
#include <optional>
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
#include "engine/decide/readers.h"
#include "engine/entities/memory.h"
#include "engine/entities/store.h"
#include "engine/log/record_format.h"
#include "engine/model/validate.h"
#include "proto/codec.h"
#include "server/convert.h"
#include "server/limits.h"
#include "server/status_mapping.h"

namespace sekisho {

struct Decider::Session {
  const IdentifiedPep& pep;
  absl::Time now;
  Caller caller;
};

struct Decider::Ground {
  std::shared_ptr<const View> view;
  // In front of the view's.
  MemoryEntities supplied;
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

// What says by which policy and entities it was decided, and when. Message is
// DecideResponse or DecideBatchResponse.
template <typename Message>
void ViewToProto(const View& view, absl::Time now, Message* out) {
  out->set_policy_hash(view.policy->activation.hash);
  out->set_policy_version(view.policy->activation.version);
  out->set_entity_revision(view.entities->revision());
  TimeToProto(now, out->mutable_server_time());
}

// What of an untrusted name goes into the log.
std::string Shortened(absl::string_view name) {
  return std::string(name.substr(0, kMaxRequestIdBytes));
}

absl::Status CheckRequestId(const std::string& request_id) {
  if (request_id.size() <= kMaxRequestIdBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("request_id: is longer than ",
                                                 kMaxRequestIdBytes, " bytes"));
}

absl::Status CheckPolicyHash(const std::string& hash) {
  constexpr size_t kDigits = 64;
  constexpr absl::string_view kHexadecimal = "0123456789abcdef";
  if (hash.size() == kDigits && absl::string_view(hash).find_first_not_of(
                                    kHexadecimal) == absl::string_view::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "policy_hash: is not 64 lower-case hexadecimal digits");
}

absl::StatusOr<SourceAge> SourceAgeFromProto(const v1::SourceAge& age,
                                             const std::string& field) {
  RETURN_IF_ERROR(ValidateName(absl::StrCat(field, ".source"), age.source()));
  constexpr int64_t kMaxSeconds = int64_t{10'000} * 24 * 60 * 60;
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  const int64_t seconds = age.max_age().seconds();
  const int64_t nanos = age.max_age().nanos();
  if (!age.has_max_age() || seconds < 0 || seconds > kMaxSeconds || nanos < 0 ||
      nanos >= kNanosPerSecond) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".max_age: is not a time from 0 to 10,000 days"));
  }
  return SourceAge{age.source(),
                   static_cast<uint64_t>(seconds * kNanosPerSecond + nanos)};
}

// What DecideRequest and DecideBatchRequest have in common. On an error, *out
// is as much of it as was understood; so too below.
template <typename Message>
absl::Status TakeShared(const IdentifiedPep& pep, const Message& message,
                        RecordedRequest* out) {
  if (!message.policy_hash().empty()) {
    RETURN_IF_ERROR(CheckPolicyHash(message.policy_hash()));
    out->demanded_policy = message.policy_hash();
  }
  if (message.has_at_least_as_fresh()) {
    out->at_least_revision = message.at_least_as_fresh();
  }
  if (message.has_supported_obligations()) {
    const auto& names = message.supported_obligations().names();
    RETURN_IF_ERROR(CheckAtMost("supported_obligations", names.size(),
                                kMaxSupportedObligations));
    out->supported_obligations.emplace(names.begin(), names.end());
  }
  RETURN_IF_ERROR(
      CheckAtMost("max_age", message.max_age_size(), kMaxSourceAges));
  for (int i = 0; i < message.max_age_size(); ++i) {
    ASSIGN_OR_RETURN(SourceAge age,
                     SourceAgeFromProto(message.max_age(i),
                                        absl::StrCat("max_age[", i, "]")));
    out->max_age.push_back(std::move(age));
  }
  RETURN_IF_ERROR(
      CheckAtMost("entities", message.entities_size(), kMaxSuppliedEntities));
  absl::flat_hash_set<EntityUid> seen;
  for (int i = 0; i < message.entities_size(); ++i) {
    const std::string field = absl::StrCat("entities[", i, "]");
    ASSIGN_OR_RETURN(Entity entity,
                     EntityFromProto(message.entities(i), field));
    RETURN_IF_ERROR(pep.CheckSupplied(entity.uid, field));
    if (!seen.insert(entity.uid).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": ", entity.uid.ToString(), " is given twice"));
    }
    out->entities.push_back(std::move(entity));
  }
  return absl::OkStatus();
}

// What DecideRequest and DecideBatchItem have in common.
template <typename Message>
absl::Status TakeItem(const IdentifiedPep& pep, const Message& message,
                      RecordedRequest* out) {
  RETURN_IF_ERROR(CheckRequestId(message.request_id()));
  ASSIGN_OR_RETURN(out->request, RequestFromProto(message));
  return pep.CheckContext(out->request.context);
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

// An unchanged old record is as fresh as its source's watermark.
absl::Status CheckAge(const SourceAge& asked, absl::Time now,
                      EntitySnapshot& entities) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> watermark,
                   entities.WatermarkOf(asked.source));
  const absl::Duration limit = absl::Nanoseconds(asked.max_age_ns);
  if (watermark.has_value() && now - *watermark <= limit) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "max_age: source `", asked.source, "` ",
      watermark.has_value()
          ? absl::StrCat("has a watermark that is ",
                         absl::FormatDuration(now - *watermark), " old")
          : "never stated a watermark",
      "; at most ", absl::FormatDuration(limit), " is asked for"));
}

// What the server says in the context of a request.
absl::StatusOr<Value> AddedContext(const Schema& schema, const Request& request,
                                   absl::Time now) {
  if (!DeclaresClock(schema, request.action)) return Value::Record({});
  Value clock = ClockContext(now);
  for (const Value::Attribute& attribute : clock.AsRecord()) {
    if (request.context.Find(attribute.first) == nullptr) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "context.", attribute.first,
        ": this is the server's clock; leave it out, and send the time of "
        "another clock under another name that the schema declares"));
  }
  return clock;
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

absl::Status Decider::FindGround(const Session& session,
                                 const RecordedRequest& request,
                                 Ground* ground) {
  const std::string& store = session.caller.policy_store;
  if (request.demanded_policy.empty()) {
    ASSIGN_OR_RETURN(ground->view, policy_stores_.Current(store));
  } else {
    ASSIGN_OR_RETURN(
        ground->view,
        policy_stores_.Pinned(
            store, request.demanded_policy, [&](const HeldPolicy& policy) {
              return recorder_.RecordActivation(
                  session.pep.pep(), store, policy.activation,
                  /*previous_hash=*/"", policy.artifact->bytes(), "held");
            }));
  }
  const View& view = *ground->view;
  if (request.at_least_revision > view.entities->revision()) {
    return absl::FailedPreconditionError(
        absl::StrCat("at_least_as_fresh: the entities are at revision ",
                     view.entities->revision(), ", not yet at ",
                     *request.at_least_revision));
  }
  for (const SourceAge& age : request.max_age) {
    RETURN_IF_ERROR(CheckAge(age, session.now, *view.entities));
  }
  for (size_t i = 0; i < request.entities.size(); ++i) {
    const std::vector<FieldError> errors =
        ValidateEntity(view.policy->artifact->schema(), request.entities[i]);
    if (!errors.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "entities[", i, "].", errors[0].field, ": ", errors[0].message));
    }
    ground->supplied.Put(request.entities[i]);
  }
  return absl::OkStatus();
}

absl::Status Decider::DecideNow(const Session& session,
                                const RecordedRequest& request, Ground& ground,
                                v1::DecideResponse* response) {
  const View& view = *ground.view;
  const Artifact& artifact = *view.policy->artifact;
  ValidatedEntities validated(&artifact.schema(), view.entities.get());
  EntityReader* entities = view.entities.get();
  if (!view.validated) entities = &validated;
  OverlaidEntities overlaid(&ground.supplied, entities);
  if (ground.supplied.size() > 0) entities = &overlaid;

  const auto start = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(
      const Value added,
      AddedContext(artifact.schema(), request.request, session.now));
  Request with_added = request.request;
  with_added.context = WithAdded(with_added.context, added);
  Evidence evidence;
  ASSIGN_OR_RETURN(Decision decision,
                   sekisho::Decide(artifact, with_added, *entities, &evidence,
                                   view.links.get()));
  const Obliged obliged =
      Oblige(artifact, with_added, request.supported_obligations, &decision);
  const auto duration =
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - start);
  const Bytes16 id = ids_.Next(session.now);
  ASSIGN_OR_RETURN(
      const LogPosition position,
      recorder_.RecordDecision(session.caller, session.now, id, request, added,
                               view, decision, obliged, evidence,
                               absl::FromChrono(duration)));
  DecisionToProto(decision, obliged, artifact.policies(), response);
  ViewToProto(view, session.now, response);
  response->set_evaluation_ns(static_cast<uint64_t>(duration.count()));
  response->set_decision_id(DecisionIds::ToString(id));
  response->set_request_id(session.caller.request_id);
  v1::LogPosition* log = response->mutable_log();
  log->set_origin(recorder_.origin());
  log->set_index(position.index);
  log->set_leaf_hash(position.leaf_hash.data(), position.leaf_hash.size());
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
      Caller{pep.pep(), Shortened(store), Shortened(message.request_id()),
             std::nullopt}};
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
                 RETURN_IF_ERROR(FindGround(session, request, &ground));
                 return DecideNow(session, request, ground, response);
               },
               response)
        .status();
  };
  const absl::Status status = decide();
  return Refuse(session, request, ground.view.get(), status);
}

absl::Status Decider::DecideBatch(const IdentifiedPep& pep,
                                  const v1::DecideBatchRequest& message,
                                  absl::FunctionRef<bool()> cancelled,
                                  v1::DecideBatchResponse* response) {
  const absl::string_view store = PolicyStoreOf(message.policy_store());
  Session session = {pep, absl::Now(),
                     Caller{pep.pep(), Shortened(store), "", std::nullopt}};
  RecordedRequest shared;
  Ground ground;
  const auto admit = [&]() -> absl::Status {
    RETURN_IF_ERROR(CheckSize(message));
    RETURN_IF_ERROR(ValidatePolicyStoreId(store));
    RETURN_IF_ERROR(pep.CheckCall(Permission::kDecide, store));
    RETURN_IF_ERROR(CheckBatch(message));
    RETURN_IF_ERROR(TakeShared(pep, message, &shared));
    return FindGround(session, shared, &ground);
  };
  if (const absl::Status status = admit(); !status.ok()) {
    return Refuse(session, shared, ground.view.get(), status);
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
        Refuse(session, request, ground.view.get(), decided);
    if (!status.ok()) ToItemError(status, result->mutable_error());
  }
  ViewToProto(*ground.view, session.now, response);
  return absl::OkStatus();
}

}  // namespace sekisho
