// One decision of a log, found by its id, with all that it rests on.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<LoggedDecision> decision,
//                    LoggedDecision::Find("/var/lib/sekisho/log", id));
//   Explain(decision->artifact(), decision->request(), decision->entities());
//
// The log is searched from its end, and may be written to meanwhile. Nothing is
// proved: see engine/log/verify.h.
//
// For one thread.
#ifndef SEKISHO_ENGINE_REPLAY_LOGGED_DECISION_H_
#define SEKISHO_ENGINE_REPLAY_LOGGED_DECISION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/replay/recorded_entities.h"

namespace sekisho {

class LoggedDecision {
 public:
  struct Limits {
    // Of segments that are read; what lies further back is not found.
    uint64_t max_bytes = UINT64_MAX;
    // Asked between segments, unless null.
    std::function<bool()> is_cancelled;
  };
  // NotFound if the log has no decision with that id; DataLoss if it does not
  // have what the decision rests on, or is damaged there; ResourceExhausted at
  // the limit; Cancelled.
  static absl::StatusOr<std::unique_ptr<LoggedDecision>> Find(
      const std::string& directory, const Bytes16& id, const Limits& limits);

  const Record& record() const { return record_; }
  const DecisionBody& body() const {
    return std::get<DecisionBody>(record_.body);
  }
  const Artifact& artifact() const { return *artifact_; }
  // With what the server added to it.
  Request request() const { return DecidedRequest(body()); }
  // Those that the record cites or was sent; NotFound for others.
  EntityReader& entities() { return *entities_; }

 private:
  class Search;

  Record record_;
  std::shared_ptr<const Artifact> artifact_;
  EvidenceKeeper evidence_;
  EntityDecoder decoder_{evidence_};
  std::unique_ptr<RecordedEntities> entities_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_REPLAY_LOGGED_DECISION_H_
