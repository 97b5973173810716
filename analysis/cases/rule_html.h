// A rule as HTML: its text with every condition coloured by its coverage, and
// what of each is not covered and why.
#ifndef SEKISHO_ANALYSIS_CASES_RULE_HTML_H_
#define SEKISHO_ANALYSIS_CASES_RULE_HTML_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analysis/cases/coverage.h"
#include "compiler/source/source.h"

namespace sekisho {

// By case: its number on the page.
using CaseNumbers = absl::flat_hash_map<const Case*, size_t>;

// A class of the style: `full`, `part` or `none` of its outcomes are covered;
// `na`: there is nothing to be covered.
struct CoverageCount {
  size_t goals = 0;
  size_t covered = 0;

  void Add(const NodeCoverage& node);
  const char* css_class() const;
};

// Of the atoms of a part, or of all.
CoverageCount CountPart(const PolicyCoverage& policy, size_t part);
CoverageCount CountPolicy(const PolicyCoverage& policy);

// The part as Cedar text.
std::string PartHtml(const PolicyCoverage& policy, size_t part);
// The policy as its source has it.
std::string SourceHtml(const SourceSet& sources, const PolicyCoverage& policy);
// A table of the conditions of some parts, and their outcomes.
std::string OutcomesHtml(const PolicyCoverage& policy,
                         const std::vector<size_t>& parts,
                         const CaseNumbers& cases);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_RULE_HTML_H_
