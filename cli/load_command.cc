// `sekisho load`: how a running server answers under load.
#include <unistd.h>

#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bench/latency_histogram.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/request_file.h"
#include "cli/command.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct LoadCommand {
  LoadOptions options;
  double seconds = 10;
  double warm_up_seconds = 0.5;
  double timeout_seconds = 10;
  std::string requests;
  std::string cases;
  bool json = false;
};

const char* NameOf(LoadMethod method) {
  switch (method) {
    case LoadMethod::kUnary:
      return "unary";
    case LoadMethod::kBatch:
      return "batch";
    case LoadMethod::kCompact:
      return "compact";
    case LoadMethod::kStream:
      return "stream";
  }
  return "";
}

bool HasBatches(const LoadOptions& options) {
  return options.method == LoadMethod::kBatch ||
         options.method == LoadMethod::kCompact;
}

// Those that are asked of the population as it is.
absl::StatusOr<std::vector<RequestToMeasure>> RequestsOfCases(
    const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledCases> compiled,
                   CompileWithCases(folder));
  std::vector<RequestToMeasure> requests;
  for (const Case& c : compiled->set.cases) {
    if (c.changes_entities() || c.expect == Expectation::kInvalid) continue;
    requests.push_back({c.request, c.expect == Expectation::kPermit});
  }
  if (requests.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, " has no cases to ask about"));
  }
  return requests;
}

absl::StatusOr<std::vector<RequestToMeasure>> ReadRequests(
    const LoadCommand& command) {
  if (!command.cases.empty()) return RequestsOfCases(command.cases);
  ASSIGN_OR_RETURN(const std::string json, ReadFile(command.requests));
  absl::StatusOr<std::vector<RequestToMeasure>> requests =
      RequestsFromJson(json, nullptr);
  if (!requests.ok()) {
    return absl::Status(
        requests.status().code(),
        absl::StrCat(command.requests, ": ", requests.status().message()));
  }
  return requests;
}

nlohmann::ordered_json ToJson(const LoadCommand& command,
                              const LoadResult& result) {
  const LoadOptions& options = command.options;
  const LatencyHistogram& latencies = result.latencies;
  const MeasuredOn machine = ThisMachine();
  nlohmann::ordered_json json = {
      {"machine",
       {{"cpu", machine.cpu},
        {"cores", machine.cores},
        {"compiler", machine.compiler},
        {"release", machine.release},
        {"load", machine.load}}},
      {"server", options.address},
      {"method", NameOf(options.method)},
      {"loop", options.per_second > 0 ? "open" : "closed"},
      {"connections", options.connections},
      {"seconds", command.seconds},
      {"seed", options.seed},
      {"messages", latencies.count()},
      {"permits", result.counts.permits},
      {"denials", result.counts.denials},
      {"wrong", result.counts.wrong},
      {"errors", result.counts.errors},
      {"decisions_per_second", result.decisions_per_second()},
      {"latency_ns",
       {{"p50", latencies.Percentile(50)},
        {"p90", latencies.Percentile(90)},
        {"p99", latencies.Percentile(99)},
        {"p99_9", latencies.Percentile(99.9)},
        {"max", latencies.max()},
        {"mean", latencies.mean()}}}};
  if (options.per_second > 0) {
    json["messages_per_second"] = options.per_second;
  } else {
    json["in_flight"] = options.in_flight;
  }
  if (HasBatches(options)) json["batch"] = options.batch;
  return json;
}

// A line for each doubling of the latency.
void PrintHistogram(const LatencyHistogram& latencies) {
  uint64_t below = 0;
  for (uint64_t bound = 1024; below < latencies.count(); bound *= 2) {
    const uint64_t count = latencies.CountBelow(bound) - below;
    below += count;
    if (count == 0) continue;
    const double share =
        static_cast<double>(count) / static_cast<double>(latencies.count());
    std::cout << absl::StrFormat(
        "  < %9.1f us %10d  %s\n", static_cast<double>(bound) / 1000, count,
        std::string(static_cast<size_t>(50 * share + 0.5), '#'));
  }
}

void Print(const LoadCommand& command, const LoadResult& result) {
  const LoadOptions& options = command.options;
  std::cout << "machine    " << ToString(ThisMachine()) << "\n"
            << "server     " << options.address << ", "
            << NameOf(options.method);
  if (HasBatches(options)) {
    std::cout << " of " << options.batch;
  }
  if (options.per_second > 0) {
    std::cout << absl::StrFormat(", open-loop, %g messages/s",
                                 options.per_second);
  } else {
    std::cout << ", closed-loop, " << options.in_flight << " in flight";
  }
  std::cout << absl::StrFormat(
      ", %d connection%s, %g s; seed %d\n", options.connections,
      options.connections == 1 ? "" : "s", command.seconds, options.seed);
  const LoadCounts& counts = result.counts;
  std::cout << absl::StrFormat(
      "decisions  %d, of which %d are permits; %.0f/s\n", counts.decisions(),
      counts.permits, result.decisions_per_second());
  for (const auto& [code, count] : counts.errors) {
    std::cout << "errors     " << count << " " << code << "\n";
  }
  if (counts.wrong > 0) {
    std::cout << "wrong      " << counts.wrong
              << " answers are not what the file says\n";
  }
  const LatencyHistogram& latencies = result.latencies;
  if (latencies.count() == 0) return;
  std::cout << "latency   ";
  for (const auto& [name, percent] : {std::pair{"p50", 50.0},
                                      {"p90", 90.0},
                                      {"p99", 99.0},
                                      {"p99.9", 99.9},
                                      {"max", 100.0}}) {
    std::cout << absl::StrFormat(
        " %s %.1f", name,
        static_cast<double>(latencies.Percentile(percent)) / 1000);
  }
  std::cout << absl::StrFormat(" mean %.1f us\n", latencies.mean() / 1000);
  PrintHistogram(latencies);
}

