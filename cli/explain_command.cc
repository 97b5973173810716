// `sekisho explain`: why a request is decided as it is, and what would help.
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "analysis/explain.h"
#include "analysis/explanation_json.h"
#include "analysis/words.h"
#include "cli/command.h"
#include "cli/load_entities.h"
#include "cli/load_request.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct ExplainCommand {
  std::string artifact;
  std::string entities;
  std::string request;
  std::string language;
  bool redacted = false;
  bool json = false;
};

absl::StatusOr<Explanation> ExplainHere(const ExplainCommand& command) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Artifact> artifact,
                   Artifact::Load(command.artifact));
  ASSIGN_OR_RETURN(std::unique_ptr<MemoryEntities> entities,
                   LoadEntities(command.entities, artifact->schema()));
  ASSIGN_OR_RETURN(Request request,
                   LoadRequest(command.request, artifact->schema()));
  return Explain(*artifact, request, *entities);
}

template <typename T>
void Print(const T& explanation, const ExplainCommand& command) {
  if (command.json) {
    std::cout << ToJson(explanation)
                     .dump(2, ' ', false,
                           nlohmann::ordered_json::error_handler_t::replace)
              << "\n";
    return;
  }
  std::cout << InWords(explanation, command.language == "ja"
                                        ? Language::kJapanese
                                        : Language::kEnglish);
}

int Run(const ExplainCommand& command) {
  const absl::StatusOr<Explanation> explanation = ExplainHere(command);
  if (!explanation.ok()) {
    std::cerr << "error: " << explanation.status().message() << "\n";
    return kExitFailed;
  }
  if (command.redacted) {
    Print(Redact(*explanation), command);
  } else {
    Print(*explanation, command);
  }
  return explanation->decision.permitted() ? kExitOk : kExitDenied;
}

}  // namespace

void AddExplainCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<ExplainCommand>();
  CLI::App* explain = app->add_subcommand(
      "explain", "Say why a request is decided as it is, and what would help");
  explain
      ->add_option("-a,--artifact", command->artifact,
                   "The compiled policy that decides")
      ->required()
      ->check(CLI::ExistingFile);
  explain
      ->add_option("-e,--entities", command->entities,
                   "Entities as JSON in Cedar's form")
      ->check(CLI::ExistingFile);
  explain
      ->add_option("-r,--request", command->request,
                   "The request as JSON in Cedar's form; - is standard input")
      ->default_val("-");
  explain->add_option("--lang", command->language, "The language of the words")
      ->check(CLI::IsMember({"en", "ja"}))
      ->default_val("en");
  explain->add_flag("--redacted", command->redacted,
                    "Only what the one who asked may be told");
  explain->add_flag("--json", command->json,
                    "Print it as JSON, in both languages");
  explain->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
