#include "analysis/cases/policy_page.h"

#include <cstddef>
#include <numeric>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/cases/coverage_gaps.h"
#include "analysis/cases/html.h"
#include "analysis/cases/matrix_html.h"
#include "analysis/cases/rule_html.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

class Page {
 public:
  explicit Page(const CaseReport& report)
      : report_(report), sources_(report.all->folder.sources) {
    for (size_t i = 0; i < report.cases.size(); ++i) {
      numbers_.emplace(report.cases[i].of, i);
    }
  }

  std::string Body() const {
    std::string out = absl::StrCat(Header(), "<main>\n");
    if (report_.all->compilation.matrix) {
      const MatrixHtml matrix(report_, numbers_);
      absl::StrAppend(&out, "<h2>", InBoth("Matrix", "マトリクス"), "</h2>\n",
                      Key(), matrix.Table(), "<h2>",
                      InBoth("Use cases", "ユースケース"), "</h2>\n",
                      matrix.Rows());
    } else if (report_.coverage) {
      out += Key();
    }
    return absl::StrCat(out, Rules(), Survivors(), Cases(), "</main>\n");
  }

 private:
  std::string Header() const {
    std::string numbers = absl::StrCat(
        report_.cases.size() - report_.failed(), " / ", report_.cases.size(),
        " ", InBoth("cases passed", "件のケースが合格"));
    if (report_.coverage) {
      const CoverageTotals totals = report_.coverage->Totals();
      absl::StrAppend(
          &numbers, " · ", InBoth("coverage", "網羅率"),
          absl::StrFormat(" %.1f %% (%d / %d)", totals.percent(),
                          totals.outcomes_covered, totals.outcomes));
    }
    if (report_.mutants) {
      absl::StrAppend(&numbers, " · ", InBoth("mutants caught", "検出変異"),
                      absl::StrFormat(" %.1f %%", report_.mutants->percent()));
    }
    std::string states;
    for (const auto& [state, english, japanese] :
         {std::tuple("", "all", "すべて"),
          std::tuple("gap", "not wholly covered", "網羅に不足あり"),
          std::tuple("failed", "failed", "不合格あり"),
          std::tuple("finding", "with findings", "指摘あり"),
          std::tuple("corrected", "corrected", "訂正あり")}) {
      // Options have no room for markup.
      absl::StrAppend(&states, "<option value=\"", state, "\">", english, " / ",
                      japanese, "</option>");
    }
    return absl::StrCat(
        "<header><h1 class=\"text\">", Html(report_.folder),
        "</h1>\n<div class=\"numbers\">", numbers, " · ",
        InBoth("policy", "ポリシー"), " <code>",
        Html(report_.artifact->hash().substr(0, 12)),
        "</code></div>\n<div class=\"tools\"><label>", InBoth("search", "検索"),
        " <input id=\"search\" type=\"search\"></label><label>",
        InBoth("show", "表示"), " <select id=\"state\">", states,
        "</select></label><span class=\"soft\"><output id=\"shown\"></output> ",
        InBoth("shown", "件表示"),
        "</span><button id=\"language\" type=\"button\">",
        "<span class=\"en\" lang=\"ja\">日本語</span>"
        "<span class=\"ja\" lang=\"en\">English</span></button></div></header>"
        "\n");
  }

  std::string Key() const {
    std::string out = "<p class=\"key\">";
    if (report_.coverage) {
      absl::StrAppend(&out, "<span class=\"full\">", InBoth("covered", "網羅"),
                      "</span> <span class=\"part\">",
                      InBoth("in part", "一部"),
                      "</span> <span class=\"none\">",
                      InBoth("not covered", "未網羅"), "</span> ");
    }
    return absl::StrCat(
        out, "<span class=\"na\">", InBoth("no condition", "条件なし"),
        "</span> <b class=\"mark\">!</b> ", InBoth("finding", "指摘"),
        " <b class=\"mark\">✎</b> ", InBoth("correction", "訂正"), "</p>\n");
  }

  bool IsRow(const Policy& policy) const {
    const auto& matrix = report_.all->compilation.matrix;
    return matrix && matrix->matrix.source == policy.span.source;
  }

