// The answer of the decision point.
#ifndef SEKISHO_ENGINE_EVAL_DECISION_H_
#define SEKISHO_ENGINE_EVAL_DECISION_H_

#include <vector>

#include "engine/graph/policy_info.h"
#include "engine/model/cause.h"
#include "engine/model/link.h"

namespace sekisho {

// Policies are named by their index in the artifact. Indices from the number of
// its policies on are the links made at run time: Decision::links in order.
struct Decision {
  Cause cause = Cause::kNotCovered;
  // The satisfied policies that made the decision: forbids for kForbidden,
  // permits for a permit and for kObligationUnsupported. Ascending.
  std::vector<PolicyIndex> determining;
  // Policies whose evaluation failed. Ascending.
  std::vector<PolicyIndex> errors;
  // Those of `errors` that are forbids, where they are why it is a denial.
  std::vector<PolicyIndex> undecided_forbids;

  // The links made at run time that fit the request, of the templates that were
  // reported. By id. With evidence: of all templates.
  std::vector<LinkPtr> links = {};

  bool permitted() const { return cause == Cause::kPermitted; }
  bool operator==(const Decision&) const = default;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_DECISION_H_
