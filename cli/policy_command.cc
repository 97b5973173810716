// `sekisho policy`: which policies are in force on a server.
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/command.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/base/file.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct PolicyCommand {
  std::string server;
  std::string policy_store;
  // activate
  std::string policies;
  // rollback
  std::string hash;
  // activate, rollback
  std::optional<std::string> expected;
  // list
  uint32_t limit = 100;
  bool json = false;
};

Client ClientOf(const PolicyCommand& command) {
  ClientOptions options;
  options.policy_store = command.policy_store;
  return Client(command.server, options);
}

int Fail(const PolicyCommand& command, const absl::Status& status) {
  std::cerr << "error: the server at " << command.server << ": "
            << status.message() << "\n";
  return kExitFailed;
}

// The artifact at `path`, or that of the policy folder there. None if it cannot
// be read or has errors, which then were said.
std::optional<std::string> ReadOrCompile(const std::string& path) {
  if (!std::filesystem::is_directory(path)) {
    absl::StatusOr<std::string> bytes = ReadFile(path);
    if (bytes.ok()) return *std::move(bytes);
    std::cerr << "error: " << bytes.status().message() << "\n";
    return std::nullopt;
  }
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(path);
  if (!folder.ok()) {
    std::cerr << "error: " << folder.status().message() << "\n";
    return std::nullopt;
  }
  Compilation compilation(&folder->sources);
  CompileOptions options;
  options.keep_policies = false;
  const absl::Status status = Compile(*folder, options, &compilation);
  compilation.diagnostics.Sort();
  std::cerr << compilation.diagnostics.ToString();
  if (!status.ok()) std::cerr << "error: " << status.message() << "\n";
  if (!status.ok() || compilation.diagnostics.has_errors()) return std::nullopt;
  return std::move(compilation.artifact);
}

std::string TimeOf(const v1::Activation& activation) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ",
                          absl::FromUnixSeconds(activation.time().seconds()),
                          absl::UTCTimeZone());
}

nlohmann::ordered_json ToJson(const v1::Activation& activation) {
  return {{"version", activation.version()},
          {"hash", activation.hash()},
          {"time", TimeOf(activation)}};
}

int PrintActivated(const PolicyCommand& command,
                   const v1::Activation& activation,
                   const std::string& previous) {
  if (command.json) {
    nlohmann::ordered_json json = ToJson(activation);
    json["previous_hash"] = previous;
    std::cout << json.dump(2) << "\n";
  } else {
    std::cout << "version " << activation.version()
              << " in force: " << activation.hash() << "\n"
              << (previous.empty() ? "the first of this policy store"
                                   : "before: " + previous)
              << "\n";
  }
  return kExitOk;
}

int Activate(const PolicyCommand& command) {
  const std::optional<std::string> artifact = ReadOrCompile(command.policies);
  if (!artifact.has_value()) return kExitFailed;
  Client client = ClientOf(command);
  const auto response = client.Activate(*artifact, command.expected);
  if (!response.ok()) return Fail(command, response.status());
  return PrintActivated(command, response->activation(),
                        response->previous_hash());
}

int Rollback(const PolicyCommand& command) {
  Client client = ClientOf(command);
  const auto response = client.Rollback(command.hash, command.expected);
  if (!response.ok()) return Fail(command, response.status());
  return PrintActivated(command, response->activation(),
                        response->previous_hash());
}

int List(const PolicyCommand& command) {
  Client client = ClientOf(command);
  const auto response = client.ListPolicies(command.limit);
  if (!response.ok()) return Fail(command, response.status());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const v1::Activation& activation : response->activations()) {
    if (command.json) {
      list.push_back(ToJson(activation));
      continue;
    }
    std::cout << activation.version() << "\t" << TimeOf(activation) << "\t"
              << activation.hash() << "\n";
  }
  if (command.json) std::cout << list.dump(2) << "\n";
  return kExitOk;
}

CLI::App* AddCommon(CLI::App* app, PolicyCommand* command) {
  app->add_option("-s,--server", command->server,
                  "The server's address, 127.0.0.1:PORT or unix:/PATH")
      ->required();
  app->add_option("--policy-store", command->policy_store,
                  "The server's policy store; `default` if left out");
  app->add_flag("--json", command->json, "Print JSON");
  return app;
}

void AddExpected(CLI::App* app, PolicyCommand* command) {
  app->add_option("--expect", command->expected,
                  "Only if the policy with this hash is in force; empty: only "
                  "if none is");
}

}  // namespace

void AddPolicyCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<PolicyCommand>();
  CLI::App* policy = app->add_subcommand(
      "policy", "Put policies into force on a server, and see which are");
  policy->require_subcommand(1);

  CLI::App* activate = AddCommon(
      policy->add_subcommand("activate",
                             "Put a policy into force: every later decision "
                             "is made by it"),
      command.get());
  activate
      ->add_option("POLICIES", command->policies,
                   "A policy folder, or an artifact that `compile` wrote")
      ->required()
      ->check(CLI::ExistingPath);
  AddExpected(activate, command.get());
  activate->callback([command, status] { *status = Activate(*command); });

  CLI::App* rollback =
      AddCommon(policy->add_subcommand(
                    "rollback", "Put a policy into force again that once was"),
                command.get());
  rollback->add_option("HASH", command->hash,
                       "Which one; left out, the last one in force before the "
                       "active one");
  AddExpected(rollback, command.get());
  rollback->callback([command, status] { *status = Rollback(*command); });

  CLI::App* list = AddCommon(
      policy->add_subcommand("list",
                             "The policies that were put into force, the "
                             "latest first: version, time, hash"),
      command.get());
  list->add_option("--limit", command->limit, "At most so many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  list->callback([command, status] { *status = List(*command); });
}

}  // namespace sekisho
