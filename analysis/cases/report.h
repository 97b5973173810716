// What running the cases of a policy folder showed: for whoever prints it.
#ifndef SEKISHO_ANALYSIS_CASES_REPORT_H_
#define SEKISHO_ANALYSIS_CASES_REPORT_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/cases/coverage.h"
#include "analysis/cases/mutate.h"
#include "analysis/cases/near_misses.h"
#include "analysis/cases/run_cases.h"
#include "analysis/words.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/graph/artifact.h"

namespace sekisho {

struct ReportedCase {
  const Case* of = nullptr;
  CaseResult result;
  // Of a case that failed: why it was decided so, in words.
  std::string explanation;
};

struct CaseReport {
  // As the user gave it.
  std::string folder;
  const CompiledCases* all = nullptr;
  const Artifact* artifact = nullptr;
  std::vector<ReportedCase> cases;
  // Cases that were not wanted.
  size_t left_out = 0;
  // Of the cases that were run, if it was wanted.
  std::optional<CaseCoverage> coverage;
  std::optional<MutationReport> mutants;
  // If they were wanted; those that were run are among the cases.
  std::optional<NearMisses> near_misses;

  size_t failed() const;
};

struct ReportOptions {
  // Which cases to run.
  std::function<bool(const Case&)> is_wanted = [](const Case&) { return true; };
  // Of explanations.
  Language language = Language::kEnglish;
  bool coverage = false;
  // Needs coverage, and cases that pass: FailedPrecondition otherwise.
  bool mutants = false;
  // Generate near misses and run them as cases; they cover nothing.
  bool near_misses = false;
};

// `all` and `artifact`, which was compiled from it, must outlive the report.
absl::StatusOr<CaseReport> MakeReport(const std::string& folder,
                                      const CompiledCases& all,
                                      const Artifact& artifact,
                                      const ReportOptions& options);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_REPORT_H_
