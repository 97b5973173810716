// The record of a decision, by reference to what the decision has: so that it
// is encoded without a copy. Members have the names and the meaning of those of
// Record, DecisionBody, Basis and EntityVersion in record.h.
//
// All that is referred to must outlive these.
#ifndef SEKISHO_ENGINE_LOG_RECORD_VIEW_H_
#define SEKISHO_ENGINE_LOG_RECORD_VIEW_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"
#include "engine/log/record.h"
#include "engine/model/cause.h"
#include "engine/model/link.h"
#include "engine/model/obligation.h"
#include "engine/model/value.h"

namespace sekisho {

struct EntityVersionView {
  const EntityUid& uid;
  // Null: there was no such entity.
  const Sha256Digest* hash;
};

struct BasisView {
  absl::string_view policy_hash;
  uint64_t policy_version;
  PolicyMode mode;
  uint64_t entity_revision;
  const Value& added_context;
  absl::Span<const EntityVersionView> evidence;
  std::optional<Sha256Digest> evidence_list;
};

struct DecisionView {
  const RecordedRequest& request;
  BasisView basis;
  bool permitted;
  Cause cause;
  absl::Span<const absl::string_view> determining;
  absl::Span<const absl::string_view> errors;
  absl::Span<const absl::string_view> undecided_forbids;
  const std::vector<Obligation>& obligations;
  const std::vector<Obligation>& advice;
  uint64_t duration_ns;
  std::optional<absl::Span<const Link* const>> links;
  UnnamedPolicies unnamed;
};

struct DecisionRecordView {
  Bytes16 salt;
  Bytes16 id;
  int64_t time_ns;
  absl::string_view policy_store;
  const Pep& pep;
  absl::string_view face;
  absl::string_view request_id;
  const std::optional<BatchItem>& batch;
  DecisionView body;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_RECORD_VIEW_H_
