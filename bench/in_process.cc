#include "bench/in_process.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "bench/allocations.h"
#include "bench/stopwatch.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr int kScalingRounds = 5;
// How many are decided between two looks at the clock, where each is not timed.
constexpr int kUntimed = 64;
// That often before allocations are counted.
constexpr int kFirst = 16;

// What one thread did.
struct Share {
  LatencyHistogram permits;
  LatencyHistogram denials;
  uint64_t count = 0;
  uint64_t allocations = 0;
  double seconds = 0;
  absl::Status status;

  double per_second() const { return static_cast<double>(count) / seconds; }
};

// Reads the request once, as whoever asks has just made it.
void Receive(const Request& request) {
  volatile size_t hash = absl::HashOf(request.principal, request.action,
                                      request.resource, request.context);
  (void)hash;
}

class Loop {
 public:
  Loop(DecisionPoint& point, const std::vector<RequestToMeasure>& requests,
       const VerifiedAnswers& answers, uint64_t seed)
      : point_(point), answers_(answers), seed_(seed) {
    requests_.resize(requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
      requests_[i].request = requests[i].request;
    }
  }

  // Each decision timed; `timer_cost_ns` is taken off.
  void Latency(int thread, uint64_t end_ns, uint64_t timer_cost_ns,
               Share* share) const {
    const std::vector<uint32_t> order = OrderOf(thread);
    for (size_t next = 0; share->status.ok();) {
      const uint32_t at = order[next];
      if (++next == order.size()) next = 0;
      Receive(requests_[at].request);
      const uint64_t start = NowNs();
      const absl::StatusOr<Decision> decision = point_.Decide(requests_[at]);
      const uint64_t stop = NowNs();
      share->status = Check(decision, at);
      const uint64_t took = stop - start;
      (answers_.permitted[at] ? share->permits : share->denials)
          .Record(took - std::min(took, timer_cost_ns));
      if (stop >= end_ns) break;
    }
  }

  void Throughput(int thread, uint64_t end_ns, Share* share) const {
    const std::vector<uint32_t> order = OrderOf(thread);
    size_t next = 0;
    const auto decide_some = [&] {
      for (int i = 0; i < kUntimed && share->status.ok(); ++i) {
        const uint32_t at = order[next];
        if (++next == order.size()) next = 0;
        share->status = Check(point_.Decide(requests_[at]), at);
      }
    };
    // With its first decisions a thread takes the memory that it then keeps.
    for (int i = 0; i < kFirst; ++i) decide_some();
    const uint64_t before = AllocationsOfThisThread();
    const uint64_t start = NowNs();
    uint64_t now;
    do {
      decide_some();
      share->count += kUntimed;
      now = NowNs();
    } while (now < end_ns && share->status.ok());
    share->seconds = static_cast<double>(now - start) / 1e9;
    share->allocations = AllocationsOfThisThread() - before;
  }

 private:
  std::vector<uint32_t> OrderOf(int thread) const {
    std::vector<uint32_t> order(requests_.size());
    std::iota(order.begin(), order.end(), 0);
    std::mt19937_64 random(seed_ + static_cast<uint64_t>(thread));
    std::shuffle(order.begin(), order.end(), random);
    return order;
  }

  absl::Status Check(const absl::StatusOr<Decision>& decision,
                     uint32_t at) const {
    if (!decision.ok()) return decision.status();
    if (decision->permitted() != answers_.permitted[at]) {
      return absl::FailedPreconditionError(
          "an answer was another one than when it was verified");
    }
    return absl::OkStatus();
  }

  DecisionPoint& point_;
  const VerifiedAnswers& answers_;
  const uint64_t seed_;
  std::vector<RecordedRequest> requests_;
};

// Runs `work(thread, end, share)` on so many threads until the same time; each
// does something, however late it begins.
std::vector<std::unique_ptr<Share>> RunThreads(
    int count, absl::Duration duration,
    const std::function<void(int, uint64_t, Share*)>& work) {
  const uint64_t end_ns =
      NowNs() + static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
  std::vector<std::unique_ptr<Share>> shares;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    shares.push_back(std::make_unique<Share>());
    threads.emplace_back(work, i, end_ns, shares.back().get());
  }
  for (std::thread& thread : threads) thread.join();
  return shares;
}

