// The matrix of a policy folder as HTML.
#ifndef SEKISHO_ANALYSIS_CASES_MATRIX_HTML_H_
#define SEKISHO_ANALYSIS_CASES_MATRIX_HTML_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "analysis/cases/report.h"
#include "analysis/cases/rule_html.h"
#include "compiler/matrix/read.h"

namespace sekisho {

class MatrixHtml {
 public:
  // Both must outlive this object.
  // REQUIRES: the folder has a matrix.
  MatrixHtml(const CaseReport& report, const CaseNumbers& cases);

  // The table; its cells lead to those of Row.
  std::string Table() const;
  // A section for each row: its cells one by one, and its rule.
  std::string Rows() const;

 private:
  // What `data-item` says of a row: the states that the page filters by.
  std::string States(size_t row) const;
  const PolicyCoverage* CoverageOf(size_t row) const;
  CoverageCount CountCell(size_t row, size_t column) const;
  std::vector<const Finding*> FindingsOf(size_t row,
                                         const std::string& column) const;
  std::string CellLink(size_t row, size_t column) const;
  std::string CellHtml(size_t row, size_t column) const;
  std::string FindingHtml(const Finding& finding) const;

  const CaseNumbers& cases_;
  const SourceSet& sources_;
  const MatrixReading& matrix_;
  // By id of the policy.
  absl::flat_hash_map<std::string, const PolicyCoverage*> coverage_;
  // By row.
  std::vector<std::vector<const Finding*>> findings_;
  // Requests of cases that failed.
  absl::flat_hash_set<std::string> failed_;
};

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_MATRIX_HTML_H_
