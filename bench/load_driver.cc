#include "bench/load_driver.h"

#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/stopwatch.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/status.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"

namespace sekisho {
namespace {

// Open-loop, more than so many do not wait for answers: they wait to be sent.
constexpr size_t kMaxUnderWay = 10'000;

// Counts what was answered.
class Counter {
 public:
  explicit Counter(LoadRun* run) : run_(*run) {}

  template <typename Answer>
  void Answered(size_t message, uint64_t intended_ns, const Answer& answer) {
    const uint64_t now = NowNs();
    LoadCounts counts;
    CountAnswer(answer, run_.messages.expected[message], &counts);
    Add(intended_ns, counts);
    if (IsMeasured(intended_ns)) result_.latencies.Record(now - intended_ns);
  }

  void Failed(size_t message, uint64_t intended_ns, int code) {
    LoadCounts counts;
    CountErrors(code, run_.messages.expected[message].size(), &counts);
    Add(intended_ns, counts);
  }

  const LoadResult& result() const { return result_; }

 private:
  bool IsMeasured(uint64_t intended_ns) const {
    return intended_ns >= run_.begin_ns && intended_ns < run_.end_ns;
  }

  void Add(uint64_t intended_ns, const LoadCounts& counts) {
    run_.decisions += counts.decisions();
    run_.failed += counts.failed();
    if (IsMeasured(intended_ns)) result_.counts.Add(counts);
  }

  LoadRun& run_;
  LoadResult result_;
};

// The calls of a unary method, of single requests or of batches.
template <typename Answer, typename Prepare>
class UnaryDriver final : public LoadDriver {
 public:
  UnaryDriver(Prepare prepare, LoadRun* run)
      : prepare_(std::move(prepare)),
        run_(*run),
        give_up_ns_(run->end_ns +
                    static_cast<uint64_t>(
                        absl::ToInt64Nanoseconds(run->options.timeout))) {}

  void Offer(uint64_t intended_ns) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(intended_ns);
    SendWaiting();
  }

  void Stop() override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    ShutdownIfDone();
  }

  LoadResult Run() override {
    Counter counter(&run_);
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      Call* const call = static_cast<Call*>(tag);
      if (call->status.ok()) {
        counter.Answered(call->message, call->intended_ns, call->answer);
      } else {
        counter.Failed(call->message, call->intended_ns,
                       call->status.error_code());
      }
      absl::MutexLock lock(&mutex_);
      call->context.reset();
      idle_.push_back(call);
      if (NowNs() > give_up_ns_) {
        for (const uint64_t intended_ns : waiting_) {
          counter.Failed(0, intended_ns, grpc::StatusCode::DEADLINE_EXCEEDED);
        }
        waiting_.clear();
      }
      if (run_.options.per_second == 0 && !stopped_) {
        waiting_.push_back(NowNs());
      }
      SendWaiting();
      ShutdownIfDone();
    }
    return counter.result();
  }

 private:
  struct Call {
    std::optional<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Answer>> reader;
    Answer answer;
    grpc::Status status;
    size_t message = 0;
    uint64_t intended_ns = 0;
  };

  void SendWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!waiting_.empty()) {
      if (idle_.empty()) {
        if (calls_.size() == kMaxUnderWay) return;
        calls_.push_back(std::make_unique<Call>());
        idle_.push_back(calls_.back().get());
      }
      Call* const call = idle_.back();
      idle_.pop_back();
      call->intended_ns = waiting_.front();
      waiting_.pop_front();
      call->message = run_.next++ % run_.messages.expected.size();
      call->context.emplace();
      call->context->set_deadline(
          absl::ToChronoTime(absl::Now() + run_.options.timeout));
      call->reader = prepare_(&*call->context, call->message, &queue_);
      call->reader->StartCall();
      call->reader->Finish(&call->answer, &call->status, call);
    }
  }

  void ShutdownIfDone() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (stopped_ && waiting_.empty() && idle_.size() == calls_.size()) {
      queue_.Shutdown();
    }
  }

  const Prepare prepare_;
  LoadRun& run_;
  // When what still waits is no longer sent.
  const uint64_t give_up_ns_;
  grpc::CompletionQueue queue_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // When each of those that are not sent yet ought to have been.
  std::deque<uint64_t> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Call>> calls_ ABSL_GUARDED_BY(mutex_);
  std::vector<Call*> idle_ ABSL_GUARDED_BY(mutex_);
};

template <typename Answer, typename Prepare>
std::unique_ptr<LoadDriver> MakeUnaryDriver(Prepare prepare, LoadRun* run) {
  return std::make_unique<UnaryDriver<Answer, Prepare>>(std::move(prepare),
                                                        run);
}

