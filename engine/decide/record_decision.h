// Puts a decision into the decision log, straight from what made it.
//
//   const MadeDecision made = {.request = request, .artifact = artifact, ..};
//   ASSIGN_OR_RETURN(uint64_t index,
//                    RecordDecision(caller, now, id, made, &log));
//   // Only now may the answer leave.
//
// Thread-safe. A thread that goes on allocates nothing, but for the content of
// entities that the log does not have yet.
#ifndef SEKISHO_ENGINE_DECIDE_RECORD_DECISION_H_
#define SEKISHO_ENGINE_DECIDE_RECORD_DECISION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/base/sha256.h"
#include "engine/decide/oblige.h"
#include "engine/eval/decision.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/log/log_writer.h"
#include "engine/log/record.h"
#include "engine/model/value.h"

namespace sekisho {

// Who asked, and how: see Record.
struct Caller {
  Pep pep;
  std::string policy_store;
  std::string face;
  std::string request_id;
  std::optional<BatchItem> batch;
};

// A decision and what it was made from. All must outlive this.
struct MadeDecision {
  // As it was received.
  const RecordedRequest& request;
  // What was said besides.
  const Value& added_context;

  const Artifact& artifact;
  uint64_t policy_version;
  uint64_t entity_revision;
  // Whether the policy store has links made at run time. They were given to
  // Decide then.
  bool has_links;

  const Decision& decision;
  const Obliged& obliged;
  const Evidence& evidence;
  // How long it took, or zero.
  absl::Duration duration;
};

// Returns the record's index in the log. `id` is the decision's name.
// `leaf_hash`, unless null, becomes the hash of the record in the log's tree,
// which otherwise a thread of the log computes later. Errors are those of
// DecisionLog::Append; what cannot be logged must not be answered.
absl::StatusOr<uint64_t> RecordDecision(const Caller& caller, absl::Time now,
                                        const Bytes16& id,
                                        const MadeDecision& made,
                                        DecisionLog* log,
                                        Sha256Digest* leaf_hash = nullptr);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_DECIDE_RECORD_DECISION_H_
