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
  CaseReport report{folder, &all, &artifact, {}, 0, {}, {}};
  CaseRunner runner(artifact, all.set);
  std::optional<CoverageMeter> meter;
  if (options.coverage) meter.emplace(all.compilation, all.set);
  for (const Case& c : all.set.cases) {
    if (!options.is_wanted(c)) {
      ++report.left_out;
      continue;
    }
    ReportedCase reported{&c, runner.Run(c), ""};
    if (reported.result.answer.ok()) {
      if (!reported.result.passed()) {
        reported.explanation =
            WhyDecidedSo(artifact, c, runner.EntitiesOf(c), options.language);
      }
      if (meter) RETURN_IF_ERROR(meter->Add(c, *reported.result.answer));
    }
    report.cases.push_back(std::move(reported));
  }
  if (meter) report.coverage = meter->Finish();
  if (options.mutants) RETURN_IF_ERROR(AddMutants(&report));
  return report;
}

}  // namespace sekisho
