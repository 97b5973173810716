// A real sekishod, for tests that kill it.
#ifndef SEKISHO_TESTS_SERVER_SERVER_PROCESS_H_
#define SEKISHO_TESTS_SERVER_SERVER_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace sekisho {

class ServerProcess {
 public:
  // Runs the program `sekishod` on a free port, and waits until it listens.
  ServerProcess(const std::string& sekishod, const std::string& data);
  // Kills it.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Empty if it did not start.
  const std::string& address() const { return address_; }

  // Sends the signal and waits for the end.
  void End(int signal);

 private:
  pid_t pid_ = -1;
  std::string address_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_SERVER_SERVER_PROCESS_H_
