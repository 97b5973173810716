// Tested by tests/server.
#include "server/intake.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/entities/store.h"
#include "engine/model/entity.h"
#include "proto/codec.h"
#include "server/limits.h"

namespace sekisho {
namespace {

absl::Status CheckRequestId(const std::string& request_id) {
  if (request_id.size() <= kMaxRequestIdBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("request_id: is longer than ",
                                                 kMaxRequestIdBytes, " bytes"));
}

absl::Status CheckPolicyHash(const std::string& hash) {
  constexpr size_t kDigits = 64;
  constexpr absl::string_view kHexadecimal = "0123456789abcdef";
  if (hash.size() == kDigits && absl::string_view(hash).find_first_not_of(
                                    kHexadecimal) == absl::string_view::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "policy_hash: is not 64 lower-case hexadecimal digits");
}

absl::StatusOr<SourceAge> SourceAgeFromProto(const v1::SourceAge& age,
                                             const std::string& field) {
  RETURN_IF_ERROR(ValidateName(absl::StrCat(field, ".source"), age.source()));
  constexpr int64_t kMaxSeconds = int64_t{10'000} * 24 * 60 * 60;
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  const int64_t seconds = age.max_age().seconds();
  const int64_t nanos = age.max_age().nanos();
  if (!age.has_max_age() || seconds < 0 || seconds > kMaxSeconds || nanos < 0 ||
      nanos >= kNanosPerSecond) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".max_age: is not a time from 0 to 10,000 days"));
  }
  return SourceAge{age.source(),
                   static_cast<uint64_t>(seconds * kNanosPerSecond + nanos)};
}

template <typename Message>
absl::Status TakeSharedOf(const IdentifiedPep& pep, const Message& message,
                          RecordedRequest* out) {
  if (!message.policy_hash().empty()) {
    RETURN_IF_ERROR(CheckPolicyHash(message.policy_hash()));
    out->demanded_policy = message.policy_hash();
  }
  if (message.has_at_least_as_fresh()) {
    out->at_least_revision = message.at_least_as_fresh();
  }
  if (message.has_supported_obligations()) {
    const auto& names = message.supported_obligations().names();
    RETURN_IF_ERROR(CheckAtMost("supported_obligations", names.size(),
                                kMaxSupportedObligations));
    out->supported_obligations.emplace(names.begin(), names.end());
  }
  RETURN_IF_ERROR(
      CheckAtMost("max_age", message.max_age_size(), kMaxSourceAges));
  for (int i = 0; i < message.max_age_size(); ++i) {
    ASSIGN_OR_RETURN(SourceAge age,
                     SourceAgeFromProto(message.max_age(i),
                                        absl::StrCat("max_age[", i, "]")));
    out->max_age.push_back(std::move(age));
  }
  RETURN_IF_ERROR(
      CheckAtMost("entities", message.entities_size(), kMaxSuppliedEntities));
  absl::flat_hash_set<EntityUid> seen;
  for (int i = 0; i < message.entities_size(); ++i) {
    const std::string field = absl::StrCat("entities[", i, "]");
    ASSIGN_OR_RETURN(Entity entity,
                     EntityFromProto(message.entities(i), field));
    RETURN_IF_ERROR(pep.CheckSupplied(entity.uid, field));
    if (!seen.insert(entity.uid).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": ", entity.uid.ToString(), " is given twice"));
    }
    out->entities.push_back(std::move(entity));
  }
  return absl::OkStatus();
}

template <typename Message>
absl::Status TakeItemOf(const IdentifiedPep& pep, const Message& message,
                        RecordedRequest* out) {
  out->request = Request();
  RETURN_IF_ERROR(CheckRequestId(message.request_id()));
  ASSIGN_OR_RETURN(out->request, RequestFromProto(message));
  return pep.CheckContext(out->request.context);
}

}  // namespace

std::string Shortened(absl::string_view name) {
  return std::string(name.substr(0, kMaxRequestIdBytes));
}

absl::Status TakeShared(const IdentifiedPep& pep,
                        const v1::DecideRequest& message,
                        RecordedRequest* out) {
  return TakeSharedOf(pep, message, out);
}
absl::Status TakeShared(const IdentifiedPep& pep,
                        const v1::DecideBatchRequest& message,
                        RecordedRequest* out) {
  return TakeSharedOf(pep, message, out);
}

absl::Status TakeItem(const IdentifiedPep& pep,
                      const v1::DecideRequest& message, RecordedRequest* out) {
  return TakeItemOf(pep, message, out);
}
absl::Status TakeItem(const IdentifiedPep& pep,
                      const v1::DecideBatchItem& message,
                      RecordedRequest* out) {
  return TakeItemOf(pep, message, out);
}

}  // namespace sekisho
