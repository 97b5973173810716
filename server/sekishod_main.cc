// sekishod, the decision service. Prints `listening on ADDRESS` for each
// address once it serves, and stops on SIGTERM or SIGINT.
//
// Exit status: 0 stopped by a signal, 1 could not start, 2 wrong arguments.
#include <signal.h>

#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "engine/base/version.h"
#include "server/listen_address.h"
#include "server/server.h"

namespace sekisho {
namespace {

// Blocked in all threads, so that only sigwait sees them.
sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

int Serve(const ServerOptions& options) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options);
  if (!server.ok()) {
    std::cerr << "sekishod: " << server.status().message() << "\n";
    return 1;
  }
  for (const std::string& address : (*server)->addresses()) {
    std::cout << "listening on " << address << std::endl;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  std::cerr << "sekishod: stopping\n";
  // A second one does not wait.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->Stop();
  return 0;
}

int Main(int argc, char** argv) {
  ServerOptions options;
  CLI::App app("Sekisho's decision service: answers access requests over gRPC.",
               "sekishod");
  app.set_version_flag("--version", std::string("sekishod ") + kVersion);
  app.add_option("--listen", options.listen,
                 "Where to listen: 127.0.0.1:PORT, [::1]:PORT or unix:/PATH; "
                 "port 0 is any free one. May be repeated")
      ->type_name("ADDRESS")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        return std::string(ParseListenAddress(text).status().message());
      })
      ->capture_default_str();
  app.add_option("--data", options.data,
                 "Directory of policies, entities, the decision log and its "
                 "key; created if missing")
      ->type_name("DIR")
      ->required();
  app.add_option("--log-origin", options.log_origin,
                 "Name of the decision log, unique among logs; by default that "
                 "of its key, which is made at random")
      ->type_name("NAME");
  app.add_flag("--log-sync", options.log_sync,
               "Answer only when the disk has the record, so that a power cut "
               "costs none");
  app.footer(
      "Prints `listening on ADDRESS` once it serves; stops on SIGTERM or "
      "SIGINT.\nExit status: 0 stopped by a signal, 1 could not start, 2 wrong "
      "arguments.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return Serve(options);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) { return sekisho::Main(argc, argv); }
