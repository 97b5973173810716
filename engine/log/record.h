// What the decision log says of one event. A record is written once, as it was
// known then, and holds all that is needed to make the decision again.
//
//   Record record;
//   record.salt = NewSalt();
//   record.id = NewRecordId(now);
//   record.time_ns = absl::ToUnixNanos(now);
//   record.body = DecisionBody{...};
//   log->Append(record, evidence);
//
// The numbers of the enums, the fields and their order are frozen: see
// record_format.h on how fields are added.
#ifndef SEKISHO_ENGINE_LOG_RECORD_H_
#define SEKISHO_ENGINE_LOG_RECORD_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "engine/base/sha256.h"
#include "engine/model/cause.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/obligation.h"
#include "engine/model/request.h"

namespace sekisho {

using Bytes16 = std::array<uint8_t, 16>;

// Who asked: the enforcement point, as the server identified it.
struct Pep {
  // How it was identified: "unix" (peer credentials), "mtls", "loopback",
  // "library", "unknown", or empty for what the server did of itself.
  std::string kind;
  std::string name;

  bool operator==(const Pep&) const = default;
};

struct BatchItem {
  Bytes16 batch_id{};
  // From 0.
  uint64_t item = 0;

  bool operator==(const BatchItem&) const = default;
};

// An entity by the content that was used, or is now stored: the SHA-256 of its
// byte form (engine/model/entity_format.h), which the log keeps. Without a
// hash: there was no such entity.
struct EntityVersion {
  EntityUid uid;
  std::optional<Sha256Digest> hash;

  bool operator==(const EntityVersion&) const = default;
};

// How long ago a source may have confirmed its watermark, at most.
struct SourceAge {
  std::string source;
  uint64_t max_age_ns = 0;

  bool operator==(const SourceAge&) const = default;
};

// A request as it was received, before the server added anything to it.
struct RecordedRequest {
  Request request;
  std::vector<Entity> entities;
  // Absent: the PEP did not say, which is not the same as none.
  std::optional<std::vector<std::string>> supported_obligations;
  // The policy version that it demanded, or empty.
  std::string demanded_policy;
  std::optional<uint64_t> at_least_revision;
  std::vector<SourceAge> max_age;
};

enum class PolicyMode : uint8_t { kFailClosed = 0, kCedar = 1 };

// What the server answered from.
struct Basis {
  // The artifact's hash, in hexadecimal, or empty if no policy was in force.
  std::string policy_hash;
  uint64_t policy_version = 0;
  PolicyMode mode = PolicyMode::kFailClosed;
  uint64_t entity_revision = 0;
  // What the server added to the context, such as its clock. An attribute here
  // replaces one of that name in the request's context.
  Value added_context = Value::Record({});
  // The entities of the slice, and what was read of them.
  std::vector<EntityVersion> evidence;
  // Of a long list of evidence: the SHA-256 of EncodeVersions, which is
  // evidence itself and stands in the record in place of the list. Whoever
  // decodes the record has no `evidence` before they look that up.
  std::optional<Sha256Digest> evidence_list = {};
};

// How many policies there were beyond those that are named.
struct UnnamedPolicies {
  uint64_t determining = 0;
  uint64_t errors = 0;
  uint64_t undecided_forbids = 0;

  bool operator==(const UnnamedPolicies&) const = default;
};

struct DecisionBody {
  RecordedRequest request;
  Basis basis;
  bool permitted = false;
  Cause cause = Cause::kNotCovered;
  // Ids of policies, in the artifact's order: the first ones (CountNamed).
  std::vector<std::string> determining;
  std::vector<std::string> errors;
  std::vector<std::string> undecided_forbids;
  std::vector<Obligation> obligations;
  std::vector<Obligation> advice;
  // How long it took, or 0.
  uint64_t duration_ns = 0;
  // The links made at run time that fit the request, by id. Nothing: the policy
  // store had no links at all.
  std::optional<std::vector<Link>> links;
  UnnamedPolicies unnamed = {};
};

// A request that was answered with an error and not decided.
struct RefusalBody {
  // As far as it was understood.
  RecordedRequest request;
  Basis basis;
  // A canonical status code (absl::StatusCode).
  uint64_t code = 0;
  std::string message;
};

// An explanation that was given, and what was read for it.
struct ExplanationBody {
  RecordedRequest request;
  Basis basis;
  // The decision that was explained, where it was one of this log.
  std::optional<Bytes16> decision_id;
  // Whether names of policies and attributes of others were left out.
  bool redacted = false;
};

// A policy was put into force, or was in force when the log was opened.
struct ActivationBody {
  std::string policy_hash;
  uint64_t policy_version = 0;
  // Empty if there was none.
  std::string previous_hash;
  // SHA-256 of the artifact's bytes, which the log keeps.
  Sha256Digest artifact{};
  // "activate", "rollback", "open", ...
  std::string reason;
};

// Entities were written.
struct WriteBody {
  uint64_t revision = 0;
  // Where they came from, such as the name of an import, or empty.
  std::string source;
  // How many were put or deleted. Large writes do not list them all.
  uint64_t count = 0;
  std::vector<EntityVersion> entities;
};

// A process began to write to the log.
struct OpenedBody {
  std::string software;
  // The key that signs from here on, as a vkey.
  std::string verifier_key;
  // What a crash left behind the last record, and was cut off. No record that
  // was ever acknowledged was among it.
  uint64_t cut_bytes = 0;
};

// It ended in order.
struct ClosedBody {
  std::string reason;
};

// Links of templates were made or removed.
struct LinksBody {
  // The revision from which on they are.
  uint64_t revision = 0;
  uint64_t linked = 0;
  uint64_t unlinked = 0;
  // SHA-256 of EncodeLinkChange, which the log keeps.
  Sha256Digest change{};
};

struct Record {
  // So that a proof about one record does not let others be guessed.
  Bytes16 salt{};
  // A UUID version 7; of a decision, the decision id.
  Bytes16 id{};
  // Since 1970, UTC.
  int64_t time_ns = 0;
  std::string policy_store;
  Pep pep;
  // The protocol: "grpc", "authzen", ...
  std::string face;
  // As the PEP sent it, or empty.
  std::string request_id;
  std::optional<BatchItem> batch;
  // Frozen: the alternatives' order is the record's kind, from 1.
  std::variant<DecisionBody, RefusalBody, ExplanationBody, ActivationBody,
               WriteBody, OpenedBody, ClosedBody, LinksBody>
      body;
};

// The hashes of all that the record cites, in order.
std::vector<Sha256Digest> CitedEvidence(const Record& record);

// From OpenSSL's random numbers. A thread draws some ahead, at most those of
// 256 salts, and forgets each when it is used; a process that is forked draws
// anew.
Bytes16 NewSalt();
Bytes16 NewRecordId(absl::Time now);

// The usual text of a UUID.
std::string RecordIdToString(const Bytes16& id);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_RECORD_H_
