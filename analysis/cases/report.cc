#include "analysis/cases/report.h"

#include <algorithm>
#include <utility>

#include "analysis/explain.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

// Permits that an explanation names: a case is about one as a rule.
constexpr size_t kMaxNearest = 2;

std::string WhyDecidedSo(const Artifact& artifact, const Case& c,
                         CaseEntities entities, Language language) {
  ExplainOptions options;
  options.max_nearest = kMaxNearest;
  const absl::StatusOr<Explanation> explanation =
      Explain(artifact, c.request, entities, options);
  return explanation.ok() ? InWords(*explanation, language) : "";
}

absl::Status AddMutants(CaseReport* report) {
  if (report->failed() > 0) {
    return absl::FailedPreconditionError(
        "mutants are tested by cases that pass; some do not");
  }
  std::vector<const Case*> cases;
  for (const ReportedCase& reported : report->cases) {
    cases.push_back(reported.of);
  }
  ASSIGN_OR_RETURN(report->mutants, TestMutants(*report->all, *report->artifact,
                                                cases, *report->coverage));
  return absl::OkStatus();
}

}  // namespace

size_t CaseReport::failed() const {
  return static_cast<size_t>(
      std::count_if(cases.begin(), cases.end(),
                    [](const ReportedCase& c) { return !c.result.passed(); }));
}

absl::StatusOr<CaseReport> MakeReport(const std::string& folder,
                                      const CompiledCases& all,
                                      const Artifact& artifact,
                                      const ReportOptions& options) {
  CaseReport report;
  report.folder = folder;
  report.all = &all;
  report.artifact = &artifact;
  CaseRunner runner(artifact, all.set);
  std::optional<CoverageMeter> meter;
  if (options.coverage) meter.emplace(all.compilation, all.set);
  ConditionsInCases conditions(all, artifact);
  const auto run = [&](const Case& c) {
    ReportedCase reported{&c, runner.Run(c), ""};
    if (reported.result.answer.ok() && !reported.result.passed()) {
      reported.explanation =
          WhyDecidedSo(artifact, c, runner.EntitiesOf(c), options.language);
    }
    return reported;
  };
  for (const Case& c : all.set.cases) {
    if (!options.is_wanted(c)) {
      ++report.left_out;
      continue;
    }
    report.cases.push_back(run(c));
    std::optional<std::string> wrong;
    if (c.is_near_miss()) wrong = CheckNearMiss(all, c, &conditions);
    if (wrong) report.cases.back().result.mismatches.push_back(*wrong);
    const absl::StatusOr<Decision>& answer = report.cases.back().result.answer;
    if (meter && answer.ok()) RETURN_IF_ERROR(meter->Add(c, *answer));
  }
  if (meter) report.coverage = meter->Finish();
  if (options.mutants) RETURN_IF_ERROR(AddMutants(&report));
  if (!options.near_misses) return report;
  report.near_misses = GenerateNearMisses(all, artifact);
  for (const Case& c : report.near_misses->cases) {
    if (options.is_wanted(c)) report.cases.push_back(run(c));
  }
  return report;
}

}  // namespace sekisho
