// `sekisho bench`: what decisions cost in process, on anyone's own data.
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/compiled_policies.h"
#include "bench/decision_point.h"
#include "bench/in_process.h"
#include "bench/latency_histogram.h"
#include "bench/machine.h"
#include "bench/request_file.h"
#include "bench/verify_answers.h"
#include "cli/command.h"
#include "cli/load_entities.h"
#include "compiler/folder.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/decide/clock.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct BenchCommand {
  std::string policies;
  std::string schema;
  std::string artifact;
  std::string entities;
  std::string requests;
  std::string directory;
  int threads = 1;
  double seconds = 3;
  uint64_t seed = 1;
  size_t stride = 1;
  bool cedar_mode = false;
  bool no_log = false;
  bool json = false;
};

struct Report {
  MeasuredOn machine;
  std::unique_ptr<CompiledPolicies> policies;
  size_t entities = 0;
  VerifiedAnswers answers;
  InProcessResult result;
};

absl::StatusOr<std::unique_ptr<CompiledPolicies>> ReadPolicies(
    const BenchCommand& command) {
  std::optional<PolicyFolder> folder;
  if (!command.policies.empty()) {
    ASSIGN_OR_RETURN(folder,
                     command.schema.empty()
                         ? LoadPolicyFolder(command.policies)
                         : LoadPolicies(command.policies, command.schema));
  }
  if (!command.artifact.empty()) {
    return LoadToMeasure(command.artifact, std::move(folder));
  }
  return CompileToMeasure(*std::move(folder), !command.cedar_mode);
}

absl::StatusOr<std::vector<RequestToMeasure>> ReadRequests(
    const BenchCommand& command, const Schema& schema) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(command.requests));
  absl::StatusOr<std::vector<RequestToMeasure>> requests =
      RequestsFromJson(json, &schema);
  if (!requests.ok()) {
    return absl::Status(
        requests.status().code(),
        absl::StrCat(command.requests, ": ", requests.status().message()));
  }
  const Value now = ClockContext(absl::Now());
  for (RequestToMeasure& each : *requests) {
    if (!DeclaresClock(schema, each.request.action)) continue;
    // What the request says replaces it.
    each.request.context = WithAdded(now, each.request.context);
  }
  return requests;
}

absl::StatusOr<Report> Measure(const BenchCommand& command) {
  Report report;
  report.machine = ThisMachine();
  ASSIGN_OR_RETURN(report.policies, ReadPolicies(command));
  const Schema& schema = report.policies->artifact->schema();
  ASSIGN_OR_RETURN(const std::vector<RequestToMeasure> requests,
                   ReadRequests(command, schema));
  ASSIGN_OR_RETURN(const std::vector<Entity> entities,
                   ReadEntities(command.entities, schema));
  report.entities = entities.size();
  DecisionPointOptions options;
  options.log = !command.no_log;
  options.directory = command.directory;
  ASSIGN_OR_RETURN(
      const std::unique_ptr<DecisionPoint> point,
      DecisionPoint::Open(report.policies->bytes, entities, options));
  ASSIGN_OR_RETURN(report.answers,
                   VerifyAnswers(*point, report.policies->compilation, entities,
                                 requests, command.stride));
  InProcessOptions run;
  run.threads = command.threads;
  run.duration = absl::Seconds(command.seconds);
  run.seed = command.seed;
  ASSIGN_OR_RETURN(report.result,
                   MeasureInProcess(*point, requests, report.answers, run));
  return report;
}

nlohmann::ordered_json ToJson(const LatencyHistogram& latencies) {
  return {{"count", latencies.count()},
          {"p50", latencies.Percentile(50)},
          {"p90", latencies.Percentile(90)},
          {"p99", latencies.Percentile(99)},
          {"p99_9", latencies.Percentile(99.9)},
          {"max", latencies.max()},
          {"mean", latencies.mean()}};
}

