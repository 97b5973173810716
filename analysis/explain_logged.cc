#include "analysis/explain_logged.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/explain.h"
#include "engine/base/status_macros.h"
#include "engine/eval/decision.h"
#include "engine/model/link.h"
#include "engine/replay/recorded_entities.h"

namespace sekisho {

absl::StatusOr<Explanation> ExplainLogged(LoggedDecision& decision) {
  const DecisionBody& body = decision.body();
  ExplainOptions options;
  options.supported_obligations = body.request.supported_obligations;
  const LinkSet links = RecordedLinks(body);
  options.links = &links;
  ASSIGN_OR_RETURN(Explanation explanation,
                   Explain(decision.artifact(), decision.request(),
                           decision.entities(), options));
  std::vector<std::string> determining;
  for (PolicyIndex policy : explanation.decision.determining) {
    determining.push_back(
        IdOf(decision.artifact().policies(), explanation.decision, policy));
  }
  if (explanation.decision.cause != body.cause ||
      determining != body.determining) {
    return absl::DataLossError(absl::StrCat(
        "the record of decision ", RecordIdToString(decision.record().id),
        " is not what follows from the policy and the evidence that it cites"));
  }
  return explanation;
}

}  // namespace sekisho
