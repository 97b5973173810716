// Small conversions that several services need.
#ifndef SEKISHO_SERVER_CONVERT_H_
#define SEKISHO_SERVER_CONVERT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/entities/store.h"
#include "engine/log/log_writer.h"
#include "google/protobuf/timestamp.pb.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "proto/sekisho/v1/policy.pb.h"

namespace sekisho {

// The policy store that a request means; not yet validated.
inline absl::string_view PolicyStoreOf(const std::string& policy_store) {
  return policy_store.empty() ? absl::string_view("default") : policy_store;
}

void TimeToProto(absl::Time time, google::protobuf::Timestamp* out);
void ActivationToProto(const Activation& activation, v1::Activation* out);
// `origin` is the log's name.
void LogPositionToProto(const std::string& origin, const LogPosition& position,
                        v1::LogPosition* out);

// Messages quote what the client sent and travel percent-encoded in a header of
// limited size; longer ones are cut, with `...`.
inline constexpr size_t kMaxMessageBytes = 1000;
std::string ClientMessage(const absl::Status& status);
// REQUIRES: `status` is an error.
void ToItemError(const absl::Status& status, v1::ItemError* out);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_CONVERT_H_
