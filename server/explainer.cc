// Tested by tests/explain and tests/server.
#include "server/explainer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "analysis/explain.h"
#include "analysis/explain_logged.h"
#include "analysis/explanation.h"
#include "engine/base/status_macros.h"
#include "engine/decide/clock.h"
#include "engine/entities/store.h"
#include "engine/log/record.h"
#include "engine/model/request.h"
#include "engine/model/value.h"
#include "engine/replay/logged_decision.h"
#include "proto/explanation_codec.h"
#include "server/convert.h"
#include "server/ground.h"
#include "server/intake.h"
#include "server/limits.h"

namespace sekisho {
namespace {

absl::StatusOr<Bytes16> DecisionIdFromProto(const std::string& text) {
  constexpr char kHexadecimal[] = "0123456789abcdef";
  Bytes16 id{};
  if (text.size() != 2 * id.size() ||
      text.find_first_not_of(kHexadecimal) != std::string::npos) {
    return absl::InvalidArgumentError(
        "logged.decision_id: is not 32 lower-case hexadecimal digits");
  }
  const std::string bytes = absl::HexStringToBytes(text);
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

}  // namespace

class Explainer::Task {
 public:
  Task(Explainer* explainer, const IdentifiedPep& pep,
       const v1::ExplainRequest& message, v1::ExplainResponse* response)
      : explainer_(*explainer),
        pep_(pep),
        message_(message),
        response_(*response),
        now_(absl::Now()),
        store_(PolicyStoreOf(message.has_logged()
                                 ? message.logged().policy_store()
                                 : message.request().policy_store())),
        caller_{pep.pep(), Shortened(store_), kGrpcFace,
                Shortened(message.request().request_id()), std::nullopt} {}

  absl::Status Run(absl::FunctionRef<bool()> cancelled) {
    const absl::Status status = Answer(cancelled);
    if (status.ok()) return status;
    response_.Clear();
    return explainer_.recorder_.RecordRefusal(caller_, now_, request_,
                                              ground_.view(), status);
  }

 private:
  absl::Status Answer(absl::FunctionRef<bool()> cancelled) {
    RETURN_IF_ERROR(CheckSize(message_));
    RETURN_IF_ERROR(ValidatePolicyStoreId(store_));
    ASSIGN_OR_RETURN(form_, ExplanationFormOf(message_));
    RETURN_IF_ERROR(pep_.CheckCall(
        form_.redacted ? Permission::kExplain : Permission::kExplainFully,
        store_));
    if (explainer_.running_ > kMaxExplanations) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "more than ", kMaxExplanations, " explanations at once; try again"));
    }
    switch (message_.subject_case()) {
      case v1::ExplainRequest::kRequest:
        return ExplainRequested();
      case v1::ExplainRequest::kLogged:
        return ExplainLogged(cancelled);
      case v1::ExplainRequest::SUBJECT_NOT_SET:
        break;
    }
    return absl::InvalidArgumentError(
        "subject: neither a request nor a logged decision is given");
  }

  absl::Status ExplainRequested() {
    RETURN_IF_ERROR(TakeShared(pep_, message_.request(), &request_));
    RETURN_IF_ERROR(TakeItem(pep_, message_.request(), &request_));
    RETURN_IF_ERROR(ground_.Find(caller_, now_, request_,
                                 explainer_.policy_stores_,
                                 explainer_.recorder_));
    const Artifact& artifact = ground_.artifact();
    ASSIGN_OR_RETURN(const Value added,
                     AddedContext(artifact.schema(), request_.request, now_));
    Request with_added = request_.request;
    with_added.context = WithAdded(with_added.context, added);
    ExplainOptions options;
    options.supported_obligations = request_.supported_obligations;
    options.links = ground_.view()->links.get();
    Evidence evidence;
    ASSIGN_OR_RETURN(const Explanation explanation,
                     sekisho::Explain(artifact, with_added, ground_.entities(),
                                      options, &evidence));
    RETURN_IF_ERROR(Say(explanation));
    ASSIGN_OR_RETURN(const LogPosition position,
                     explainer_.recorder_.RecordExplanation(
                         caller_, now_, request_, added, *ground_.view(),
                         evidence, form_.redacted));
    ViewToProto(*ground_.view(), now_, &response_);
    response_.set_request_id(caller_.request_id);
    Place(position);
    return absl::OkStatus();
  }

  absl::Status ExplainLogged(absl::FunctionRef<bool()> cancelled) {
    const std::string& text = message_.logged().decision_id();
    ASSIGN_OR_RETURN(const Bytes16 id, DecisionIdFromProto(text));
    ASSIGN_OR_RETURN(const std::unique_ptr<LoggedDecision> decision,
                     LoggedDecision::Find(explainer_.log_directory_, id,
                                          {kMaxExplainedLogBytes, cancelled}));
    const Record& record = decision->record();
    if (record.policy_store != store_ ||
        (form_.redacted && record.pep != pep_.pep())) {
      // As if there were none.
      return absl::NotFoundError(
          absl::StrCat("the log has no decision ", RecordIdToString(id)));
    }
    ASSIGN_OR_RETURN(const Explanation explanation,
                     sekisho::ExplainLogged(*decision));
    RETURN_IF_ERROR(Say(explanation));
    const DecisionBody& body = decision->body();
    ASSIGN_OR_RETURN(const LogPosition position,
                     explainer_.recorder_.RecordExplanation(
                         caller_, now_, id, body, form_.redacted));
    response_.set_policy_hash(body.basis.policy_hash);
    response_.set_policy_version(body.basis.policy_version);
    response_.set_entity_revision(body.basis.entity_revision);
    TimeToProto(now_, response_.mutable_server_time());
    response_.set_decision_id(text);
    Place(position);
    return absl::OkStatus();
  }

  absl::Status Say(const Explanation& explanation) {
    ExplanationToProto(explanation, form_, &response_);
    if (response_.ByteSizeLong() <= kMaxExplanationBytes) {
      return absl::OkStatus();
    }
    return absl::ResourceExhaustedError(
        absl::StrCat("the explanation is longer than ", kMaxExplanationBytes,
                     " bytes; ask for the redacted one"));
  }

  void Place(const LogPosition& position) {
    LogPositionToProto(explainer_.recorder_.origin(), position,
                       response_.mutable_log());
  }

  Explainer& explainer_;
  const IdentifiedPep& pep_;
  const v1::ExplainRequest& message_;
  v1::ExplainResponse& response_;
  const absl::Time now_;
  const absl::string_view store_;
  const Caller caller_;
  ExplanationForm form_;
  // As far as it was understood.
  RecordedRequest request_;
  Ground ground_;
};

absl::Status Explainer::Explain(const IdentifiedPep& pep,
                                const v1::ExplainRequest& message,
                                absl::FunctionRef<bool()> cancelled,
                                v1::ExplainResponse* response) {
  ++running_;
  const absl::Cleanup done = [this] { --running_; };
  return Task(this, pep, message, response).Run(cancelled);
}

}  // namespace sekisho
