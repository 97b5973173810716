// The one place where the engine's errors become gRPC's.
#ifndef SEKISHO_SERVER_STATUS_MAPPING_H_
#define SEKISHO_SERVER_STATUS_MAPPING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

// Messages quote what the client sent and travel percent-encoded in a header of
// limited size; longer ones are cut, with `...`.
inline constexpr size_t kMaxMessageBytes = 1000;

// The same code, as the numbers are the same.
grpc::Status ToGrpcStatus(const absl::Status& status);

// REQUIRES: `status` is an error.
void ToItemError(const absl::Status& status, v1::ItemError* out);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_STATUS_MAPPING_H_
