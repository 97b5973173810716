#include "tests/cli/run_command.h"

#include <stdio.h>
#include <sys/wait.h>

namespace sekisho {

Ran RunCommand(const std::string& command) {
  Ran ran;
  FILE* out = popen((command + " 2>&1").c_str(), "r");
  if (out == nullptr) return ran;
  char buffer[4096];
  size_t size;
  while ((size = fread(buffer, 1, sizeof(buffer), out)) > 0) {
    ran.output.append(buffer, size);
  }
  ran.status = WEXITSTATUS(pclose(out));
  return ran;
}

}  // namespace sekisho
