#include "analysis/cases/matrix_html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/cases/html.h"
#include "compiler/cedar/printer.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/usecases.h"

namespace sekisho {
namespace {

std::string Text(absl::string_view text) {
  return absl::StrCat("<span class=\"text\">", Html(text), "</span>");
}

// The cell as it was read, in both languages.
std::string CellText(const MatrixReading& matrix, size_t row, size_t column) {
  const CellReading& cell = matrix.rows[row].cells[column];
  const std::string english = EnglishOf(matrix, cell);
  return InBoth(english.empty() ? cell.text.text : english, cell.text.text);
}

std::string ColumnText(const Column& column) {
  return InBoth(column.english, column.Label());
}

}  // namespace

MatrixHtml::MatrixHtml(const CaseReport& report, const CaseNumbers& cases)
    : cases_(cases),
      sources_(report.all->folder.sources),
      matrix_(*report.all->compilation.matrix),
      findings_(matrix_.rows.size()) {
  if (report.coverage) {
    for (const PolicyCoverage& policy : report.coverage->policies) {
      coverage_.emplace(policy.policy->id, &policy);
    }
  }
  for (const Finding& finding : matrix_.findings) {
    for (size_t row = finding.rows.begin; row < finding.rows.end; ++row) {
      findings_[row].push_back(&finding);
    }
  }
  for (const ReportedCase& reported : report.cases) {
    if (!reported.result.passed()) failed_.insert(reported.of->request_name);
  }
}

const PolicyCoverage* MatrixHtml::CoverageOf(size_t row) const {
  const auto it =
      coverage_.find(std::string(matrix_.matrix.rows[row].number.text));
  return it == coverage_.end() ? nullptr : it->second;
}

CoverageCount MatrixHtml::CountCell(size_t row, size_t column) const {
  CoverageCount count;
  const PolicyCoverage* policy = CoverageOf(row);
  if (policy == nullptr) return count;
  for (size_t part = 0; part < policy->tree.parts.size(); ++part) {
    if (policy->tree.parts[part].column != matrix_.matrix.columns[column].key) {
      continue;
    }
    const CoverageCount of_part = CountPart(*policy, part);
    count.goals += of_part.goals;
    count.covered += of_part.covered;
  }
  return count;
}

std::vector<const Finding*> MatrixHtml::FindingsOf(
    size_t row, const std::string& column) const {
  std::vector<const Finding*> findings;
  for (const Finding* finding : findings_[row]) {
    if (finding->column == column) findings.push_back(finding);
  }
  return findings;
}

std::string MatrixHtml::States(size_t row) const {
  std::vector<std::string> states;
  const PolicyCoverage* policy = CoverageOf(row);
  if (policy != nullptr) {
    const CoverageCount count = CountPolicy(*policy);
    if (count.covered < count.goals) states.push_back("gap");
  }
  if (failed_.contains(std::string(matrix_.matrix.rows[row].number.text))) {
    states.push_back("failed");
  }
  if (!findings_[row].empty()) states.push_back("finding");
  for (const CellReading& cell : matrix_.rows[row].cells) {
    if (cell.correction == nullptr) continue;
    states.push_back("corrected");
    break;
  }
  return absl::StrJoin(states, " ");
}

std::string MatrixHtml::CellLink(size_t row, size_t column) const {
  const CoverageCount count = CountCell(row, column);
  const CellReading& cell = matrix_.rows[row].cells[column];
  std::string marks;
  if (!FindingsOf(row, matrix_.matrix.columns[column].key).empty()) {
    absl::StrAppend(&marks, "<span class=\"mark\" role=\"img\" aria-label=\"",
                    "finding\">!</span> ");
  }
  if (cell.correction != nullptr) {
    absl::StrAppend(&marks, "<span class=\"mark\" role=\"img\" aria-label=\"",
                    "correction\">✎</span> ");
  }
  return absl::StrCat("<td class=\"", count.css_class(), "\"><a href=\"#c-",
                      row, "-", column, "\">", marks,
                      CellText(matrix_, row, column), "</a></td>");
}

std::string MatrixHtml::Table() const {
  std::string out = absl::StrCat(
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"matrix\"><thead>"
      "<tr><th>",
      InBoth("use case", "ユースケース"), "</th>");
  for (const Column& column : matrix_.matrix.columns) {
    absl::StrAppend(&out, "<th>", ColumnText(column), "</th>");
  }
  out += "</tr></thead><tbody>\n";
  for (size_t row = 0; row < matrix_.rows.size(); ++row) {
    absl::StrAppend(&out, "<tr data-item=\"row ", States(row),
                    "\"><td class=\"number\"><a href=\"#r-", row, "\">",
                    Html(matrix_.matrix.rows[row].number.text), "</a></td>");
    for (size_t column = 0; column < matrix_.matrix.columns.size(); ++column) {
      out += CellLink(row, column);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string MatrixHtml::FindingHtml(const Finding& finding) const {
  return absl::StrCat("<p><span class=\"mark\">!</span> ",
                      Html(FindingKindName(finding.kind)), ": ",
                      Text(finding.message), " <span class=\"soft\">",
                      Html(PlaceText(sources_, finding.span)), "</span></p>\n");
}

std::string MatrixHtml::CellHtml(size_t row, size_t column) const {
  const Column& of_column = matrix_.matrix.columns[column];
  const CellReading& cell = matrix_.rows[row].cells[column];
  const TableCell& printed = matrix_.matrix.rows[row].cells[column];
  std::string out =
      absl::StrCat("<div class=\"cell\" id=\"c-", row, "-", column, "\"><h3>",
                   ColumnText(of_column), "</h3>\n<p class=\"text\">",
                   Html(printed.text), "<br><span class=\"soft\">",
                   Html(EnglishOf(matrix_, cell)), "</span></p>\n");
  if (cell.correction != nullptr) {
    absl::StrAppend(&out, "<p><span class=\"mark\">✎</span> ",
                    InBoth("read as ", "読み替え: "), Text(cell.text.text),
                    " <span class=\"soft\">", Html(cell.correction->reason),
                    "</span></p>\n");
  }
  for (const Finding* finding : FindingsOf(row, of_column.key)) {
    out += FindingHtml(*finding);
  }
  const PolicyCoverage* policy = CoverageOf(row);
  if (policy == nullptr) {
    if (cell.meaning.condition != nullptr) {
      absl::StrAppend(&out, "<pre class=\"text\">",
                      Html(PrintExpression(*cell.meaning.condition)),
                      "</pre>\n");
    }
    return out + "</div>\n";
  }
  std::vector<size_t> parts;
  std::string rule;
  for (size_t part = 0; part < policy->tree.parts.size(); ++part) {
    if (policy->tree.parts[part].column != of_column.key) continue;
    parts.push_back(part);
    absl::StrAppend(&rule, rule.empty() ? "" : "\n", PartHtml(*policy, part));
  }
  if (!parts.empty()) {
    absl::StrAppend(&out, "<pre class=\"text\">", rule, "</pre>\n",
                    OutcomesHtml(*policy, parts, cases_));
  }
  return out + "</div>\n";
}

std::string MatrixHtml::Rows() const {
  std::string out;
  for (size_t row = 0; row < matrix_.rows.size(); ++row) {
    const MatrixRow& printed = matrix_.matrix.rows[row];
    const PolicyCoverage* policy = CoverageOf(row);
    std::string covered;
    if (policy != nullptr) {
      const CoverageCount count = CountPolicy(*policy);
      covered = absl::StrCat(" <span class=\"", count.css_class(), "\">",
                             count.covered, " / ", count.goals, "</span>");
    }
    absl::StrAppend(
        &out, "<details id=\"r-", row, "\" data-item=\"rule ", States(row),
        "\"><summary><b>", Html(printed.number.text), "</b> ",
        Text(printed.service.text), covered, " <span class=\"soft\">",
        Html(PlaceText(sources_, printed.number.span)), "</span></summary>\n");
    for (const Finding* finding : findings_[row]) {
      if (FindColumn(matrix_.matrix.columns, finding->column)) continue;
      out += FindingHtml(*finding);
    }
    for (size_t column = 0; column < matrix_.matrix.columns.size(); ++column) {
      out += CellHtml(row, column);
    }
    out += "</details>\n";
  }
  return out;
}

}  // namespace sekisho
