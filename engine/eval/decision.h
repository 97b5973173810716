// The answer of the decision point.
#ifndef SEKISHO_ENGINE_EVAL_DECISION_H_
#define SEKISHO_ENGINE_EVAL_DECISION_H_

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "engine/graph/policy_info.h"
#include "engine/model/cause.h"
#include "engine/model/link.h"

namespace sekisho {

// A link made at run time, and the place of its template in the artifact.
struct DecidedLink {
  LinkPtr link;
  PolicyIndex template_policy = 0;

  bool operator==(const DecidedLink&) const = default;
};

// A few, in place.
using PolicyIndexes = absl::InlinedVector<PolicyIndex, 4>;

// Policies are named by their index in the artifact. Indices from the number of
// its policies on name Decision::links, in order.
struct Decision {
  Cause cause = Cause::kNotCovered;
  // The satisfied policies that made the decision: forbids for kForbidden,
  // permits for a permit and for kObligationUnsupported. Ascending.
  PolicyIndexes determining;
  // Policies whose evaluation failed. Ascending.
  PolicyIndexes errors;
  // Those of `errors` that are forbids, where they are why it is a denial.
  PolicyIndexes undecided_forbids;

  // The links made at run time that fit the request, of the templates that the
  // walk reported; with evidence, of all templates. By id.
  std::vector<DecidedLink> links = {};

  bool permitted() const { return cause == Cause::kPermitted; }
  bool operator==(const Decision&) const = default;
};

// The policy that the decision names; for a link made at run time its template.
// REQUIRES for both: `policies` are those of the artifact that decided.
inline const PolicyInfo& PolicyOf(const std::vector<PolicyInfo>& policies,
                                  const Decision& decision,
                                  PolicyIndex policy) {
  return policies[policy < policies.size()
                      ? policy
                      : decision.links[policy - policies.size()]
                            .template_policy];
}

// The id of the policy, or of the link.
inline const std::string& IdOf(const std::vector<PolicyInfo>& policies,
                               const Decision& decision, PolicyIndex policy) {
  return policy < policies.size()
             ? policies[policy].id
             : decision.links[policy - policies.size()].link->id;
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_DECISION_H_
