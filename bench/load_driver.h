// One connection of a load, with a thread of its own.
#ifndef SEKISHO_BENCH_LOAD_DRIVER_H_
#define SEKISHO_BENCH_LOAD_DRIVER_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "bench/load.h"
#include "bench/load_messages.h"
#include "grpcpp/channel.h"

namespace sekisho {

// What all drivers of a load share.
struct LoadRun {
  const LoadOptions& options;
  const LoadMessages& messages;
  uint64_t start_ns = 0;
  // What ought to be sent from here to the end is counted.
  uint64_t begin_ns = 0;
  uint64_t end_ns = 0;
  // The next message, whoever sends it.
  std::atomic<size_t> next{0};
  // For the progress line.
  std::atomic<uint64_t> decisions{0};
  std::atomic<uint64_t> failed{0};
};

class LoadDriver {
 public:
  virtual ~LoadDriver() = default;

  // A message that ought to be sent at `intended_ns`, which is now or past;
  // waits here as long as too many are under way. From any thread.
  virtual void Offer(uint64_t intended_ns) = 0;
  // No more are offered. From any thread.
  virtual void Stop() = 0;
  // Sends and receives until it is stopped and all is answered, or given up
  // once the timeout is over. In closed-loop every answer offers a message.
  virtual LoadResult Run() = 0;
};

// `run` must outlive the driver.
std::unique_ptr<LoadDriver> MakeLoadDriver(
    std::shared_ptr<grpc::Channel> channel, LoadRun* run);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_LOAD_DRIVER_H_
