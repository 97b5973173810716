#include "server/status_mapping.h"

#include <string>

#include "gtest/gtest.h"
#include "server/convert.h"

namespace sekisho {
namespace {

TEST(StatusMappingTest, CodesAreGrpcs) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  const struct {
    absl::Status status;
    grpc::StatusCode code;
  } cases[] = {
      {absl::InvalidArgumentError("m"), grpc::StatusCode::INVALID_ARGUMENT},
      {absl::NotFoundError("m"), grpc::StatusCode::NOT_FOUND},
      {absl::FailedPreconditionError("m"),
       grpc::StatusCode::FAILED_PRECONDITION},
      {absl::AbortedError("m"), grpc::StatusCode::ABORTED},
      {absl::ResourceExhaustedError("m"), grpc::StatusCode::RESOURCE_EXHAUSTED},
      {absl::UnavailableError("m"), grpc::StatusCode::UNAVAILABLE},
      {absl::DataLossError("m"), grpc::StatusCode::DATA_LOSS},
      {absl::InternalError("m"), grpc::StatusCode::INTERNAL},
      {absl::CancelledError("m"), grpc::StatusCode::CANCELLED},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ToGrpcStatus(c.status).error_code(), c.code);
    EXPECT_EQ(ToGrpcStatus(c.status).error_message(), "m");
    v1::ItemError error;
    ToItemError(c.status, &error);
    EXPECT_EQ(error.code(), static_cast<int>(c.code));
    EXPECT_EQ(error.message(), "m");
  }
}

TEST(StatusMappingTest, LongMessagesAreCutBetweenCharacters) {
  for (size_t ascii : {0, 1, 2}) {
    std::string text(ascii, 'a');
    while (text.size() < 5000) text += "関";
    std::string message =
        ToGrpcStatus(absl::InvalidArgumentError(text)).error_message();
    EXPECT_LE(message.size(), kMaxMessageBytes + 3);
    EXPECT_GE(message.size(), kMaxMessageBytes);
    EXPECT_EQ(message.substr(message.size() - 6), "関...");
  }
}

}  // namespace
}  // namespace sekisho
