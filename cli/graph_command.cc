// `sekisho graph`.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/graphviz.h"
#include "cli/load_entities.h"
#include "cli/load_request.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/source/diagnostic.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/decide/decide.h"
#include "engine/eval/machine.h"
#include "engine/graph/artifact.h"
#include "engine/graph/graph_view.h"

namespace sekisho {
namespace {

struct GraphCommand {
  std::string artifact;
  std::string policy;
  std::string request;
  std::string entities;
  std::string svg;
  bool dot = false;
  size_t max_nodes = 300;
};

absl::StatusOr<std::shared_ptr<const Artifact>> CompileFolder(
    const std::string& path) {
  ASSIGN_OR_RETURN(const PolicyFolder folder, LoadPolicyFolder(path));
  Compilation compilation(&folder.sources);
  CompileOptions options;
  options.keep_policies = false;
  RETURN_IF_ERROR(Compile(folder, options, &compilation));
  if (compilation.diagnostics.has_errors()) {
    compilation.diagnostics.Sort();
    std::cerr << compilation.diagnostics.ToString();
    return absl::InvalidArgumentError(absl::StrCat(path, ": does not compile"));
  }
  return Artifact::FromBytes(std::move(compilation.artifact));
}

absl::StatusOr<PolicyIndex> FindPolicy(const Artifact& artifact,
                                       const std::string& id) {
  const std::vector<PolicyInfo>& policies = artifact.policies();
  const auto it =
      std::find_if(policies.begin(), policies.end(),
                   [&](const PolicyInfo& policy) { return policy.id == id; });
  if (it != policies.end()) {
    return static_cast<PolicyIndex>(it - policies.begin());
  }
  std::vector<std::string> ids;
  for (const PolicyInfo& policy : policies) ids.push_back(policy.id);
  const std::string nearest = Nearest(id, ids);
  return absl::NotFoundError(absl::StrCat(
      "there is no policy `", id, "`",
      nearest.empty() ? "" : absl::StrCat("; did you mean `", nearest, "`?")));
}

// Marks the request's way in the view, and returns the decision in words.
absl::StatusOr<std::string> TraceRequest(const GraphCommand& command,
                                         const Artifact& artifact,
                                         GraphView* view) {
  ASSIGN_OR_RETURN(std::unique_ptr<MemoryEntities> entities,
                   LoadEntities(command.entities, artifact.schema()));
  ASSIGN_OR_RETURN(const Request request,
                   LoadRequest(command.request, artifact.schema()));
  ASSIGN_OR_RETURN(const Decision decision,
                   Decide(artifact, request, *entities));
  const DecisionGraph& graph = artifact.graph();
  if (const Environment* environment = graph.Find(
          request.action, request.principal.type, request.resource.type)) {
    Machine machine(graph, request, *entities);
    view->Trace(*environment,
                [&](TestIndex test) { return machine.Ask(test); });
    RETURN_IF_ERROR(machine.status());
  }
  std::vector<std::string> ids;
  for (const PolicyIndex policy : decision.determining) {
    ids.push_back(IdOf(artifact.policies(), decision, policy));
  }
  return absl::StrCat(decision.permitted() ? "permit" : "deny", ": ",
                      CauseName(decision.cause), ids.empty() ? "" : " by ",
                      absl::StrJoin(ids, ", "), "\n");
}

absl::Status Run(const GraphCommand& command) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Artifact> artifact,
                   std::filesystem::is_directory(command.artifact)
                       ? CompileFolder(command.artifact)
                       : Artifact::Load(command.artifact));
  GraphView view(artifact->graph());
  if (!command.policy.empty()) {
    ASSIGN_OR_RETURN(const PolicyIndex policy,
                     FindPolicy(*artifact, command.policy));
    view.Keep(policy);
  }
  std::string decision;
  if (!command.request.empty()) {
    ASSIGN_OR_RETURN(decision, TraceRequest(command, *artifact, &view));
    // Of a single policy the way not taken is worth seeing too.
    if (command.policy.empty()) view.KeepTraced();
  }
  std::vector<std::string> ids;
  for (const PolicyInfo& info : artifact->policies()) {
    ids.push_back(info.id);
  }
  if (command.svg.empty() && !command.dot) {
    std::cout << view.ToString(ids) << decision;
    return absl::OkStatus();
  }
  if (view.size() > command.max_nodes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the graph has ", view.size(), " nodes, and more than ",
        command.max_nodes,
        " are no picture: choose a policy with --policy or a request with "
        "--request, or raise --max-nodes"));
  }
  const std::string dot = view.ToDot(ids);
  if (command.dot) std::cout << dot;
  if (command.svg.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string svg, DotToSvg(dot));
  return WriteFileAtomically(command.svg, svg);
}

}  // namespace

void AddGraphCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<GraphCommand>();
  CLI::App* graph = app->add_subcommand(
      "graph",
      "Show a decision graph, a policy's part of it, or a decision's way");
  graph
      ->add_option("-a,--artifact", command->artifact,
                   "A compiled policy, or the folder to compile")
      ->required()
      ->check(CLI::ExistingPath);
  graph->add_option("--policy", command->policy,
                    "Only what decides about the policy with this id");
  CLI::Option* request =
      graph
          ->add_option("-r,--request", command->request,
                       "Only what a decision passes: the request as JSON; "
                       "with --policy its way is marked")
          ->check(CLI::ExistingFile);
  graph
      ->add_option("-e,--entities", command->entities,
                   "The entities of that decision as JSON")
      ->needs(request)
      ->check(CLI::ExistingFile);
  graph->add_option("--svg", command->svg,
                    "Draw it into this file, by Graphviz");
  graph->add_flag("--dot", command->dot, "Print it in Graphviz's language");
  graph->add_option("--max-nodes", command->max_nodes, "The most nodes to draw")
      ->capture_default_str();
  graph->callback([command, status] {
    const absl::Status result = Run(*command);
    if (!result.ok()) std::cerr << "error: " << result.message() << "\n";
    *status = result.ok() ? kExitOk : kExitFailed;
  });
}

}  // namespace sekisho