  // The policies of rule files.
  std::string Rules() const {
    if (!report_.coverage) return "";
    std::string out;
    for (size_t i = 0; i < report_.coverage->policies.size(); ++i) {
      const PolicyCoverage& policy = report_.coverage->policies[i];
      if (IsRow(*policy.policy)) continue;
      const CoverageCount count = CountPolicy(policy);
      absl::StrAppend(&out, "<details open id=\"p-", i, "\" data-item=\"rule",
                      count.covered < count.goals ? " gap" : "",
                      "\"><summary><b>", Html(policy.policy->id),
                      "</b> <span class=\"", count.css_class(), "\">",
                      count.covered, " / ", count.goals,
                      "</span> <span class=\"soft\">",
                      Html(sources_.name(policy.policy->span.source)), ":",
                      sources_.LineOf(policy.policy->span),
                      "</span></summary>\n<pre class=\"text\">",
                      SourceHtml(sources_, policy), "</pre>\n");
      std::vector<size_t> parts(policy.tree.parts.size());
      std::iota(parts.begin(), parts.end(), size_t{0});
      absl::StrAppend(&out, OutcomesHtml(policy, parts, numbers_),
                      "</details>\n");
    }
    return out.empty() ? ""
                       : absl::StrCat("<h2>", InBoth("Rules", "ルール"),
                                      "</h2>\n", out);
  }

  std::string Survivors() const {
    if (!report_.mutants) return "";
    std::string out;
    for (const Mutant& mutant : report_.mutants->mutants) {
      if (mutant.fate != Mutant::Fate::kSurvived) continue;
      const PolicyCoverage& policy = report_.coverage->policies[mutant.policy];
      absl::StrAppend(
          &out, "<tr data-item=\"mutant gap\"><td>", Html(policy.policy->id),
          "</td><td>",
          mutant.kind == Mutant::Kind::kNegated ? InBoth("negated", "否定")
                                                : InBoth("dropped", "除去"),
          "</td><td><code class=\"text\">", Html(NodeText(policy, mutant.node)),
          "</code></td><td>",
          InBoth(SurvivalReason(policy, mutant, Language::kEnglish),
                 SurvivalReason(policy, mutant, Language::kJapanese)),
          "</td></tr>\n");
    }
    return out.empty() ? ""
                       : absl::StrCat("<h2>",
                                      InBoth("Mutants that no case notices",
                                             "どのケースも検出しない変異"),
                                      "</h2>\n<table>", out, "</table>\n");
  }

  std::string Cases() const {
    if (report_.cases.empty()) return "";
    std::string out = absl::StrCat(
        "<h2>", InBoth("Cases", "ケース"), "</h2>\n<table><tr><th>",
        InBoth("case", "ケース"), "</th><th>", InBoth("change", "変更"),
        "</th><th>", InBoth("expected", "期待"), "</th><th>",
        InBoth("found", "結果"), "</th></tr>\n");
    for (size_t i = 0; i < report_.cases.size(); ++i) {
      out += CaseHtml(i);
    }
    return out + "</table>\n";
  }

  std::string CaseHtml(size_t index) const {
    const ReportedCase& reported = report_.cases[index];
    const Case& c = *reported.of;
    const bool passed = reported.result.passed();
    const SourceSet& sources = report_.all->case_sources;
    std::string failure;
    if (!passed) {
      failure =
          absl::StrCat("<pre class=\"text\">", Html(RequestToJson(c.request)),
                       "\n", Html(reported.explanation), "</pre>");
    }
    return absl::StrCat(
        "<tr id=\"case-", index, "\" data-item=\"case", passed ? "" : " failed",
        "\"><td class=\"text\">", Html(c.Label()), "<br><span class=\"soft\">",
        Html(sources.name(c.span.source)), ":", sources.LineOf(c.span), " ",
        Html(c.note), "</span></td><td><code class=\"text\">", Html(c.change),
        "</code></td><td class=\"text\">", Html(ExpectationText(c)),
        "</td><td class=\"text ", passed ? "passed" : "failed", "\">",
        Html(AnswerText(*report_.artifact, reported.result.answer)), failure,
        "</td></tr>\n");
  }

  const CaseReport& report_;
  const SourceSet& sources_;
  CaseNumbers numbers_;
};

}  // namespace

std::string PolicyPage(const CaseReport& report, Language language) {
  return HtmlPage(report.folder, language, Page(report).Body());
}

}  // namespace sekisho
