// Coverage for people at a terminal, for scripts, and for tools that show
// which lines of a source were covered.
#ifndef SEKISHO_ANALYSIS_CASES_COVERAGE_REPORT_H_
#define SEKISHO_ANALYSIS_CASES_COVERAGE_REPORT_H_

#include <string>

#include "analysis/cases/coverage.h"
#include "analysis/words.h"
#include "compiler/source/source.h"
#include "nlohmann/json.hpp"

namespace sekisho {

// One line of numbers, then every outcome that is not covered, with the reason.
std::string CoverageText(const SourceSet& sources, const CaseCoverage& coverage,
                         Language language);

// {percent, policies: {count, covered}, parts: .., outcomes: .., by_policy:
//  [{id, effect, file, line, determining, parts: [{column, text, file, line,
//    true, false, error, conditions: [{text, file, line, column, true, false,
//    error}]}]}]}, where an outcome is {seen, covered, possible, why?}.
nlohmann::ordered_json CoverageJson(const SourceSet& sources,
                                    const CaseCoverage& coverage);

// The format of lcov's tracefiles: a policy is a function, counted where it
// determined a decision, and the outcomes of a condition are the branches of
// its line, counted where they changed a decision. Conditions of a matrix row
// belong to the row's line. `folder` stands before the names of the sources.
std::string CoverageLcov(const SourceSet& sources, const CaseCoverage& coverage,
                         const std::string& folder);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_COVERAGE_REPORT_H_
