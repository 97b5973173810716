// Tested by tests/server/decide_stream_test.cc.
#include "server/decide_streams.h"

#include <deque>
#include <utility>

#include "server/limits.h"

namespace sekisho {

// At any time at most one read and one write are under way. gRPC calls OnDone
// when both, and every call of this object by gRPC, are over.
class DecideStreams::Stream final
    : public grpc::ServerBidiReactor<v1::DecideRequest, v1::DecideResult> {
 public:
  Stream(DecideStreams* streams, const grpc::CallbackServerContext* context,
         Decide decide)
      : streams_(*streams), context_(*context), decide_(std::move(decide)) {
    absl::MutexLock lock(&mutex_);
    Proceed();
  }

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      deciding_ = ok && !finished_ && !context_.IsCancelled();
      if (!deciding_) {
        ended_ = true;
        Proceed();
        return;
      }
    }
    v1::DecideResult answer = decide_(message_);
    absl::MutexLock lock(&mutex_);
    deciding_ = false;
    answers_.push_back(std::move(answer));
    Proceed();
  }

  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    answers_.pop_front();
    if (!ok) {
      // The client is gone.
      answers_.clear();
      ended_ = true;
    }
    Proceed();
  }

  void OnDone() override {
    streams_.Remove(this);
    delete this;
  }

  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    Proceed();
  }

 private:
  // Starts what can be started.
  void Proceed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_) return;
    if (!writing_ && !answers_.empty()) {
      writing_ = true;
      grpc::WriteOptions options;
      if (answers_.size() > 1) options.set_buffer_hint();
      StartWrite(&answers_.front(), options);
    }
    const bool reads_on = !ended_ && !stopping_;
    if (reads_on && !reading_ && !deciding_ &&
        answers_.size() < kMaxOpenAnswers) {
      reading_ = true;
      StartRead(&message_);
    }
    if (reads_on || deciding_ || writing_) return;
    // A read that is under way when the server stops ends with the stream. What
    // it may bring is not decided.
    finished_ = true;
    Finish(ended_ ? grpc::Status::OK
                  : grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                 "the server is stopping"));
  }

  DecideStreams& streams_;
  const grpc::CallbackServerContext& context_;
  const Decide decide_;
  // gRPC's while it reads, and otherwise OnReadDone's.
  v1::DecideRequest message_;

  absl::Mutex mutex_;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool deciding_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // There is nothing more to read.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // The first is being written, if any is.
  std::deque<v1::DecideResult> answers_ ABSL_GUARDED_BY(mutex_);
};

grpc::ServerBidiReactor<v1::DecideRequest, v1::DecideResult>*
DecideStreams::Open(const grpc::CallbackServerContext* context, Decide decide) {
  absl::MutexLock lock(&mutex_);
  auto* stream = new Stream(this, context, std::move(decide));
  streams_.insert(stream);
  if (stopped_) stream->Stop();
  return stream;
}

void DecideStreams::Stop(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  for (Stream* stream : streams_) stream->Stop();
  const auto is_empty = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return streams_.empty();
  };
  mutex_.AwaitWithDeadline(absl::Condition(&is_empty), deadline);
}

void DecideStreams::Remove(Stream* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

}  // namespace sekisho
