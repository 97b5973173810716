#include "server/convert.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

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

std::string ClientMessage(const absl::Status& status) {
  absl::string_view message = status.message();
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  size_t end = kMaxMessageBytes;
  // Not within a UTF-8 sequence.
  while (end > 0 && (message[end] & 0xc0) == 0x80) --end;
  return absl::StrCat(message.substr(0, end), "...");
}

void ToItemError(const absl::Status& status, v1::ItemError* out) {
  out->set_code(static_cast<int>(status.code()));
  out->set_message(ClientMessage(status));
}

}  // namespace sekisho
