#include "server/status_mapping.h"

#include "server/convert.h"

namespace sekisho {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      ClientMessage(status));
}

}  // namespace sekisho
