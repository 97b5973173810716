// Tested by tests/server.
#include "server/answer.h"

#include "engine/model/obligation.h"
#include "proto/codec.h"
#include "proto/policy_codec.h"
#include "server/convert.h"
#include "server/decision_ids.h"

namespace sekisho {
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

}  // namespace

void AnswerToProto(const Answer& answer,
                   const std::vector<PolicyInfo>& policies,
                   const std::string& origin, v1::DecideResponse* out) {
  const Decision& decision = answer.decision;
  // Returns how many are not named.
  const auto put =
      [&](const PolicyIndexes& indexes,
          google::protobuf::RepeatedPtrField<v1::PolicyReference>* references) {
        const size_t named = CountNamed(policies, decision, indexes);
        for (size_t i = 0; i < named; ++i) {
          PolicyToProto(PolicyOf(policies, decision, indexes[i]),
                        IdOf(policies, decision, indexes[i]),
                        references->Add());
        }
        return static_cast<uint32_t>(indexes.size() - named);
      };
  out->set_decision(decision.permitted() ? v1::PERMIT : v1::DENY);
  out->set_cause(CauseToProto(decision.cause));
  const uint32_t determining =
      put(decision.determining, out->mutable_determining());
  const uint32_t errors = put(decision.errors, out->mutable_errors());
  const uint32_t undecided_forbids =
      put(decision.undecided_forbids, out->mutable_undecided_forbids());
  if (determining + errors + undecided_forbids > 0) {
    out->mutable_unnamed()->set_determining(determining);
    out->mutable_unnamed()->set_errors(errors);
    out->mutable_unnamed()->set_undecided_forbids(undecided_forbids);
  }
  for (const std::string& name : answer.obliged.unsupported) {
    out->add_unsupported_obligations(name);
  }
  // What comes with a permit that was none is not for the enforcement point.
  if (decision.cause != Cause::kObligationUnsupported) {
    ObligationsToProto(answer.obliged.obligations, out->mutable_obligations());
    ObligationsToProto(answer.obliged.advice, out->mutable_advice());
  }
  out->set_evaluation_ns(answer.evaluation_ns);
  out->set_decision_id(DecisionIds::ToString(answer.id));
  LogPositionToProto(origin, answer.position, out->mutable_log());
}

bool CompactAnswers::IsCompact(const Answer& answer) {
  const Obliged& obliged = answer.obliged;
  return answer.decision.errors.empty() &&
         answer.decision.determining.size() <= kMaxNamedPolicies &&
         obliged.unsupported.empty() && obliged.obligations.empty() &&
         obliged.advice.empty();
}

void CompactAnswers::Add(const Answer& answer) {
  const Decision& decision = answer.decision;
  out_.mutable_causes()->push_back(
      static_cast<char>(CauseToProto(decision.cause)));
  out_.add_determining(static_cast<uint32_t>(decision.determining.size()));
  for (PolicyIndex policy : decision.determining) {
    out_.add_determining(PlaceOf(decision, policy));
  }
  out_.mutable_decision_ids()->append(
      reinterpret_cast<const char*>(answer.id.data()), answer.id.size());
  out_.add_log_indexes(answer.position.index);
}

v1::DecideResult* CompactAnswers::AddOther() {
  v1::OtherResult* other = out_.add_others();
  other->set_item(static_cast<uint32_t>(out_.causes().size()));
  out_.mutable_causes()->push_back(static_cast<char>(v1::CAUSE_UNSPECIFIED));
  out_.add_determining(0);
  out_.mutable_decision_ids()->append(sizeof(Bytes16), '\0');
  out_.add_log_indexes(0);
  return other->mutable_result();
}

uint32_t CompactAnswers::PlaceOf(const Decision& decision, PolicyIndex policy) {
  const std::string& id = IdOf(policies_, decision, policy);
  const auto [found, inserted] =
      places_.try_emplace(&id, static_cast<uint32_t>(out_.policies_size()));
  if (inserted) {
    PolicyToProto(PolicyOf(policies_, decision, policy), id,
                  out_.add_policies());
  }
  return found->second;
}

}  // namespace sekisho
