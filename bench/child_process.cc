#include "bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

constexpr char kListening[] = "listening on ";

[[noreturn]] void Run(const std::vector<char*>& arguments, int output) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(output, STDOUT_FILENO);
  const int null = open("/dev/null", O_WRONLY);
  dup2(null, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& command, size_t addresses) {
  std::vector<std::string> copies = command;
  std::vector<char*> arguments;
  for (std::string& argument : copies) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a pipe");
  }
  const pid_t pid = fork();
  if (pid == 0) Run(arguments, output[1]);
  close(output[1]);
  if (pid < 0) {
    close(output[0]);
    return absl::ErrnoToStatus(errno, "cannot start a process");
  }
  std::unique_ptr<ChildProcess> child(new ChildProcess(pid, output[0]));
  std::string line;
  while (child->addresses_.size() < addresses) {
    char c;
    if (read(output[0], &c, 1) != 1) {
      return absl::UnavailableError(
          absl::StrCat(command[0], " ended before it served"));
    }
    if (c != '\n') {
      line += c;
      continue;
    }
    if (absl::StartsWith(line, kListening)) {
      child->addresses_.push_back(line.substr(sizeof(kListening) - 1));
    }
    line.clear();
  }
  return child;
}

ChildProcess::~ChildProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  close(output_);
}

}  // namespace sekisho
