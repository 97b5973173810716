#include "bench/served.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/child_process.h"
#include "bench/compiled_policies.h"
#include "bench/latency_histogram.h"
#include "bench/load.h"
#include "bench/request_file.h"
#include "bench/temporary_directory.h"
#include "cli/client.h"
#include "compiler/folder.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr int kThroughputInFlight = 32;
constexpr size_t kEntitiesOfAWrite = 2000;

absl::StatusOr<std::string> ArtifactOf(
    std::vector<std::pair<std::string, std::string>> sources) {
  ASSIGN_OR_RETURN(PolicyFolder folder, MakePolicyFolder(std::move(sources)));
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledPolicies> policies,
                   CompileToMeasure(std::move(folder), /*fail_closed=*/true));
  return policies->bytes;
}

absl::Status WriteAll(const std::vector<Entity>& entities, Client* client) {
  for (size_t i = 0; i < entities.size(); i += kEntitiesOfAWrite) {
    const size_t end = std::min(entities.size(), i + kEntitiesOfAWrite);
    RETURN_IF_ERROR(
        client->Write({entities.begin() + i, entities.begin() + end}, {})
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<LoadResult> Load(const std::vector<RequestToMeasure>& requests,
                                const LoadOptions& options) {
  ASSIGN_OR_RETURN(LoadResult result, RunLoad(requests, options, nullptr));
  const LoadCounts& counts = result.counts;
  if (counts.failed() > 0 || counts.wrong > 0 || counts.decisions() == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        options.address, ": ", counts.decisions(), " decisions, ", counts.wrong,
        " of them wrong, ", counts.failed(), " errors"));
  }
  return result;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The figures of one server in one round.
struct Figures {
  double p50 = 0;
  double p99 = 0;
  double throughput = 0;
};

absl::StatusOr<Figures> Measure(const std::vector<RequestToMeasure>& requests,
                                const std::string& address, uint64_t seed,
                                const ServedOptions& options) {
  LoadOptions load;
  load.address = address;
  load.duration = options.slice;
  load.warm_up = options.slice / 5;
  load.seed = seed;
  ASSIGN_OR_RETURN(const LoadResult one, Load(requests, load));
  load.in_flight = kThroughputInFlight;
  ASSIGN_OR_RETURN(const LoadResult many, Load(requests, load));
  return Figures{static_cast<double>(one.latencies.Percentile(50)),
                 static_cast<double>(one.latencies.Percentile(99)),
                 many.decisions_per_second()};
}

double MedianOf(const std::vector<Figures>& rounds, double Figures::*figure) {
  std::vector<double> values;
  for (const Figures& round : rounds) values.push_back(round.*figure);
  return Median(std::move(values));
}

double MedianRatio(const std::vector<Figures>& rounds,
                   const std::vector<Figures>& echo_rounds,
                   double Figures::*figure) {
  std::vector<double> ratios;
  for (size_t i = 0; i < rounds.size(); ++i) {
    ratios.push_back(rounds[i].*figure / echo_rounds[i].*figure);
  }
  return Median(std::move(ratios));
}

absl::StatusOr<ServedUnary> MeasureUnary(const Workload& workload,
                                         const std::string& address,
                                         const std::string& echo_address,
                                         const ServedOptions& options) {
  // The echo's answers are of no matter.
  std::vector<RequestToMeasure> to_echo = workload.requests;
  for (RequestToMeasure& each : to_echo) each.permitted = std::nullopt;
  std::vector<Figures> rounds;
  std::vector<Figures> echo_rounds;
  for (int round = 0; round < options.rounds; ++round) {
    const auto seed = static_cast<uint64_t>(round);
    // Neither is always the first.
    for (const bool echo : {round % 2 == 0, round % 2 != 0}) {
      ASSIGN_OR_RETURN(const Figures figures,
                       Measure(echo ? to_echo : workload.requests,
                               echo ? echo_address : address, seed, options));
      (echo ? echo_rounds : rounds).push_back(figures);
    }
  }
  ServedUnary out;
  out.p50 = MedianOf(rounds, &Figures::p50);
  out.p99 = MedianOf(rounds, &Figures::p99);
  out.throughput = MedianOf(rounds, &Figures::throughput);
  out.echo_p50 = MedianOf(echo_rounds, &Figures::p50);
  out.echo_p99 = MedianOf(echo_rounds, &Figures::p99);
  out.echo_throughput = MedianOf(echo_rounds, &Figures::throughput);
  out.p50_ratio = MedianRatio(rounds, echo_rounds, &Figures::p50);
  out.p99_ratio = MedianRatio(rounds, echo_rounds, &Figures::p99);
  out.throughput_ratio = MedianRatio(rounds, echo_rounds, &Figures::throughput);
  return out;
}

// Activates two policies in turns, which differ in a comment, while the server
// decides as fast as it can.
absl::Status MeasureReload(const Workload& workload,
                           const std::string& artifact,
                           const ServedOptions& options,
                           const std::string& address, Client* client,
                           ServedResult* out) {
  auto sources = workload.sources;
  for (auto& [name, text] : sources) {
    if (absl::EndsWith(name, ".cedar")) text += "// Another version.\n";
  }
  ASSIGN_OR_RETURN(const std::string other, ArtifactOf(std::move(sources)));
  LoadOptions load;
  load.address = address;
  load.duration = options.duration;
  load.in_flight = kThroughputInFlight;
  ASSIGN_OR_RETURN(const LoadResult before, Load(workload.requests, load));
  out->p99_9_before_reload =
      static_cast<double>(before.latencies.Percentile(99.9));
  std::atomic<bool> done = false;
  absl::Status reloaded;
  std::thread reloader([&] {
    while (!done && reloaded.ok()) {
      reloaded = client->Activate(out->activations % 2 == 0 ? other : artifact)
                     .status();
      ++out->activations;
      absl::SleepFor(absl::Milliseconds(100));
    }
  });
  const absl::StatusOr<LoadResult> during = Load(workload.requests, load);
  done = true;
  reloader.join();
  RETURN_IF_ERROR(reloaded);
  RETURN_IF_ERROR(during.status());
  out->p99_9_during_reload =
      static_cast<double>(during->latencies.Percentile(99.9));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServedResult> MeasureServed(
    const Workload& workload, const ServedOptions& options,
    absl::FunctionRef<void(const std::string&)> progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryDirectory> directory,
                   TemporaryDirectory::Make());
  const std::string& path = directory->path();
  progress("starting sekishod and echo_server");
  ASSIGN_OR_RETURN(
      const std::unique_ptr<ChildProcess> echo,
      ChildProcess::Start(
          {options.echo_server, "unix:" + path + "/echo", "127.0.0.1:0"}, 2));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<ChildProcess> server,
      ChildProcess::Start(
          {options.sekishod, "--data", path + "/data", "--listen",
           "unix:" + path + "/sekishod", "--listen", "127.0.0.1:0"},
          2));
  const std::vector<std::string>& addresses = server->addresses();
  ASSIGN_OR_RETURN(const std::string artifact, ArtifactOf(workload.sources));
  Client client(addresses[0]);
  RETURN_IF_ERROR(client.Activate(artifact).status());
  RETURN_IF_ERROR(WriteAll(workload.entities, &client));
  ServedResult result;
  progress("unary over a Unix socket");
  ASSIGN_OR_RETURN(
      result.unix_socket,
      MeasureUnary(workload, addresses[0], echo->addresses()[0], options));
  progress("unary over TCP");
  ASSIGN_OR_RETURN(result.tcp, MeasureUnary(workload, addresses[1],
                                            echo->addresses()[1], options));
  LoadOptions load;
  load.address = addresses[0];
  load.duration = options.duration;
  progress("a stream");
  load.method = LoadMethod::kStream;
  load.in_flight = 256;
  ASSIGN_OR_RETURN(const LoadResult stream, Load(workload.requests, load));
  result.stream = stream.decisions_per_second();
  progress("batches of 1,000");
  load.method = LoadMethod::kBatch;
  load.batch = 1000;
  load.in_flight = 4;
  ASSIGN_OR_RETURN(const LoadResult batch, Load(workload.requests, load));
  result.batch = batch.decisions_per_second();
  progress("batches in numbers");
  load.method = LoadMethod::kCompact;
  ASSIGN_OR_RETURN(const LoadResult compact, Load(workload.requests, load));
  result.compact = compact.decisions_per_second();
  progress("reloads of the policy");
  RETURN_IF_ERROR(MeasureReload(workload, artifact, options, addresses[0],
                                &client, &result));
  return result;
}

}  // namespace sekisho
