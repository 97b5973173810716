// Cases for what no case covers: near misses, generated.
//
//   ASSIGN_OR_RETURN(Suggestions suggestions,
//                    SuggestCases(*all, artifact, &meter));
//
// For an outcome that is not covered, a case that the policy is satisfied in is
// changed where the condition reads something, one attribute at a time and then
// two, until the outcome is covered. What is expected of such a case is what is
// decided now: an author has to read it before it proves anything.
#ifndef SEKISHO_ANALYSIS_CASES_SUGGEST_H_
#define SEKISHO_ANALYSIS_CASES_SUGGEST_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/status/statusor.h"
#include "analysis/cases/coverage.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/graph/artifact.h"

namespace sekisho {

// Changes that are tried for one outcome.
inline constexpr size_t kMaxChangesTried = 4000;

struct Suggestions {
  // Without a place. They stay where they are, as the meter refers to them.
  std::deque<Case> cases;
  // Outcomes for which none was found.
  size_t missing = 0;
};

// The meter has the cases that there are; the suggestions are added to it.
absl::StatusOr<Suggestions> SuggestCases(const CompiledCases& all,
                                         const Artifact& artifact,
                                         CoverageMeter* meter);

// As a table of cases: docs/cases.md.
std::string SuggestionTable(const Suggestions& suggestions);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_SUGGEST_H_
