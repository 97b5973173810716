// The streams of decisions that are open.
//
// Each reads a message, decides it, and reads on while the answer is sent, in
// order. At most kMaxOpenAnswers wait to be sent; then it reads no further, and
// gRPC's flow control makes the client wait.
#ifndef SEKISHO_SERVER_DECIDE_STREAMS_H_
#define SEKISHO_SERVER_DECIDE_STREAMS_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

// Thread-safe. Must outlive the server whose streams it has.
class DecideStreams {
 public:
  // The answer to one message.
  using Decide =
      std::function<v1::DecideResult(const v1::DecideRequest& message)>;

  // A reactor that owns itself. `context` is that of the stream; `decide` is
  // called by one thread at a time.
  grpc::ServerBidiReactor<v1::DecideRequest, v1::DecideResult>* Open(
      const grpc::CallbackServerContext* context, Decide decide)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all streams with Unavailable once they have sent the answers to what
  // they have read; new ones at once. Returns when there are none, or at the
  // deadline.
  void Stop(absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Stream;

  void Remove(Stream* stream) ABSL_LOCKS_EXCLUDED(mutex_);

  // Locked before a stream's.
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<Stream*> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECIDE_STREAMS_H_
