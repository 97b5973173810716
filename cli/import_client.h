// Sends an import to a server, chunk by chunk, and goes on with it by itself
// after the connection broke.
//
//   ImportClient client(stub.get(), options);
//   RETURN_IF_ERROR(client.Begin());
//   // The first client.applied() mutations are there already.
//   RETURN_IF_ERROR(client.Add(mutation, "nurses.csv:7:1"));
//   RETURN_IF_ERROR(client.Finish());
//
// Keeps what the server has not acknowledged, up to kMaxOpenChunks, and waits
// when there is more: memory does not depend on the size of the import. Not for
// several threads.
#ifndef SEKISHO_CLI_IMPORT_CLIENT_H_
#define SEKISHO_CLI_IMPORT_CLIENT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"

namespace sekisho {

struct ImportClientOptions {
  v1::ImportHeader header;
  // How long to go on trying without an answer of the server's.
  absl::Duration patience = absl::Seconds(30);
  // Called for each mutation that the server finds wrong, with its place.
  std::function<void(absl::string_view place, const v1::ImportError& error)>
      on_error;
};

class ImportClient {
 public:
  // `stub` must outlive this object.
  ImportClient(v1::EntityService::Stub* stub, ImportClientOptions options)
      : stub_(stub), options_(std::move(options)) {}
  ~ImportClient();

  // For all three: the server's error, if the import cannot go on.

  absl::Status Begin();
  // `place`: what on_error calls it.
  absl::Status Add(v1::EntityMutation mutation, std::string place);
  // Returns when the server has all, on disk.
  absl::Status Finish();

  // As the server last said. REQUIRES: Begin has returned.
  const v1::ImportEntitiesResponse& progress() const { return progress_; }

 private:
  using Stream = grpc::ClientReaderWriter<v1::ImportEntitiesRequest,
                                          v1::ImportEntitiesResponse>;
  // One call, and the thread that takes its answers.
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<Stream> stream;
    std::thread reader;
    absl::Mutex mutex;
    std::deque<v1::ImportEntitiesResponse> answers ABSL_GUARDED_BY(mutex);
    bool ended ABSL_GUARDED_BY(mutex) = false;
  };
  struct Chunk {
    v1::ImportEntitiesRequest request;
    std::vector<std::string> places;
  };

  absl::Status Send(Chunk chunk);
  // Takes answers until at most `open` messages are without.
  absl::Status Await(size_t open);
  void Take(const v1::ImportEntitiesResponse& answer);
  // One attempt; and as many as patience allows, after the call has ended.
  absl::Status Connect();
  absl::Status Reconnect();
  // The status of the call, which is over then.
  absl::Status EndCall();

  v1::EntityService::Stub* const stub_;
  const ImportClientOptions options_;
  std::unique_ptr<Call> call_;
  v1::ImportEntitiesResponse progress_;
  absl::Time last_answer_;
  // How many mutations were added, those that were there already included.
  uint64_t added_ = 0;
  Chunk next_;
  size_t next_bytes_ = 0;
  // Sent and not answered.
  std::deque<Chunk> open_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_IMPORT_CLIENT_H_
