#include "tests/server/server_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace sekisho {

ServerProcess::ServerProcess(const std::string& sekishod,
                             const std::string& data) {
  int out[2];
  if (pipe(out) != 0) return;
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    close(out[0]);
    close(out[1]);
    execl(sekishod.c_str(), "sekishod", "--listen", "127.0.0.1:0", "--data",
          data.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(out[1]);
  char c;
  std::string line;
  while (read(out[0], &c, 1) == 1 && c != '\n') line += c;
  close(out[0]);
  absl::string_view rest = line;
  if (absl::ConsumePrefix(&rest, "listening on ")) {
    address_ = std::string(rest);
  }
}

ServerProcess::~ServerProcess() { End(SIGKILL); }

void ServerProcess::End(int signal) {
  if (pid_ <= 0) return;
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace sekisho
