// Decisions of the healthcare policies with all that their records need, for
// benchmarks of the log.
//
// The cases' persons, records and devices exist a thousand times over, each
// world with names and contents of its own: about 100,000 entities. A case is
// drawn at random, its world with Zipf's frequencies (exponent 0.99).
#ifndef SEKISHO_BENCH_LOGGED_DECISIONS_H_
#define SEKISHO_BENCH_LOGGED_DECISIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/base/sha256.h"
#include "engine/decide/oblige.h"
#include "engine/decide/record_decision.h"
#include "engine/eval/decision.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/log/log_writer.h"
#include "engine/log/record.h"
#include "engine/model/entity.h"

namespace sekisho {

class LoggedDecisions {
 public:
  // Ends the program if the policies in `policies/healthcare` do not compile.
  explicit LoggedDecisions(size_t decisions);
  LoggedDecisions(const LoggedDecisions&) = delete;
  LoggedDecisions& operator=(const LoggedDecisions&) = delete;

  size_t size() const { return decisions_.size(); }
  // That were looked up by some decision.
  size_t entities() const { return entities_.size(); }
  double cited_per_decision() const;

  // Says in the log that the policy is in force.
  absl::Status RecordActivation(DecisionLog* log) const;
  // Records decision `i` under a name of its own, at the time it is now.
  absl::Status Record(size_t i, DecisionLog* log,
                      Sha256Digest* leaf_hash = nullptr) const;

 private:
  struct StoredEntity {
    Entity entity;
    Sha256Digest digest;
  };
  struct OneDecision {
    RecordedRequest request;
    Decision decision;
    Obliged obliged;
    Evidence evidence;
  };
  class Reader;

  MadeDecision Made(const OneDecision& decision) const;

  std::shared_ptr<const Artifact> artifact_;
  absl::flat_hash_map<EntityUid, std::unique_ptr<StoredEntity>> entities_;
  std::vector<OneDecision> decisions_;
  const Value nothing_added_ = Value::Record({});
  Caller caller_;
};

}  // namespace sekisho

#endif  // SEKISHO_BENCH_LOGGED_DECISIONS_H_
