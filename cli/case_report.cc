#include "cli/case_report.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/cases/coverage_report.h"
#include "engine/base/utf8.h"
#include "engine/model/cause.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

std::string PlaceOf(const CaseReport& report, const Case& c) {
  const SourceSet& sources = report.all->case_sources;
  return absl::StrCat(sources.name(c.span.source), ":", sources.LineOf(c.span));
}

std::string Indented(absl::string_view text, absl::string_view by) {
  std::string out;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!line.empty()) absl::StrAppend(&out, by, line, "\n");
  }
  return out;
}

std::string FailureText(const ReportedCase& reported) {
  const Case& c = *reported.of;
  std::string out = absl::StrCat("request: ", RequestToJson(c.request), "\n");
  if (!c.change.empty()) absl::StrAppend(&out, "change:  ", c.change, "\n");
  for (const std::string& mismatch : reported.result.mismatches) {
    absl::StrAppend(&out, mismatch, "\n");
  }
  absl::StrAppend(&out, Indented(reported.explanation, "  "));
  return out;
}

nlohmann::ordered_json CaseJson(const CaseReport& report,
                                const ReportedCase& reported) {
  const Case& c = *reported.of;
  const CaseResult& result = reported.result;
  const SourceSet& sources = report.all->case_sources;
  nlohmann::ordered_json json = {
      {"request_name", c.request_name},
      {"case", c.name},
      {"column", c.column},
      {"change", c.change},
      {"file", std::string(sources.name(c.span.source))},
      {"line", sources.LineOf(c.span)},
      {"expected", ExpectationText(c)},
      {"found", AnswerText(*report.artifact, result.answer)},
      {"passed", result.passed()},
  };
  if (result.answer.ok()) {
    json["cause"] = CauseName(result.answer->cause);
  }
  if (result.passed()) return json;
  json["request"] = nlohmann::ordered_json::parse(RequestToJson(c.request));
  json["mismatches"] = result.mismatches;
  json["explanation"] = reported.explanation;
  return json;
}

// What XML has no place for becomes U+FFFD.
std::string XmlText(absl::string_view text) {
  std::string out;
  for (size_t offset = 0; offset < text.size();) {
    const char32_t c = NextCodePoint(text, &offset);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n' || c == '\t' || c == '\r') {
      absl::StrAppend(&out, "&#", static_cast<uint32_t>(c), ";");
    } else if (c < 0x20 || c == 0xFFFE || c == 0xFFFF) {
      out += "\xEF\xBF\xBD";
    } else {
      AppendUtf8(c, &out);
    }
  }
  return out;
}

}  // namespace

std::string ReportText(const CaseReport& report, bool all) {
  std::string out;
  for (const ReportedCase& reported : report.cases) {
    const Case& c = *reported.of;
    if (!reported.result.passed()) {
      absl::StrAppend(&out, "FAILED  ", c.Label(), "  ", PlaceOf(report, c),
                      "\n", Indented(FailureText(reported), "  "), "\n");
    } else if (all) {
      absl::StrAppend(&out, "passed  ", c.Label(), "  ", PlaceOf(report, c),
                      "  ", ExpectationText(c), "\n");
    }
  }
  absl::StrAppend(&out, report.cases.size(),
                  " cases: ", report.cases.size() - report.failed(),
                  " passed, ", report.failed(), " failed");
  if (report.left_out > 0) {
    absl::StrAppend(&out, " (", report.left_out, " left out)");
  }
  out += "\n";
  if (report.near_misses) {
    absl::StrAppend(&out, report.near_misses->cases.size(),
                    " of them are near misses that were generated; for ",
                    report.near_misses->missing,
                    " conditions none was found, and ",
                    report.near_misses->permits_without_case,
                    " permits have no case that they alone permit\n");
  }
  return out;
}

nlohmann::ordered_json ReportJson(const CaseReport& report) {
  nlohmann::ordered_json cases = nlohmann::ordered_json::array();
  for (const ReportedCase& reported : report.cases) {
    cases.push_back(CaseJson(report, reported));
  }
  nlohmann::ordered_json json = {
      {"folder", report.folder},
      {"policy_hash", report.artifact->hash()},
      {"passed", report.cases.size() - report.failed()},
      {"failed", report.failed()},
      {"left_out", report.left_out},
      {"cases", std::move(cases)},
  };
  if (report.near_misses) {
    json["near_misses"] = {
        {"generated", report.near_misses->cases.size()},
        {"missing", report.near_misses->missing},
        {"permits_without_case", report.near_misses->permits_without_case}};
  }
  if (report.coverage) {
    json["coverage"] =
        CoverageJson(report.all->folder.sources, *report.coverage);
  }
  if (report.mutants) {
    json["mutation"] = MutationJson(report.all->folder.sources,
                                    *report.coverage, *report.mutants);
  }
  return json;
}

std::string ReportJUnit(const CaseReport& report) {
  absl::btree_map<SourceId, std::vector<const ReportedCase*>> suites;
  for (const ReportedCase& reported : report.cases) {
    suites[reported.of->span.source].push_back(&reported);
  }
  std::string out = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"",
      report.cases.size(), "\" failures=\"", report.failed(), "\">\n");
  for (const auto& [source, cases] : suites) {
    const std::string name = XmlText(report.all->case_sources.name(source));
    const auto failures = std::count_if(
        cases.begin(), cases.end(),
        [](const ReportedCase* c) { return !c->result.passed(); });
    absl::StrAppend(&out, "  <testsuite name=\"", name, "\" tests=\"",
                    cases.size(), "\" failures=\"", failures, "\">\n");
    for (const ReportedCase* reported : cases) {
      const Case& c = *reported->of;
      absl::StrAppend(
          &out, "    <testcase classname=\"", XmlText(report.folder),
          "\" name=\"",
          XmlText(c.change.empty() ? c.Label()
                                   : absl::StrCat(c.Label(), ": ", c.change)),
          "\" file=\"", name, "\" line=\"",
          report.all->case_sources.LineOf(c.span), "\"");
      if (reported->result.passed()) {
        out += "/>\n";
        continue;
      }
      absl::StrAppend(&out, ">\n      <failure message=\"",
                      XmlText(absl::StrJoin(reported->result.mismatches, "; ")),
                      "\">", XmlText(FailureText(*reported)),
                      "</failure>\n    </testcase>\n");
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace sekisho
