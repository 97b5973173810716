// sekishod, the decision service. Prints `listening on ADDRESS` for each
// address once it serves, and stops on SIGTERM or SIGINT. SIGHUP reads the
// table of enforcement points again. Then and at the end it says what the cache
// of entities did.
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
sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

void PrintEntityCache(const Server& server) {
  std::cerr << "sekishod: entity cache: " << server.EntityCacheToString()
            << "\n";
}

void PrintPeps(const Server& server, const std::string& path) {
  std::cerr << "sekishod: enforcement points: " << server.PepsToString()
            << (path.empty() ? "; --peps FILE grants less" : "") << "\n";
}

int Serve(const ServerOptions& options) {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options);
  if (!server.ok()) {
    std::cerr << "sekishod: " << server.status().message() << "\n";
    return 1;
  }
  PrintPeps(**server, options.peps);
  for (const std::string& address : (*server)->addresses()) {
    std::cout << "listening on " << address << std::endl;
  }
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    PrintEntityCache(**server);
    if (absl::Status status = (*server)->ReloadPeps(); !status.ok()) {
      std::cerr << "sekishod: the table of enforcement points stays as it was: "
                << status.message() << "\n";
    } else {
      PrintPeps(**server, options.peps);
    }
  }
  std::cerr << "sekishod: stopping\n";
  // A second one does not wait.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->Stop();
  PrintEntityCache(**server);
  return 0;
}

int Main(int argc, char** argv) {
  ServerOptions options;
  CLI::App app("Sekisho's decision service: answers access requests over gRPC.",
               "sekishod");
  app.set_version_flag("--version", std::string("sekishod ") + kVersion);
  app.add_option("--listen", options.listen,
                 "Where to listen: 127.0.0.1:PORT, [::1]:PORT, unix:/PATH, or "
                 "tls:ADDRESS:PORT for other machines; port 0 is any free one. "
                 "May be repeated")
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
  app.add_option("--peps", options.peps,
                 "Table of enforcement points: who may call, assert and supply "
                 "what. Without it, this machine's clients on loopback, and "
                 "on Unix sockets those of this user, may do everything")
      ->type_name("FILE");
  app.add_option("--tls-certificate", options.tls.certificate,
                 "Certificate chain of tls: addresses")
      ->type_name("FILE");
  app.add_option("--tls-key", options.tls.key, "Its key")->type_name("FILE");
  app.add_option("--tls-client-authorities", options.tls.client_authorities,
                 "Certificates of the authorities that name clients")
      ->type_name("FILE");
  app.add_option("--log-origin", options.log_origin,
                 "Name of the decision log, unique among logs; by default that "
                 "of its key, which is made at random")
      ->type_name("NAME");
  app.add_option("--entity-cache", options.entity_cache_bytes,
                 "Memory for entities that decisions read, such as 512MB; 0 "
                 "keeps none")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->capture_default_str();
  app.add_flag("--log-sync", options.log_sync,
               "Answer only when the disk has the record, so that a power cut "
               "costs none");
  app.footer(
      "Prints `listening on ADDRESS` once it serves; stops on SIGTERM or "
      "SIGINT, reads\nthe table of enforcement points again on SIGHUP, and "
      "says "
      "then what the cache of\nentities did.\nExit status: 0 stopped by a "
      "signal, 1 could not start, 2 wrong arguments.");
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
