// The one place where the engine's errors become gRPC's.
#ifndef SEKISHO_SERVER_STATUS_MAPPING_H_
#define SEKISHO_SERVER_STATUS_MAPPING_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace sekisho {

// The same code, as the numbers are the same.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_STATUS_MAPPING_H_
