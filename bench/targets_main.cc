// Measures what the project promises of its speed, and prints a line for each
// promise: pass, MISS, or why it was not measured.
//
//   bazel run --config=release //bench:targets -- --svg $PWD/cost.svg
//
// Exit status: 0 measured, whatever came out; 1 something failed, such as an
// answer that is wrong; 3 wrong command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bench/log_rates.h"
#include "bench/machine.h"
#include "bench/measured_workload.h"
#include "bench/plot.h"
#include "bench/served.h"
#include "bench/target_table.h"
#include "bench/workload.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct TargetOptions {
  double seconds = 3;
  double served_seconds = 10;
  int rounds = 7;
  size_t largest = 100'000;
  bool skip_served = false;
  bool served_only = false;
  std::string json;
  std::string svg;
  WorkloadOptions workload;
  ServedOptions served;
};

constexpr size_t kMatrices[] = {39, 1000, 10'000, 100'000};
// Of the median, in nanoseconds: a decision, and in it the walk.
struct DecisionTarget {
  size_t rows;
  double decision;
  double walk;
};
constexpr DecisionTarget kDecisionTargets[] = {{39, 400, 60},
                                               {10'000, 500, 200}};
constexpr size_t kPopulations[] = {100, 1000, 10'000, 100'000};
// How many rules the entities are plotted at.
constexpr char kPlottedMatrix[] = "matrix-1000";
// With so many rules at most.
constexpr std::pair<const char*, size_t> kOthers[] = {
    {"wildcards", 1000}, {"ranges", 1000}, {"groups", 1000},
    {"sets", 100},       {"likes", 200},   {"adversary", 600}};

std::string MatrixName(size_t rows) { return absl::StrCat("matrix-", rows); }

void Say(const std::string& what) { std::cerr << "targets: " << what << "\n"; }

class Targets {
 public:
  explicit Targets(const TargetOptions& options) : options_(options) {}

  absl::Status Measure() {
    if (options_.served_only) return AddServed();
    RETURN_IF_ERROR(MeasureWorkloads());
    RETURN_IF_ERROR(MeasurePopulations());
    AddDecisions();
    AddGrowth();
    AddDenials();
    RETURN_IF_ERROR(AddServed());
    NotYet("miss of 10 million entities, cache of 1 %, p99", "<= 20 us",
           "//bench:cache_benchmark measures it; the database takes longer to "
           "make than all the rest");
    RETURN_IF_ERROR(AddLog());
    AddCompilation();
    AddScaling();
    return absl::OkStatus();
  }

  const TargetTable& table() const { return table_; }

  // A line for each workload.
  std::string Workloads() const {
    std::string out =
        absl::StrFormat("%-22s %7s %9s %10s %9s %9s %8s %8s %8s %7s\n",
                        "workload", "rules", "nodes", "bytes", "residual",
                        "compile s", "p50 ns", "p99 ns", "p99.9 ns", "allocs");
    for (const auto& [name, workload] : measured_) {
      const LatencyHistogram all = workload.result.all();
      absl::StrAppendFormat(
          &out, "%-22s %7d %9d %10d %4d/%-4d %9.2f %8d %8d %8d %7.2f\n", name,
          workload.rules, workload.nodes, workload.graph_bytes,
          workload.residual_tests, workload.tests, workload.compile_seconds,
          all.Percentile(50), all.Percentile(99), all.Percentile(99.9),
          workload.result.allocations_per_decision);
    }
    return out;
  }

  std::string ToJson(const MeasuredOn& machine) const {
    nlohmann::ordered_json workloads = nlohmann::ordered_json::array();
    for (const auto& [name, workload] : measured_) {
      const LatencyHistogram all = workload.result.all();
      workloads.push_back(
          {{"name", name},
           {"rules", workload.rules},
           {"entities", workload.entities},
           {"requests", workload.requests},
           {"verified_by_reference", workload.verified_by_reference},
           {"nodes", workload.nodes},
           {"graph_bytes", workload.graph_bytes},
           {"budget_splits", workload.budget_splits},
           {"tests", workload.tests},
           {"residual_tests", workload.residual_tests},
           {"compile_seconds", workload.compile_seconds},
           {"load_seconds", workload.load_seconds},
           {"p50_ns", all.Percentile(50)},
           {"p99_ns", all.Percentile(99)},
           {"p99_9_ns", all.Percentile(99.9)},
           {"permit_p50_ns", workload.result.permits.Percentile(50)},
           {"denial_p50_ns", workload.result.denials.Percentile(50)},
           {"decisions_per_second", workload.result.decisions_per_second},
           {"allocations_per_decision",
            workload.result.allocations_per_decision}});
    }
    const nlohmann::ordered_json json = {
        {"machine", sekisho::ToString(machine)},
        {"release", machine.release},
        {"load", machine.load},
        {"seed", options_.workload.seed},
        {"targets", nlohmann::ordered_json::parse(table_.ToJson())},
        {"workloads", std::move(workloads)}};
    return json.dump(2) + "\n";
  }

  std::string ToSvg(const MeasuredOn& machine) const {
    PlotSeries overlapping = {"rows that overlap", {}};
    PlotSeries apart = {"no rows that overlap", {}};
    for (const size_t rows : kMatrices) {
      AddPoint(MatrixName(rows), rows, &overlapping);
      AddPoint(MatrixName(rows) + "-apart", rows, &apart);
    }
    PlotSeries populations = {kPlottedMatrix, {}};
    for (const auto& [entities, p50] : p50_of_population_) {
      populations.points.emplace_back(entities, p50);
    }
    return PlotsToSvg({{"A decision in process, logged, against rules",
                        "rows of the matrix",
                        "ns, median",
                        {std::move(overlapping), std::move(apart)}},
                       {"A decision in process, logged, against entities",
                        "entities",
                        "ns, median",
                        {std::move(populations)}}},
                      sekisho::ToString(machine));
  }

 private:
  bool IsLeftOut(size_t rules) const { return rules > options_.largest; }

  void NotYet(const std::string& what, const std::string& target,
              const std::string& why) {
    table_.NotMeasured(what, target, why);
  }

  // Null if it was left out.
  const MeasuredWorkload* Find(const std::string& name) const {
    const auto found = measured_.find(name);
    return found == measured_.end() ? nullptr : &found->second;
  }

  std::string LeftOut() const {
    return absl::StrCat("left out by --largest ", options_.largest);
  }

  static double P50(const MeasuredWorkload& workload) {
    return static_cast<double>(workload.result.all().Percentile(50));
  }

  void AddPoint(const std::string& name, size_t size,
                PlotSeries* series) const {
    const MeasuredWorkload* workload = Find(name);
    if (workload == nullptr) return;
    series->points.emplace_back(static_cast<double>(size), P50(*workload));
  }

  absl::Status MeasureOne(const std::string& name) {
    Say(name);
    MeasureOptions options;
    options.run.duration = absl::Seconds(options_.seconds);
    options.run.seed = options_.workload.seed;
    options.workload = options_.workload;
    options.compare_log = name == MatrixName(kMatrices[0]);
    options.walk_alone =
        std::any_of(std::begin(kDecisionTargets), std::end(kDecisionTargets),
                    [&](const DecisionTarget& target) {
                      return name == MatrixName(target.rows);
                    });
    ASSIGN_OR_RETURN(measured_[name], MeasureWorkload(name, options));
    return absl::OkStatus();
  }

  absl::Status MeasureWorkloads() {
    for (const size_t rows : kMatrices) {
      if (IsLeftOut(rows)) continue;
      RETURN_IF_ERROR(MeasureOne(MatrixName(rows)));
      RETURN_IF_ERROR(MeasureOne(MatrixName(rows) + "-apart"));
    }
    RETURN_IF_ERROR(MeasureOne("healthcare"));
    for (const auto& [kind, rules] : kOthers) {
      RETURN_IF_ERROR(MeasureOne(
          absl::StrCat(kind, "-", std::min(rules, options_.largest))));
    }
    Say("two threads");
    MeasureOptions options;
    options.run.duration = absl::Seconds(options_.seconds);
    options.run.threads = 2;
    options.workload = options_.workload;
    ASSIGN_OR_RETURN(const MeasuredWorkload two,
                     MeasureWorkload(MatrixName(kMatrices[0]), options));
    scaling_ = *two.result.scaling;
    return absl::OkStatus();
  }

  absl::Status MeasurePopulations() {
    if (options_.svg.empty()) return absl::OkStatus();
    for (const size_t entities : kPopulations) {
      if (IsLeftOut(entities)) continue;
      Say(absl::StrCat(entities, " entities"));
      MeasureOptions options;
      options.run.duration = absl::Seconds(options_.seconds);
      options.workload = options_.workload;
      options.workload.entities = entities;
      ASSIGN_OR_RETURN(const MeasuredWorkload measured,
                       MeasureWorkload(kPlottedMatrix, options));
      p50_of_population_.emplace_back(static_cast<double>(measured.entities),
                                      P50(measured));
    }
    return absl::OkStatus();
  }

  void AddDecisions() {
    for (const DecisionTarget& target : kDecisionTargets) {
      const std::string rules = absl::StrCat(", ", target.rows, " rules");
      const MeasuredWorkload* workload = Find(MatrixName(target.rows));
      if (workload == nullptr) {
        NotYet("decision in process, p50" + rules,
               InDigits(target.decision) + " ns", LeftOut());
        continue;
      }
      const LatencyHistogram all = workload->result.all();
      table_.AtMost("decision in process, p50" + rules,
                    static_cast<double>(all.Percentile(50)), target.decision,
                    "ns");
      table_.AtMost("decision in process, p99" + rules,
                    static_cast<double>(all.Percentile(99)), 1200, "ns");
      table_.AtMost("heap allocations a decision" + rules,
                    workload->result.allocations_per_decision, 0, "");
      table_.AtMost("graph walk alone, p50" + rules, workload->walk_ns,
                    target.walk, "ns",
                    absl::StrCat(workload->nodes, " nodes, ",
                                 workload->graph_bytes, " bytes of graph"));
    }
  }

  void AddGrowthTo(size_t rows, const std::string& suffix, double target) {
    const std::string what =
        absl::StrCat("growth of p50 from 39 to ", rows, " rules",
                     suffix.empty() ? "" : ", no overlaps");
    const MeasuredWorkload* small = Find(MatrixName(39) + suffix);
    const MeasuredWorkload* large = Find(MatrixName(rows) + suffix);
    if (small == nullptr || large == nullptr) {
      NotYet(what, absl::StrCat("<= ", target), LeftOut());
      return;
    }
    table_.AtMost(
        what, P50(*large) / P50(*small), target, "",
        absl::StrFormat("residual tests %d of %d, states left to "
                        "single policies %d; seed %d",
                        large->residual_tests, large->tests,
                        large->budget_splits, options_.workload.seed));
  }

  void AddGrowth() {
    AddGrowthTo(10'000, "", 1.5);
    AddGrowthTo(100'000, "", 4);
    AddGrowthTo(100'000, "-apart", 2);
  }

  void AddDenials() {
    for (const auto& [name, workload] : measured_) {
      const auto permit =
          static_cast<double>(workload.result.permits.Percentile(50));
      const auto denial =
          static_cast<double>(workload.result.denials.Percentile(50));
      if (permit == 0) continue;
      table_.AtMost("p50 of a denial to that of a permit, " + name,
                    denial / permit, 1.5, "");
    }
  }

  void AddUnary(const std::string& transport, const ServedUnary& unary) {
    const auto note = [](double ours, double echo, const char* unit) {
      return absl::StrCat(InDigits(ours), " to ", InDigits(echo), unit);
    };
    table_.AtMost("gRPC unary to the echo, p50, " + transport, unary.p50_ratio,
                  1.05, "", note(unary.p50, unary.echo_p50, " ns"));
    table_.AtMost("gRPC unary to the echo, p99, " + transport, unary.p99_ratio,
                  1.15, "", note(unary.p99, unary.echo_p99, " ns"));
    table_.AtLeast("throughput to the echo's, 32 in flight, " + transport,
                   unary.throughput_ratio, 0.90, "",
                   note(unary.throughput, unary.echo_throughput, "/s"));
  }

  absl::Status AddServed() {
    if (options_.skip_served) {
      NotYet("gRPC unary, streams, batches, reload", "-",
             "left out by --skip-served");
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Workload workload,
                     MakeWorkload(MatrixName(39), options_.workload));
    ASSIGN_OR_RETURN(
        const ServedResult served,
        MeasureServed(workload, options_.served,
                      [](const std::string& what) { Say("served: " + what); }));
    AddUnary("Unix socket", served.unix_socket);
    AddUnary("TCP", served.tcp);
    table_.AtLeast("DecideBatch, compact form", served.compact, 1'000'000,
                   "/s");
    table_.AtLeast("DecideStream or DecideBatch, strings",
                   std::max(served.stream, served.batch), 400'000, "/s",
                   absl::StrCat("stream ", InDigits(served.stream),
                                "/s, batch ", InDigits(served.batch), "/s"));
    table_.AtMost(
        "p99.9 during reloads to that before",
        served.p99_9_during_reload / served.p99_9_before_reload, 2, "",
        absl::StrCat(served.activations,
                     " activations; no decision lost, failed or wrong"));
    return absl::OkStatus();
  }

  absl::Status AddLog() {
    const MeasuredWorkload& small = measured_.at(MatrixName(kMatrices[0]));
    table_.AtMost("what the log adds to the p50",
                  small.p50_with_log - small.p50_without_log, 100, "ns");
    Say("log");
    ASSIGN_OR_RETURN(const Workload workload,
                     MakeWorkload(MatrixName(kMatrices[0]), options_.workload));
    ASSIGN_OR_RETURN(const LogRates log,
                     MeasureLog(workload, absl::Seconds(options_.seconds)));
    table_.AtLeast("records logged a second, with hashing",
                   log.records_per_second, 500'000, "/s",
                   "decided too, by all cores");
    table_.AtLeast("records replayed a second of a core",
                   log.replayed_per_core_second, 500'000, "/s");
    table_.AtMost("bytes of a record on disk, compressed", log.bytes_per_record,
                  250, "");
    return absl::OkStatus();
  }

  void AddCompilation() {
    const struct {
      size_t rows;
      double seconds;
    } kTargets[] = {{39, 0.05}, {10'000, 2}, {100'000, 30}};
    for (const auto& target : kTargets) {
      const std::string rules = absl::StrCat(", ", target.rows, " rules");
      const MeasuredWorkload* workload = Find(MatrixName(target.rows));
      if (workload == nullptr) {
        NotYet("compilation" + rules,
               absl::StrCat("<= ", InDigits(target.seconds), " s"), LeftOut());
        continue;
      }
      table_.AtMost("compilation" + rules, workload->compile_seconds,
                    target.seconds, "s");
      const double megabytes =
          static_cast<double>(workload->artifact_bytes) / 1e6;
      table_.AtMost("load of the artifact" + rules,
                    1000 * workload->load_seconds, 1 + 2 * megabytes, "ms");
    }
  }

  void AddScaling() {
    table_.AtLeast("two threads, to a loop in registers", scaling_.relative(),
                   0.95, "",
                   absl::StrFormat("%.2f to %.2f", scaling_.decisions,
                                   scaling_.registers));
  }

  const TargetOptions& options_;
  TargetTable table_;
  std::map<std::string, MeasuredWorkload> measured_;
  std::vector<std::pair<double, double>> p50_of_population_;
  Scaling scaling_;
};

absl::Status Run(const TargetOptions& options) {
  const MeasuredOn machine = ThisMachine();
  Targets targets(options);
  RETURN_IF_ERROR(targets.Measure());
  std::cout << ToString(machine) << "; seed " << options.workload.seed << "\n\n"
            << targets.Workloads() << "\n"
            << targets.table().ToString() << targets.table().misses()
            << " missed\n";
  if (!options.json.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(options.json, targets.ToJson(machine)));
  }
  if (!options.svg.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(options.svg, targets.ToSvg(machine)));
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  TargetOptions options;
  options.served.sekishod = "server/sekishod";
  options.served.echo_server = "bench/echo_server";
  CLI::App app("Measures the targets of performance.", "targets");
  app.add_option("--seconds", options.seconds, "Of each measurement in process")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  app.add_option("--served-seconds", options.served_seconds,
                 "Of streams, batches and reloads; a tenth of it each for the "
                 "rounds beside the echo")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Beside the echo")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--largest", options.largest,
                 "Leave out larger matrices and populations")
      ->check(CLI::Range(size_t{39}, size_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--requests", options.workload.requests, "Of a workload")
      ->check(CLI::Range(size_t{2}, size_t{10'000'000}))
      ->capture_default_str();
  app.add_option("--entities", options.workload.entities, "Of a workload")
      ->capture_default_str();
  app.add_option("--seed", options.workload.seed)->capture_default_str();
  CLI::Option* skip_served =
      app.add_flag("--skip-served", options.skip_served, "Start no server");
  app.add_flag("--served-only", options.served_only,
               "Only what is measured beside the echo")
      ->excludes(skip_served);
  app.add_option("--sekishod", options.served.sekishod, "The program")
      ->capture_default_str();
  app.add_option("--echo-server", options.served.echo_server, "The program")
      ->capture_default_str();
  app.add_option("--json", options.json, "Also write the figures to this file");
  app.add_option("--svg", options.svg,
                 "Also plot the cost against rules and entities in this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 3;
  }
  options.served.rounds = options.rounds;
  options.served.duration = absl::Seconds(options.served_seconds);
  options.served.slice = options.served.duration / 10;
  if (const absl::Status status = Run(options); !status.ok()) {
    std::cerr << "error: " << status.message() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) { return sekisho::Main(argc, argv); }
