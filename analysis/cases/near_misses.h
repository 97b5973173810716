// Near misses: cases in which one condition of a permit fails and no other.
// They are written by authors, or generated: for each condition one, made from
// a case that the permit alone permits. It must be denied; where it is not,
// another policy permits what the author of this one may believe to be
// excluded.
#ifndef SEKISHO_ANALYSIS_CASES_NEAR_MISSES_H_
#define SEKISHO_ANALYSIS_CASES_NEAR_MISSES_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "compiler/cases/cases.h"
#include "compiler/cases/compiled_cases.h"
#include "compiler/cedar/ast.h"
#include "compiler/reference/reference.h"
#include "engine/graph/artifact.h"
#include "engine/model/schema.h"

namespace sekisho {

// Changes that are tried for one condition.
inline constexpr size_t kMaxNearMissesTried = 1000;

struct NearMisses {
  // Each with the place of the case that it was made from, and a denial
  // expected, by whatever forbids. What stands in a table already is not among
  // them: there the author says what is expected.
  std::deque<Case> cases;
  // Permits without a case that they alone permit.
  size_t permits_without_case = 0;
  // Conditions for which none was found.
  size_t missing = 0;
};

// Which conditions of policies hold in cases, by the reference evaluator. Not
// thread-safe.
class ConditionsInCases {
 public:
  // Both must outlive this object.
  ConditionsInCases(const CompiledCases& all, const Artifact& artifact);

  // The conditions of the policy that fail, each once: the columns of a row,
  // otherwise the operands of `&&` as they are printed, `unless ..`, `action`;
  // `the head` where the principal or the resource does not fit.
  std::vector<std::string> Failing(const Policy& policy, const Case& c);

 private:
  const Schema& schema_;
  EntityMap population_;
};

// What is wrong with a case that is called a near miss, or nothing: it names
// the one condition of its policy that fails. REQUIRES: is_near_miss().
std::optional<std::string> CheckNearMiss(const CompiledCases& all,
                                         const Case& c,
                                         ConditionsInCases* conditions);

// `artifact` was compiled from `all`.
NearMisses GenerateNearMisses(const CompiledCases& all,
                              const Artifact& artifact);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_NEAR_MISSES_H_
