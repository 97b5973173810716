#include "server/status_mapping.h"

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

std::string ClientMessage(const absl::Status& status) {
  absl::string_view message = status.message();
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  size_t end = kMaxMessageBytes;
  // Not within a UTF-8 sequence.
  while (end > 0 && (message[end] & 0xc0) == 0x80) --end;
  return absl::StrCat(message.substr(0, end), "...");
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      ClientMessage(status));
}

void ToItemError(const absl::Status& status, v1::ItemError* out) {
  out->set_code(static_cast<int>(status.code()));
  out->set_message(ClientMessage(status));
}

}  // namespace sekisho
