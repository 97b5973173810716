// `sekisho demo`.
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/demo.h"

namespace sekisho {

void AddDemoCommand(CLI::App* app, int* status) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* demo = app->add_subcommand(
      "demo",
      "Put a policy folder with cases into force on a server, and ask it about "
      "every use case");
  demo->add_option("-s,--server", options->server, "The server's address")
      ->required();
  demo->add_option("-p,--policies", options->policies,
                   "The policy folder; its cases' population is written too")
      ->required()
      ->check(CLI::ExistingDirectory);
  demo->add_option("--policy-store", options->policy_store,
                   "The server's policy store; `default` if left out");
  demo->callback(
      [options, status] { *status = RunDemo(*options, std::cout, std::cerr); });
}

}  // namespace sekisho
