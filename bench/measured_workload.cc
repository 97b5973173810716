#include "bench/measured_workload.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "bench/compiled_policies.h"
#include "bench/decision_point.h"
#include "bench/graph_walk.h"
#include "bench/verify_answers.h"
#include "compiler/folder.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr int kLogRounds = 7;

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

absl::Status CompareLog(DecisionPoint& logging, const Workload& workload,
                        const CompiledPolicies& policies,
                        const VerifiedAnswers& answers,
                        const MeasureOptions& options, MeasuredWorkload* out) {
  DecisionPointOptions silent;
  silent.log = false;
  ASSIGN_OR_RETURN(
      const std::unique_ptr<DecisionPoint> without,
      DecisionPoint::Open(policies.bytes, workload.entities, silent));
  InProcessOptions run = options.run;
  run.threads = 1;
  run.duration = options.run.duration / kLogRounds;
  std::vector<double> p50[2];
  for (int round = 0; round < kLogRounds; ++round) {
    for (const bool log : {round % 2 == 0, round % 2 != 0}) {
      ASSIGN_OR_RETURN(const InProcessResult result,
                       MeasureInProcess(log ? logging : *without,
                                        workload.requests, answers, run));
      p50[log].push_back(static_cast<double>(result.all().Percentile(50)));
    }
  }
  out->p50_without_log = Median(std::move(p50[0]));
  out->p50_with_log = Median(std::move(p50[1]));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MeasuredWorkload> MeasureWorkload(
    absl::string_view name, const MeasureOptions& options) {
  ASSIGN_OR_RETURN(const Workload workload,
                   MakeWorkload(name, options.workload));
  ASSIGN_OR_RETURN(PolicyFolder folder, MakePolicyFolder(workload.sources));
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledPolicies> policies,
                   CompileToMeasure(std::move(folder), /*fail_closed=*/true));
  MeasuredWorkload out;
  out.name = workload.name;
  out.rules = policies->artifact->policies().size();
  out.entities = workload.entities.size();
  out.requests = workload.requests.size();
  out.nodes = policies->size.nodes;
  out.graph_bytes = policies->size.bytes;
  out.artifact_bytes = policies->bytes.size();
  out.budget_splits = policies->compilation.splits_by_budget;
  out.tests = policies->size.tests;
  out.residual_tests = policies->residual_tests;
  out.compile_seconds = *policies->compile_seconds;
  out.load_seconds = policies->load_seconds;
  ASSIGN_OR_RETURN(const std::unique_ptr<DecisionPoint> point,
                   DecisionPoint::Open(policies->bytes, workload.entities, {}));
  // The reference evaluator takes a microsecond a rule.
  constexpr size_t kRulesToEvaluate = 5'000'000;
  const size_t stride =
      1 + out.rules * workload.requests.size() / kRulesToEvaluate;
  ASSIGN_OR_RETURN(const VerifiedAnswers answers,
                   VerifyAnswers(*point, policies->compilation,
                                 workload.entities, workload.requests, stride));
  out.verified_by_reference = answers.by_reference;
  ASSIGN_OR_RETURN(out.result, MeasureInProcess(*point, workload.requests,
                                                answers, options.run));
  if (options.walk_alone) {
    ASSIGN_OR_RETURN(
        out.walk_ns,
        MeasureGraphWalk(policies->artifact->graph(), workload.entities,
                         workload.requests, options.run.seed));
  }
  if (options.compare_log) {
    RETURN_IF_ERROR(
        CompareLog(*point, workload, *policies, answers, options, &out));
  }
  return out;
}

}  // namespace sekisho
