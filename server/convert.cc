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

void ActivationToProto(const Activation& activation, v1::Activation* out) {
  out->set_version(activation.version);
  out->set_hash(activation.hash);
  TimeToProto(activation.time, out->mutable_time());
}

void LogPositionToProto(const std::string& origin, const LogPosition& position,
                        v1::LogPosition* out) {
  out->set_origin(origin);
  out->set_index(position.index);
  out->set_leaf_hash(position.leaf_hash.data(), position.leaf_hash.size());
}

}  // namespace sekisho
