#include "bench/load.h"

#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/load_driver.h"
#include "bench/load_messages.h"
#include "bench/stopwatch.h"
#include "engine/base/status_macros.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"

namespace sekisho {
namespace {

constexpr uint64_t kProgressNs = 250'000'000;

uint64_t ToNs(absl::Duration duration) {
  return static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
}

void SleepUntil(uint64_t ns) {
  const timespec until = {static_cast<time_t>(ns / 1'000'000'000),
                          static_cast<long>(ns % 1'000'000'000)};
  // The steady clock is this one.
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) ==
         EINTR) {
  }
}

absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> Connect(
    const LoadOptions& options) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < options.connections; ++i) {
    grpc::ChannelArguments arguments;
    // A connection of its own.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(grpc::CreateCustomChannel(
        options.address, grpc::InsecureChannelCredentials(), arguments));
    if (!channels.back()->WaitForConnected(
            absl::ToChronoTime(absl::Now() + options.timeout))) {
      return absl::UnavailableError(
          absl::StrCat("cannot reach a server at ", options.address));
    }
  }
  return channels;
}

absl::StatusOr<v1::GetSymbolsResponse> GetSymbols(
    const std::shared_ptr<grpc::Channel>& channel, const LoadOptions& options) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
  v1::GetSymbolsRequest request;
  request.set_policy_store(options.policy_store);
  v1::GetSymbolsResponse response;
  const grpc::Status status = v1::DecisionService::NewStub(channel)->GetSymbols(
      &context, request, &response);
  if (status.ok()) return response;
  return absl::UnavailableError(
      absl::StrCat("cannot get symbols: ", status.error_message()));
}

using Drivers = std::vector<std::unique_ptr<LoadDriver>>;

// When the message ought to be sent, open-loop.
uint64_t DueNs(const LoadRun& run, uint64_t message) {
  return run.start_ns +
         static_cast<uint64_t>(1e9 * static_cast<double>(message) /
                               run.options.per_second);
}

// Offers what is due until the end, at its time or as soon after as can be.
void Send(const LoadRun& run, const Drivers& drivers,
          const std::function<void(const LoadProgress&)>& progress) {
  // Wake when it was asked for, not up to 50 us later.
  prctl(PR_SET_TIMERSLACK, 1);
  const bool open = run.options.per_second > 0;
  uint64_t sent = 0;
  const auto offer = [&](uint64_t intended_ns) {
    drivers[sent++ % drivers.size()]->Offer(intended_ns);
  };
  for (int i = 0; !open && i < run.options.in_flight; ++i) offer(NowNs());
  uint64_t next_progress = run.start_ns + kProgressNs;
  for (;;) {
    const uint64_t now = NowNs();
    const uint64_t due =
        open ? std::min(DueNs(run, sent), run.end_ns) : run.end_ns;
    if (due <= now) {
      if (due == run.end_ns) return;
      offer(due);
      continue;
    }
    if (now >= next_progress) {
      next_progress = now + kProgressNs;
      if (progress) {
        progress({static_cast<double>(now - run.start_ns) / 1e9, run.decisions,
                  run.failed});
      }
    }
    SleepUntil(std::min(due, next_progress));
  }
}

}  // namespace

uint64_t LoadCounts::failed() const {
  uint64_t sum = 0;
  for (const auto& [code, count] : errors) sum += count;
  return sum;
}

void LoadCounts::Add(const LoadCounts& other) {
  permits += other.permits;
  denials += other.denials;
  wrong += other.wrong;
  for (const auto& [code, count] : other.errors) errors[code] += count;
}

absl::StatusOr<LoadResult> RunLoad(
    const std::vector<RequestToMeasure>& requests, const LoadOptions& options,
    const std::function<void(const LoadProgress&)>& progress) {
  ASSIGN_OR_RETURN(const auto channels, Connect(options));
  v1::GetSymbolsResponse symbols;
  if (options.method == LoadMethod::kCompact) {
    ASSIGN_OR_RETURN(symbols, GetSymbols(channels[0], options));
  }
  const LoadMessages messages = MakeLoadMessages(requests, options, symbols);
  LoadRun run = {options, messages};
  run.start_ns = NowNs();
  run.begin_ns = run.start_ns + ToNs(options.warm_up);
  run.end_ns = run.begin_ns + ToNs(options.duration);
  Drivers drivers;
  for (const auto& channel : channels) {
    drivers.push_back(MakeLoadDriver(channel, &run));
  }
  std::vector<std::unique_ptr<LoadResult>> results;
  std::vector<std::thread> threads;
  for (const auto& driver : drivers) {
    results.push_back(std::make_unique<LoadResult>());
    threads.emplace_back(
        [driver = driver.get(), result = results.back().get()] {
          *result = driver->Run();
        });
  }
  Send(run, drivers, progress);
  for (const auto& driver : drivers) driver->Stop();
  for (std::thread& thread : threads) thread.join();
  LoadResult all;
  all.seconds = absl::ToDoubleSeconds(options.duration);
  for (const auto& result : results) {
    all.latencies.Merge(result->latencies);
    all.counts.Add(result->counts);
  }
  return all;
}

}  // namespace sekisho
