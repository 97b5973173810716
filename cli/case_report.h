// The results of cases as `sekisho test` prints them: for people, as JSON, and
// as JUnit XML.
#ifndef SEKISHO_CLI_CASE_REPORT_H_
#define SEKISHO_CLI_CASE_REPORT_H_

#include <string>

#include "analysis/cases/report.h"
#include "nlohmann/json.hpp"

namespace sekisho {

// Of each case that failed: the request, what was expected, and what happened;
// with `all`, one line of the others too. Then the numbers.
std::string ReportText(const CaseReport& report, bool all);
nlohmann::ordered_json ReportJson(const CaseReport& report);
// One test suite for each table.
std::string ReportJUnit(const CaseReport& report);

}  // namespace sekisho

#endif  // SEKISHO_CLI_CASE_REPORT_H_
