// `sekisho demo`: puts a policy folder into force on a running server, and
// asks it about every use case of the folder's matrix.
#ifndef SEKISHO_CLI_DEMO_H_
#define SEKISHO_CLI_DEMO_H_

#include <ostream>
#include <string>

namespace sekisho {

struct DemoOptions {
  // The server's address, `127.0.0.1:7400` or `unix:/PATH`.
  std::string server;
  // Empty: the server's default.
  std::string policy_store;
  // A policy folder with a matrix and cases.
  std::string policies;
};

// Compiles the folder, activates it, writes the cases' population, and sends
// for each use case its own request and a near miss. Prints to `out` a table of
// the answers and a last line that sums up; to `progress` what it is doing, and
// what went wrong.
//
// 0 if every answer is the one its case expects, 1 otherwise.
int RunDemo(const DemoOptions& options, std::ostream& out,
            std::ostream& progress);

}  // namespace sekisho

#endif  // SEKISHO_CLI_DEMO_H_
