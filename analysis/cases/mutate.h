// Mutation testing: whether the cases would notice if the policies were other
// ones. Each condition is negated, and is dropped, in turn; a mutant is caught
// if a case then fails.
//
//   ASSIGN_OR_RETURN(MutationReport report, TestMutants(*all, artifact, runs));
//   report.caught(), report.survivors() ...
//
// All mutants are compiled into one graph, as permits that report nothing but
// whether they are satisfied; a case is decided by it once, and what a mutant
// would do to the decision follows by Combine.
#ifndef SEKISHO_ANALYSIS_CASES_MUTATE_H_
#define SEKISHO_ANALYSIS_CASES_MUTATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/cases/coverage.h"
#include "analysis/words.h"
#include "compiler/cases/compiled_cases.h"
#include "compiler/source/source.h"
#include "engine/graph/artifact.h"
#include "nlohmann/json.hpp"

namespace sekisho {

struct Mutant {
  enum class Kind : uint8_t { kNegated, kDropped };
  enum class Fate : uint8_t {
    kSurvived,
    kCaught,
    // The checks of the compiler do not let it pass.
    kRefused,
    // The schema leaves the condition only the outcome that asks nothing, so
    // that dropping it is no change.
    kSame,
  };
  // Into CaseCoverage::policies, and a node of its tree.
  size_t policy = 0;
  uint32_t node = 0;
  Kind kind = Kind::kNegated;
  Fate fate = Fate::kSurvived;
  // kCaught: a case that fails.
  const Case* caught_by = nullptr;
};

struct MutationReport {
  // In the order of the policies.
  std::vector<Mutant> mutants;

  size_t Count(Mutant::Fate fate) const;
  // Caught ones, of these and the survivors; 100 if there are none.
  double percent() const;
};

// `cases` must pass as they are. `coverage` is that of these cases.
absl::StatusOr<MutationReport> TestMutants(
    const CompiledCases& all, const Artifact& artifact,
    const std::vector<const Case*>& cases, const CaseCoverage& coverage);

// Why no case notices the mutant: why its condition is not covered.
std::string SurvivalReason(const PolicyCoverage& policy, const Mutant& mutant,
                           Language language);

// One line of numbers, then the survivors, each with the reason.
std::string MutationText(const SourceSet& sources, const CaseCoverage& coverage,
                         const MutationReport& report, Language language);
nlohmann::ordered_json MutationJson(const SourceSet& sources,
                                    const CaseCoverage& coverage,
                                    const MutationReport& report);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_MUTATE_H_
