// Why a decision of a log was made as it was.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<LoggedDecision> decision,
//                    LoggedDecision::Find("/var/lib/sekisho/log", id, {}));
//   ASSIGN_OR_RETURN(Explanation explanation, ExplainLogged(*decision));
#ifndef SEKISHO_ANALYSIS_EXPLAIN_LOGGED_H_
#define SEKISHO_ANALYSIS_EXPLAIN_LOGGED_H_

#include "absl/status/statusor.h"
#include "analysis/explanation.h"
#include "engine/replay/logged_decision.h"

namespace sekisho {

// From the policy and the entities that the record cites; what the decision did
// not look up is unknown (FoundState::kEntityUnknown). DataLoss if the record
// is not what follows from what it cites; otherwise as Explain.
absl::StatusOr<Explanation> ExplainLogged(LoggedDecision& decision);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_EXPLAIN_LOGGED_H_