void PrintJson(const BenchCommand& command, const Report& report) {
  const CompiledPolicies& policies = *report.policies;
  const InProcessResult& result = report.result;
  nlohmann::ordered_json json = {
      {"machine",
       {{"cpu", report.machine.cpu},
        {"cores", report.machine.cores},
        {"compiler", report.machine.compiler},
        {"release", report.machine.release},
        {"load", report.machine.load}}},
      {"policies",
       {{"hash", policies.artifact->hash()},
        {"count", policies.artifact->policies().size()},
        {"nodes", policies.size.nodes},
        {"graph_bytes", policies.size.bytes},
        {"tests", policies.size.tests},
        {"residual_tests", policies.residual_tests},
        {"worst_nodes", policies.size.worst_nodes},
        {"load_seconds", policies.load_seconds}}},
      {"entities", report.entities},
      {"requests",
       {{"count", report.answers.permitted.size()},
        {"permits", report.answers.permits},
        {"verified_by_reference", report.answers.by_reference},
        {"verified_by_file", report.answers.by_file}}},
      {"log", !command.no_log},
      {"threads", command.threads},
      {"seconds", command.seconds},
      {"seed", command.seed},
      {"timer_ns", result.timer_cost_ns},
      {"latency_ns",
       {{"all", ToJson(result.all())},
        {"permits", ToJson(result.permits)},
        {"denials", ToJson(result.denials)}}},
      {"decisions_per_second", result.decisions_per_second},
      {"allocations_per_decision", result.allocations_per_decision}};
  if (policies.compile_seconds.has_value()) {
    json["policies"]["compile_seconds"] = *policies.compile_seconds;
    json["policies"]["budget_splits"] = policies.compilation.splits_by_budget;
  }
  if (result.scaling.has_value()) {
    json["scaling"] = {{"decisions", result.scaling->decisions},
                       {"registers", result.scaling->registers},
                       {"relative", result.scaling->relative()}};
  }
  std::cout << json.dump(2) << "\n";
}

std::string Line(absl::string_view name, const LatencyHistogram& latencies) {
  if (latencies.count() == 0) return absl::StrCat(name, "none\n");
  return absl::StrFormat("%s%9d%9d%9d%9d%11d%11.1f%12d\n", name,
                         latencies.Percentile(50), latencies.Percentile(90),
                         latencies.Percentile(99), latencies.Percentile(99.9),
                         latencies.max(), latencies.mean(), latencies.count());
}

void PrintPolicies(const CompiledPolicies& policies) {
  std::cout << absl::StrFormat(
      "policies   %d; %d nodes, %d bytes of graph, at most %d nodes a "
      "decision\n",
      policies.artifact->policies().size(), policies.size.nodes,
      policies.size.bytes, policies.size.worst_nodes);
  std::cout << absl::StrFormat(
      "residual   %d of %d tests evaluate `&&`, `||` or `if`",
      policies.residual_tests, policies.size.tests);
  if (policies.compile_seconds.has_value()) {
    std::cout << absl::StrFormat(
        ", %d states left to single policies by the node budget",
        policies.compilation.splits_by_budget);
  }
  std::cout << "\nload       "
            << absl::StrFormat("%.3f ms for %d bytes",
                               1000 * policies.load_seconds,
                               policies.bytes.size());
  if (policies.compile_seconds.has_value()) {
    std::cout << absl::StrFormat("; compiled in %.1f ms",
                                 1000 * *policies.compile_seconds);
  }
  std::cout << "\n";
}

