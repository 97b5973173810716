#include "server/convert.h"

#include <cstdint>

namespace sekisho {

void TimeToProto(absl::Time time, google::protobuf::Timestamp* out) {
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(absl::ToUnixNanos(time) -
                                      seconds * kNanosPerSecond));
}

void PolicyToProto(const PolicyInfo& policy, const std::string& id,
                   v1::PolicyReference* out) {
  out->set_id(id);
  out->set_effect(policy.is_forbid ? v1::PolicyReference::EFFECT_FORBID
                                   : v1::PolicyReference::EFFECT_PERMIT);
  if (const std::string* use_case = policy.Annotation("matrix")) {
    out->set_use_case(*use_case);
  }
  out->set_source(policy.source);
  out->set_line(policy.line);
}

void ActivationToProto(const Activation& activation, v1::Activation* out) {
  out->set_version(activation.version);
  out->set_hash(activation.hash);
  TimeToProto(activation.time, out->mutable_time());
}

}  // namespace sekisho
