// Tested by tests/lib.
#include "lib/decision_json.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "engine/model/cause.h"
#include "engine/model/json.h"
#include "engine/model/obligation.h"
#include "nlohmann/json.hpp"
#include "proto/codec.h"

namespace sekisho {
namespace {

using Json = nlohmann::ordered_json;

Json PoliciesToJson(
    const google::protobuf::RepeatedPtrField<v1::PolicyReference>& policies) {
  Json out = Json::array();
  for (const v1::PolicyReference& policy : policies) {
    Json& json = out.emplace_back(Json{{"id", policy.id()}});
    if (!policy.use_case().empty()) json["use_case"] = policy.use_case();
    if (!policy.source().empty()) json["source"] = policy.source();
    if (policy.line() != 0) json["line"] = policy.line();
  }
  return out;
}

absl::StatusOr<Json> ObligationsToJson(
    const google::protobuf::RepeatedPtrField<v1::Obligation>& protos) {
  std::vector<Obligation> obligations;
  for (const v1::Obligation& proto : protos) {
    ASSIGN_OR_RETURN(Value parameters,
                     RecordFromProto(proto.parameters(), "parameters"));
    obligations.push_back({proto.name(), std::move(parameters)});
  }
  return Json::parse(sekisho::ObligationsToJson(obligations));
}

std::string TimeToString(const google::protobuf::Timestamp& time) {
  return absl::FormatTime(
      absl::RFC3339_full,
      absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
      absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<std::string> DecisionToJson(const v1::DecideResponse& response) {
  Json json;
  // What is not a permit is a denial.
  json["decision"] = response.decision() == v1::PERMIT ? "permit" : "deny";
  json["cause"] = CauseName(CauseFromProto(response.cause()));
  json["determining"] = PoliciesToJson(response.determining());
  json["errors"] = PoliciesToJson(response.errors());
  json["undecided_forbids"] = PoliciesToJson(response.undecided_forbids());
  if (response.has_unnamed()) {
    json["unnamed"] = {
        {"determining", response.unnamed().determining()},
        {"errors", response.unnamed().errors()},
        {"undecided_forbids", response.unnamed().undecided_forbids()}};
  }
  ASSIGN_OR_RETURN(json["obligations"],
                   ObligationsToJson(response.obligations()));
  ASSIGN_OR_RETURN(json["advice"], ObligationsToJson(response.advice()));
  Json& unsupported = json["unsupported_obligations"] = Json::array();
  for (const std::string& name : response.unsupported_obligations()) {
    unsupported.push_back(name);
  }
  json["policy_hash"] = response.policy_hash();
  json["policy_version"] = response.policy_version();
  json["entity_revision"] = response.entity_revision();
  json["decision_id"] = response.decision_id();
  json["time"] = TimeToString(response.server_time());
  json["evaluation_ns"] = response.evaluation_ns();
  if (!response.request_id().empty()) {
    json["request_id"] = response.request_id();
  }
  json["log"] = {
      {"origin", response.log().origin()},
      {"index", response.log().index()},
      {"leaf_hash", absl::BytesToHexString(response.log().leaf_hash())}};
  return json.dump(-1, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

}  // namespace sekisho
