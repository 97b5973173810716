// A command, run as a user would.
#ifndef SEKISHO_TESTS_CLI_RUN_COMMAND_H_
#define SEKISHO_TESTS_CLI_RUN_COMMAND_H_

#include <string>

namespace sekisho {

struct Ran {
  int status = -1;
  // Both streams.
  std::string output;
};

// By the shell.
Ran RunCommand(const std::string& command);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_CLI_RUN_COMMAND_H_
