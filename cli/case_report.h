// The results of cases as `sekisho test` prints them: for people, as JSON, and
// as JUnit XML.
#ifndef SEKISHO_CLI_CASE_REPORT_H_
#define SEKISHO_CLI_CASE_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "analysis/cases/coverage.h"
#include "analysis/cases/mutate.h"
#include "analysis/cases/run_cases.h"
#include "compiler/cases/compiled_cases.h"
#include "nlohmann/json.hpp"

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
  // Cases that the filter left out.
  size_t left_out = 0;
  // Of the cases that were run, if it was wanted.
  std::optional<CaseCoverage> coverage;
  std::optional<MutationReport> mutants;

  size_t failed() const;
};

// Of each case that failed: the request, what was expected, and what happened;
// with `all`, one line of the others too. Then the numbers.
std::string ReportText(const CaseReport& report, bool all);
nlohmann::ordered_json ReportJson(const CaseReport& report);
// One test suite for each table.
std::string ReportJUnit(const CaseReport& report);

}  // namespace sekisho

#endif  // SEKISHO_CLI_CASE_REPORT_H_