absl::Status FirstError(const std::vector<std::unique_ptr<Share>>& shares) {
  for (const auto& share : shares) RETURN_IF_ERROR(share->status);
  return absl::OkStatus();
}

double PerSecond(const std::vector<std::unique_ptr<Share>>& shares) {
  return std::accumulate(
      shares.begin(), shares.end(), 0.0,
      [](double sum, const auto& share) { return sum + share->per_second(); });
}

// Uses nothing that threads share.
void Registers(int thread, uint64_t end_ns, Share* share) {
  auto x = static_cast<uint64_t>(thread) + 1;
  const uint64_t start = NowNs();
  uint64_t now;
  uint64_t count = 0;
  do {
    for (int i = 0; i < 10'000; ++i) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
      // The compiler must not know what becomes of it.
      asm volatile("" : "+r"(x));
    }
    count += 10'000;
    now = NowNs();
  } while (now < end_ns);
  share->count = count;
  share->seconds = static_cast<double>(now - start) / 1e9;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

absl::StatusOr<Scaling> MeasureScaling(const Loop& loop,
                                       const InProcessOptions& options) {
  const auto decide = [&](int thread, uint64_t end_ns, Share* share) {
    loop.Throughput(thread, end_ns, share);
  };
  const absl::Duration slice = options.duration / (4 * kScalingRounds);
  std::vector<double> decisions;
  std::vector<double> registers;
  for (int round = 0; round < kScalingRounds; ++round) {
    const auto one = RunThreads(1, slice, decide);
    const auto all = RunThreads(options.threads, slice, decide);
    RETURN_IF_ERROR(FirstError(one));
    RETURN_IF_ERROR(FirstError(all));
    decisions.push_back(PerSecond(all) / PerSecond(one));
    registers.push_back(
        PerSecond(RunThreads(options.threads, slice, Registers)) /
        PerSecond(RunThreads(1, slice, Registers)));
  }
  return Scaling{Median(std::move(decisions)), Median(std::move(registers))};
}

}  // namespace

LatencyHistogram InProcessResult::all() const {
  LatencyHistogram out = permits;
  out.Merge(denials);
  return out;
}

absl::StatusOr<InProcessResult> MeasureInProcess(
    DecisionPoint& point, const std::vector<RequestToMeasure>& requests,
    const VerifiedAnswers& answers, const InProcessOptions& options) {
  const Loop loop(point, requests, answers, options.seed);
  const auto decide = [&](int thread, uint64_t end_ns, Share* share) {
    loop.Throughput(thread, end_ns, share);
  };
  RETURN_IF_ERROR(
      FirstError(RunThreads(options.threads, options.duration / 5, decide)));

  InProcessResult result;
  result.timer_cost_ns = TimerCostNs();
  const auto timed =
      RunThreads(options.threads, options.duration,
                 [&](int thread, uint64_t end_ns, Share* share) {
                   loop.Latency(thread, end_ns, result.timer_cost_ns, share);
                 });
  RETURN_IF_ERROR(FirstError(timed));
  for (const auto& share : timed) {
    result.permits.Merge(share->permits);
    result.denials.Merge(share->denials);
  }

  const auto untimed = RunThreads(options.threads, options.duration, decide);
  RETURN_IF_ERROR(FirstError(untimed));
  result.decisions_per_second = PerSecond(untimed);
  uint64_t allocations = 0;
  uint64_t count = 0;
  for (const auto& share : untimed) {
    allocations += share->allocations;
    count += share->count;
  }
  result.allocations_per_decision =
      static_cast<double>(allocations) / static_cast<double>(count);
  if (options.threads > 1) {
    ASSIGN_OR_RETURN(result.scaling, MeasureScaling(loop, options));
  }
  return result;
}

}  // namespace sekisho