int Run(const LoadCommand& command) {
  const absl::StatusOr<std::vector<RequestToMeasure>> requests =
      ReadRequests(command);
  if (!requests.ok()) {
    std::cerr << "error: " << requests.status().message() << "\n";
    return kExitFailed;
  }
  std::function<void(const LoadProgress&)> progress;
  if (isatty(STDERR_FILENO) == 1) {
    progress = [](const LoadProgress& now) {
      std::cerr << absl::StrFormat(
          "\r%6.1f s  %d decisions, %.0f/s, %d errors \033[K", now.seconds,
          now.decisions, static_cast<double>(now.decisions) / now.seconds,
          now.failed);
    };
  }
  const absl::StatusOr<LoadResult> result =
      RunLoad(*requests, command.options, progress);
  if (progress) std::cerr << "\r\033[K";
  if (!result.ok()) {
    std::cerr << "error: " << result.status().message() << "\n";
    return kExitFailed;
  }
  if (command.json) {
    std::cout << ToJson(command, *result).dump(2) << "\n";
  } else {
    Print(command, *result);
  }
  const LoadCounts& counts = result->counts;
  const bool good =
      counts.decisions() > 0 && counts.errors.empty() && counts.wrong == 0;
  return good ? kExitOk : kExitFailed;
}

}  // namespace

void AddLoadCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<LoadCommand>();
  LoadOptions& options = command->options;
  CLI::App* load = app->add_subcommand(
      "load",
      "Drive a server, at a rate or with a number of messages in flight, and "
      "measure its answers; fails if any request is not decided");
  load->add_option("-s,--server", options.address,
                   "The server's address, 127.0.0.1:PORT or unix:/PATH")
      ->required();
  load->add_option("--policy-store", options.policy_store,
                   "The server's policy store; `default` if left out");
  CLI::Option* requests = load->add_option(
      "-r,--requests", command->requests,
      "Requests as in the public Cedar conformance format; answers that are "
      "not the `decision` they have are counted as wrong");
  CLI::Option* cases =
      load->add_option("--cases", command->cases,
                       "The cases of this policy folder instead; the server "
                       "must have their population, as `sekisho demo` "
                       "leaves it")
          ->check(CLI::ExistingDirectory)
          ->excludes(requests);
  load->add_option("--method", options.method,
                   "unary, batch, compact (batches in numbers) or stream")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, LoadMethod>{{"unary", LoadMethod::kUnary},
                                            {"batch", LoadMethod::kBatch},
                                            {"compact", LoadMethod::kCompact},
                                            {"stream", LoadMethod::kStream}}));
  load->add_option("--batch", options.batch,
                   "Decisions in a message of batch and compact")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI::Option* rate =
      load->add_option("--rate", options.per_second,
                       "Open-loop: send so many messages a second, whatever "
                       "is answered; latency counts from when a message "
                       "ought to have been sent")
          ->check(CLI::Range(0.001, 1e7));
  load->add_option("--in-flight", options.in_flight,
                   "Closed-loop: so many messages wait for their answers")
      ->check(CLI::Range(1, 10'000))
      ->excludes(rate)
      ->capture_default_str();
  load->add_option("--connections", options.connections,
                   "How many connections, each with a thread, share the load")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  load->add_option("--seconds", command->seconds, "How long it is measured")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  load->add_option("--warm-up", command->warm_up_seconds,
                   "Seconds before that, which are not counted")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  load->add_option("--timeout", command->timeout_seconds,
                   "Seconds to connect, and for each answer")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  load->add_option("--seed", options.seed, "Decides the order of requests")
      ->capture_default_str();
  load->add_flag("--json", command->json, "Print the figures as JSON");
  load->callback([command, requests, cases, status] {
    if (requests->count() + cases->count() == 0) {
      throw CLI::RequiredError("--requests or --cases");
    }
    command->options.duration = absl::Seconds(command->seconds);
    command->options.timeout = absl::Seconds(command->timeout_seconds);
    command->options.warm_up = absl::Seconds(command->warm_up_seconds);
    *status = Run(*command);
  });
}

}  // namespace sekisho
