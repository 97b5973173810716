// The answer of the decision point.
#ifndef SEKISHO_ENGINE_EVAL_DECISION_H_
#define SEKISHO_ENGINE_EVAL_DECISION_H_

#include <algorithm>
#include <cstddef>
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

// What the ids that are told of one list of a decision take together.
inline constexpr size_t kMaxNamedBytes = 2048;
// And how many they are.
inline constexpr size_t kMaxNamedPolicies = 200;

// How many of the policies, from the first on, are named where a decision is
// told or logged. Of thousands that failed for one reason, the others are
// counted.
inline size_t CountNamed(const std::vector<PolicyInfo>& policies,
                         const Decision& decision,
                         const PolicyIndexes& indexes) {
  const size_t most = std::min(indexes.size(), kMaxNamedPolicies);
  size_t bytes = 0;
  for (size_t i = 0; i < most; ++i) {
    bytes += IdOf(policies, decision, indexes[i]).size();
    if (bytes > kMaxNamedBytes) return i;
  }
  return most;
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_DECISION_H_