// One stream. At any time at most one read and one write are under way; answers
// come in the order of the messages.
class StreamDriver final : public LoadDriver {
 public:
  StreamDriver(std::unique_ptr<v1::DecisionService::Stub> stub, LoadRun* run)
      : stub_(std::move(stub)), run_(*run) {
    context_.set_deadline(
        absl::ToChronoTime(absl::Now() + run_.options.warm_up +
                           run_.options.duration + run_.options.timeout));
    stream_ = stub_->PrepareAsyncDecideStream(&context_, &queue_);
    stream_->StartCall(&started_);
  }

  void Offer(uint64_t intended_ns) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(intended_ns);
    Proceed();
  }

  void Stop() override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    Proceed();
  }

  LoadResult Run() override ABSL_LOCKS_EXCLUDED(mutex_) {
    Counter counter(&run_);
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      absl::MutexLock lock(&mutex_);
      if (tag == &written_) {
        writing_ = false;
      } else if (tag == &finished_) {
        queue_.Shutdown();
      } else if (!ok) {
        // It could not be started, or there is nothing more to read.
        closed_ = true;
        stream_->Finish(&status_, &finished_);
      } else {
        if (tag == &started_) {
          writing_ = false;
        } else {
          TakeAnswer(counter);
        }
        stream_->Read(&answer_, &read_);
      }
      Proceed();
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&stopped_));
    Abandon(counter);
    return counter.result();
  }

 private:
  struct Sent {
    size_t message = 0;
    uint64_t intended_ns = 0;
  };

  void TakeAnswer(Counter& counter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const Sent sent = sent_.front();
    sent_.pop_front();
    counter.Answered(sent.message, sent.intended_ns, answer_);
    if (run_.options.per_second == 0 && !stopped_) {
      waiting_.push_back(NowNs());
    }
  }

  // What the stream ended without.
  void Abandon(Counter& counter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const int code =
        status_.ok() ? grpc::StatusCode::UNAVAILABLE : status_.error_code();
    for (const Sent& sent : sent_) {
      counter.Failed(sent.message, sent.intended_ns, code);
    }
    for (const uint64_t intended_ns : waiting_) {
      counter.Failed(0, intended_ns, code);
    }
  }

  void Proceed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || closed_) return;
    if (!waiting_.empty() && sent_.size() < kMaxUnderWay) {
      const Sent sent = {run_.next++ % run_.messages.expected.size(),
                         waiting_.front()};
      waiting_.pop_front();
      sent_.push_back(sent);
      writing_ = true;
      grpc::WriteOptions options;
      // More follows at once.
      if (!waiting_.empty()) options.set_buffer_hint();
      stream_->Write(run_.messages.requests[sent.message], options, &written_);
    } else if (stopped_ && waiting_.empty() && !ended_) {
      ended_ = true;
      writing_ = true;
      stream_->WritesDone(&written_);
    }
  }

  const std::unique_ptr<v1::DecisionService::Stub> stub_;
  LoadRun& run_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientAsyncReaderWriter<v1::DecideRequest, v1::DecideResult>>
      stream_;
  // The tags are their addresses.
  char started_ = 0;
  char read_ = 0;
  char written_ = 0;
  char finished_ = 0;
  v1::DecideResult answer_;
  grpc::Status status_;

  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Or it has not started.
  bool writing_ ABSL_GUARDED_BY(mutex_) = true;
  // Nothing may be written any more.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<uint64_t> waiting_ ABSL_GUARDED_BY(mutex_);
  std::deque<Sent> sent_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<LoadDriver> MakeLoadDriver(
    std::shared_ptr<grpc::Channel> channel, LoadRun* run) {
  if (run->options.method == LoadMethod::kStream) {
    return std::make_unique<StreamDriver>(v1::DecisionService::NewStub(channel),
                                          run);
  }
  const std::shared_ptr<v1::DecisionService::Stub> stub =
      v1::DecisionService::NewStub(channel);
  if (!run->messages.batches.empty()) {
    return MakeUnaryDriver<v1::DecideBatchResponse>(
        [stub, run](grpc::ClientContext* context, size_t message,
                    grpc::CompletionQueue* queue) {
          return stub->PrepareAsyncDecideBatch(
              context, run->messages.batches[message], queue);
        },
        run);
  }
  return MakeUnaryDriver<v1::DecideResponse>(
      [stub, run](grpc::ClientContext* context, size_t message,
                  grpc::CompletionQueue* queue) {
        return stub->PrepareAsyncDecide(context,
                                        run->messages.requests[message], queue);
      },
      run);
}

}  // namespace sekisho
