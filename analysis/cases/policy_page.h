// A policy folder as one HTML page: the matrix, the rules, the cases, and what
// of the rules the cases show. Everything that comes from sources is escaped.
#ifndef SEKISHO_ANALYSIS_CASES_POLICY_PAGE_H_
#define SEKISHO_ANALYSIS_CASES_POLICY_PAGE_H_

#include <string>

#include "analysis/cases/report.h"
#include "analysis/words.h"

namespace sekisho {

// Each cell of the matrix leads to what it was read to mean, its findings and
// correction, its conditions, and the cases that show them. A page without
// cases, or without coverage, leaves out what they would say. `language` is the
// one that the page opens in; it has both.
std::string PolicyPage(const CaseReport& report, Language language);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_POLICY_PAGE_H_
