// `sekisho compile`.
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/base/file.h"
#include "engine/graph/artifact_writer.h"
#include "engine/graph/graph.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct CompileCommand {
  std::string policies;
  std::string output;
  bool cedar_mode = false;
  bool graph = false;
  bool json = false;
};

int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return kExitFailed;
}

void PrintSummary(const CompileCommand& command,
                  const Compilation& compilation) {
  const GraphSize& size = compilation.size;
  const DecisionGraph& graph = compilation.graph;
  const std::string hash = HashOfArtifact(compilation.artifact);
  if (command.json) {
    nlohmann::ordered_json json = {
        {"hash", hash},
        {"bytes", compilation.artifact.size()},
        {"policies", graph.is_forbid.size()},
        {"environments", graph.environments.size()},
        {"tests", size.tests},
        {"nodes", size.nodes},
        {"graph_bytes", size.bytes},
        {"splits", size.splits},
        {"splits_by_budget", compilation.splits_by_budget},
        {"worst_nodes", size.worst_nodes},
        {"worst_tests", size.worst_tests},
        {"mode", graph.fail_closed ? "fail_closed" : "cedar"},
        {"warnings", compilation.diagnostics.all().size()},
    };
    std::cout << json.dump(2) << "\n";
    return;
  }
  std::cout << graph.is_forbid.size() << " policies, "
            << graph.environments.size() << " request environments, "
            << size.tests << " tests, " << size.nodes << " nodes, "
            << size.bytes << " bytes of graph\n"
            << "at most " << size.worst_nodes << " nodes and "
            << size.worst_tests << " tests a decision; "
            << compilation.splits_by_budget
            << " states left to single policies by the node budget\n"
            << "artifact " << hash << ", " << compilation.artifact.size()
            << " bytes"
            << (command.output.empty() ? "" : ", in " + command.output) << "\n";
}

int Run(const CompileCommand& command) {
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(command.policies);
  if (!folder.ok()) return Fail(folder.status());
  Compilation compilation(&folder->sources);
  CompileOptions options;
  options.fail_closed = !command.cedar_mode;
  options.keep_policies = false;
  if (absl::Status status = Compile(*folder, options, &compilation);
      !status.ok()) {
    return Fail(status);
  }
  compilation.diagnostics.Sort();
  std::cerr << compilation.diagnostics.ToString();
  if (compilation.diagnostics.has_errors()) {
    std::cerr << compilation.diagnostics.error_count() << " errors\n";
    return kExitFailed;
  }
  if (!command.output.empty()) {
    absl::Status status =
        WriteFileAtomically(command.output, compilation.artifact);
    if (!status.ok()) return Fail(status);
  }
  if (command.graph) {
    std::cout << compilation.graph.ToString();
  } else {
    PrintSummary(command, compilation);
  }
  return kExitOk;
}

}  // namespace

void AddCompileCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<CompileCommand>();
  CLI::App* compile = app->add_subcommand(
      "compile", "Check a policy folder and compile it into an artifact");
  compile
      ->add_option("policies", command->policies,
                   "The folder: *.cedarschema, *.cedar, and the files of a "
                   "matrix")
      ->required()
      ->check(CLI::ExistingDirectory);
  compile->add_option("-o,--output", command->output,
                      "Where to write the artifact; without it, nothing is "
                      "written");
  compile->add_flag("--cedar-mode", command->cedar_mode,
                    "Skip forbids that cannot be evaluated, as Cedar does, "
                    "instead of denying");
  CLI::Option* graph = compile->add_flag(
      "--graph", command->graph, "Print the decision graph, a node a line");
  compile->add_flag("--json", command->json, "Print the summary as JSON")
      ->excludes(graph);
  compile->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