void Print(const BenchCommand& command, const Report& report) {
  const VerifiedAnswers& answers = report.answers;
  const InProcessResult& result = report.result;
  std::cout << "machine    " << ToString(report.machine) << "\n";
  PrintPolicies(*report.policies);
  std::cout << absl::StrFormat(
      "requests   %d, of which %d are permitted, over %d entities; "
      "seed %d\n",
      answers.permitted.size(), answers.permits, report.entities, command.seed);
  std::cout << absl::StrFormat(
      "verified   %d of %d answers by the reference evaluator, %d by the "
      "file\n",
      answers.by_reference, answers.permitted.size(), answers.by_file);
  std::cout << absl::StrFormat(
      "measured   %d thread%s, %g s, log %s; timer %d ns, subtracted\n\n",
      command.threads, command.threads == 1 ? "" : "s", command.seconds,
      command.no_log ? "off" : "on in group mode", result.timer_cost_ns);
  std::cout << "ns               p50      p90      p99    p99.9        max"
               "       mean       count\n"
            << Line("decisions   ", result.all())
            << Line("  permits   ", result.permits)
            << Line("  denials   ", result.denials)
            << absl::StrFormat(
                   "\n%.0f decisions/s, %.2f heap allocations a decision\n",
                   result.decisions_per_second,
                   result.allocations_per_decision);
  if (result.scaling.has_value()) {
    std::cout << absl::StrFormat(
        "%d threads decide %.2f times what one does, a loop in registers "
        "%.2f times: %.2f of it\n",
        command.threads, result.scaling->decisions, result.scaling->registers,
        result.scaling->relative());
  }
}

int Run(const BenchCommand& command) {
  const absl::StatusOr<Report> report = Measure(command);
  if (!report.ok()) {
    std::cerr << "error: " << report.status().message() << "\n";
    return kExitFailed;
  }
  if (command.json) {
    PrintJson(command, *report);
  } else {
    Print(command, *report);
  }
  return kExitOk;
}

}  // namespace

void AddBenchCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<BenchCommand>();
  CLI::App* bench = app->add_subcommand(
      "bench",
      "Verify the decisions on many requests, then measure what they cost in "
      "process");
  CLI::Option* policies =
      bench
          ->add_option("-p,--policies", command->policies,
                       "A policy folder, or a file of policies")
          ->check(CLI::ExistingPath);
  bench
      ->add_option("--schema", command->schema,
                   "The schema, in place of the folder's")
      ->check(CLI::ExistingFile)
      ->needs(policies);
  CLI::Option* artifact =
      bench
          ->add_option("-a,--artifact", command->artifact,
                       "Measure this compiled policy; it must be that of "
                       "--policies, where given")
          ->check(CLI::ExistingFile);
  bench
      ->add_option("-e,--entities", command->entities,
                   "Entities as JSON in Cedar's form")
      ->check(CLI::ExistingFile);
  bench
      ->add_option("-r,--requests", command->requests,
                   "Requests as in the public Cedar conformance format; a "
                   "`decision` they have is verified")
      ->required();
  bench->add_option("--threads", command->threads, "How many decide at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  bench
      ->add_option("--seconds", command->seconds,
                   "How long latency is measured, and then throughput")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  bench->add_option("--seed", command->seed, "Decides the order of requests")
      ->capture_default_str();
  bench
      ->add_option("--verify-every", command->stride,
                   "Hold only every so many answers to the reference "
                   "evaluator, which takes a microsecond a policy")
      ->check(CLI::Range(size_t{1}, size_t{1} << 40))
      ->capture_default_str();
  bench
      ->add_option("--directory", command->directory,
                   "Where the store and the log are while it runs; by default "
                   "in that of temporary files")
      ->check(CLI::ExistingDirectory);
  bench->add_flag("--no-log", command->no_log, "Decide without a log");
  bench
      ->add_flag("--cedar-mode", command->cedar_mode,
                 "Skip forbids that cannot be evaluated, as Cedar does, "
                 "instead of denying")
      ->excludes(artifact);
  bench->add_flag("--json", command->json, "Print the figures as JSON");
  bench->callback([command, policies, artifact, status] {
    if (policies->count() + artifact->count() == 0) {
      throw CLI::RequiredError("--policies or --artifact");
    }
    *status = Run(*command);
  });
}

}  // namespace sekisho
