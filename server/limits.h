// How much one request may ask for.
#ifndef SEKISHO_SERVER_LIMITS_H_
#define SEKISHO_SERVER_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace sekisho {

// Activations, and with them what gRPC takes in at all: it knows one limit for
// all methods.
inline constexpr int kMaxArtifactBytes = 192 << 20;
// Every other request.
inline constexpr size_t kMaxRequestBytes = 1 << 20;
inline constexpr size_t kMaxRequestIdBytes = 128;
inline constexpr int kMaxBatchItems = 1000;
// What a batch says once for all items, and the log with each of them.
inline constexpr size_t kMaxSharedBytes = 64 << 10;
// An item of a batch in numbers, with all that its numbers stand for.
inline constexpr size_t kMaxCompactItemBytes = 64 << 10;
inline constexpr int kMaxSuppliedEntities = 100;
inline constexpr int kMaxSourceAges = 16;
inline constexpr int kMaxSupportedObligations = 1000;
// Answers of a stream that its client has not taken yet.
inline constexpr size_t kMaxOpenAnswers = 64;
inline constexpr int kMaxMutations = 10000;
inline constexpr int kMaxReadUids = 1000;
inline constexpr size_t kMaxReadBytes = size_t{64} << 20;
// Each holds a thread.
inline constexpr int kMaxEntityStreams = 16;
inline constexpr uint64_t kMaxSkipped = 1'000'000;
// In one response of an import.
inline constexpr int kMaxImportErrors = 1000;
// From where on a response of an export is full.
inline constexpr size_t kExportBytes = size_t{64} << 10;
// Each holds a thread, and as much of the processor as it can get.
inline constexpr int kMaxExplanations = 8;
inline constexpr size_t kMaxExplanationBytes = 1 << 20;
// How far back in the log a decision is looked for.
inline constexpr uint64_t kMaxExplainedLogBytes = uint64_t{512} << 20;
inline constexpr size_t kMaxActivations = 1000;
// Links that are made, removed or listed at once.
inline constexpr int kMaxLinksAtOnce = 10000;
inline constexpr size_t kMaxLinkIdBytes = 256;
inline constexpr size_t kMaxLinkBytes = 4 << 10;

inline absl::Status CheckSize(const google::protobuf::Message& request) {
  if (request.ByteSizeLong() <= kMaxRequestBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the request is longer than ", kMaxRequestBytes, " bytes"));
}

inline absl::Status CheckAtMost(absl::string_view field, int count, int limit) {
  if (count <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      field, ": has ", count, " entries; at most ", limit, " are allowed"));
}

// At least one and at most `limit`.
inline absl::Status CheckCount(absl::string_view field, int count, int limit) {
  if (count == 0) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": is empty"));
  }
  return CheckAtMost(field, count, limit);
}

}  // namespace sekisho

#endif  // SEKISHO_SERVER_LIMITS_H_
