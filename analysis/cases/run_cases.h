// The cases of a policy folder, run: each decided by the compiled graph and
// held to what it expects.
//
//   CaseRunner runner(artifact, all->set);
//   for (const Case& c : all->set.cases) {
//     CaseResult result = runner.Run(c);
//     if (!result.passed()) Print(result.mismatches);
//   }
//
// Runners are not thread-safe. Tests: tests/cases and tests/cli/test_test.cc.
#ifndef SEKISHO_ANALYSIS_CASES_RUN_CASES_H_
#define SEKISHO_ANALYSIS_CASES_RUN_CASES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/cases/cases.h"
#include "engine/decide/oblige.h"
#include "engine/entities/memory.h"
#include "engine/eval/decision.h"
#include "engine/graph/artifact.h"
#include "engine/model/entity.h"

namespace sekisho {

// The population as a case finds it.
class CaseEntities : public EntityReader {
 public:
  // All must outlive this object.
  CaseEntities(MemoryEntities* population, const Case* c)
      : population_(*population), case_(*c) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;

 private:
  MemoryEntities& population_;
  const Case& case_;
};

struct CaseResult {
  // InvalidArgument if the request does not fit the schema.
  absl::StatusOr<Decision> answer;
  // Of a decision.
  Obliged obliged;
  // What is not as expected, a sentence each.
  std::vector<std::string> mismatches;

  bool passed() const { return mismatches.empty(); }
};

// What of `answer` is not as `c` expects.
std::vector<std::string> Mismatches(const Artifact& artifact, const Case& c,
                                    const absl::StatusOr<Decision>& answer,
                                    const Obliged& obliged);

class CaseRunner {
 public:
  // Both must outlive this object.
  CaseRunner(const Artifact& artifact, const CaseSet& set)
      : artifact_(artifact), population_(set.population) {}

  CaseResult Run(const Case& c);
  CaseEntities EntitiesOf(const Case& c) {
    return CaseEntities(&population_, &c);
  }

 private:
  const Artifact& artifact_;
  MemoryEntities population_;
};

// `permit by ①-1, ①-2`, `deny: not covered`, `invalid: context.x: ..`.
std::string AnswerText(const Artifact& artifact,
                       const absl::StatusOr<Decision>& answer);
// The same of what a case expects.
std::string ExpectationText(const Case& c);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_RUN_CASES_H_
