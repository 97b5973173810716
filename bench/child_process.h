// A server as a process of its own, which ends with this one.
#ifndef SEKISHO_BENCH_CHILD_PROCESS_H_
#define SEKISHO_BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sekisho {

class ChildProcess {
 public:
  // Runs the program with these arguments and waits until it has printed
  // `listening on ADDRESS` so many times. Unavailable if it ends before.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& command, size_t addresses);
  // Ends it in order, and waits for that.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // In the order in which it printed them.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  const pid_t pid_;
  const int output_;
  std::vector<std::string> addresses_;
};

}  // namespace sekisho

#endif  // SEKISHO_BENCH_CHILD_PROCESS_H_
