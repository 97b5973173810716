// Why an outcome of a condition is not covered.
#ifndef SEKISHO_ANALYSIS_CASES_COVERAGE_GAPS_H_
#define SEKISHO_ANALYSIS_CASES_COVERAGE_GAPS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "analysis/cases/condition_tree.h"
#include "analysis/cases/coverage.h"
#include "analysis/words.h"

namespace sekisho {

struct CoverageGap {
  enum class Reason : uint8_t {
    // The schema leaves the condition no such outcome; no goal.
    kUnreachable,
    // See NodeCoverage::is_guard; no goal.
    kGuard,
    // No case has a request that the head of the policy fits.
    kNeverReached,
    // Other conditions always decided before.
    kShortCircuited,
    // It was reached, but always came out otherwise.
    kNotSeen,
    // It came out so, but the policy would have come to the same without.
    kMaskedInPolicy,
    // The policy would have come out otherwise, but others made the decision.
    kMaskedByPolicies,
  };
  Reason reason = Reason::kNotSeen;
  // In how many cases that is so.
  size_t cases = 0;
  // kNeverReached, kShortCircuited: of the atoms that decided, the last one.
  uint32_t decided_by = 0;
};

// Nothing if the outcome is covered.
std::optional<CoverageGap> FindGap(const PolicyCoverage& policy, uint32_t node,
                                   Tri value);

// `never reached: "a == b" decided before it, in 12 cases`.
std::string GapText(const PolicyCoverage& policy, const CoverageGap& gap,
                    Language language);

// The node as Cedar text; a slot as its template writes it.
std::string NodeText(const PolicyCoverage& policy, uint32_t node);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_COVERAGE_GAPS_H_
