// `sekisho decide`: one request, in process or by a server.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/load_entities.h"
#include "cli/load_request.h"
#include "cli/policy_names.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/decide/decide.h"
#include "engine/decide/oblige.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/model/json.h"
#include "engine/model/obligation.h"
#include "nlohmann/json.hpp"
#include "proto/codec.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"

namespace sekisho {
namespace {

struct DecideCommand {
  std::string artifact;
  std::string entities;
  std::string server;
  std::string policy_store;
  std::string request;
  bool json = false;
};

// What is printed, wherever the decision was made.
struct Answer {
  bool permitted = false;
  std::string cause;
  std::vector<std::string> determining;
  std::vector<std::string> errors;
  std::vector<std::string> undecided_forbids;
  UnnamedPolicies unnamed;
  std::vector<Obligation> obligations;
  std::vector<Obligation> advice;
  std::string policy_hash;
};

absl::StatusOr<Answer> DecideHere(const DecideCommand& command) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Artifact> artifact,
                   Artifact::Load(command.artifact));
  ASSIGN_OR_RETURN(std::unique_ptr<MemoryEntities> entities,
                   LoadEntities(command.entities, artifact->schema()));
  ASSIGN_OR_RETURN(Request request,
                   LoadRequest(command.request, artifact->schema()));
  ASSIGN_OR_RETURN(Decision decision, Decide(*artifact, request, *entities));
  Obliged obliged = Oblige(*artifact, request, std::nullopt, &decision);

  Answer answer;
  answer.obligations = std::move(obliged.obligations);
  answer.advice = std::move(obliged.advice);
  answer.permitted = decision.permitted();
  answer.cause = CauseName(decision.cause);
  answer.policy_hash = artifact->hash();
  const std::vector<PolicyInfo>& policies = artifact->policies();
  auto add_ids = [&](const PolicyIndexes& indexes,
                     std::vector<std::string>* ids, uint64_t* unnamed) {
    const size_t named = CountNamed(policies, decision, indexes);
    for (size_t i = 0; i < named; ++i) {
      ids->push_back(policies[indexes[i]].id);
    }
    *unnamed = indexes.size() - named;
  };
  add_ids(decision.determining, &answer.determining,
          &answer.unnamed.determining);
  add_ids(decision.errors, &answer.errors, &answer.unnamed.errors);
  add_ids(decision.undecided_forbids, &answer.undecided_forbids,
          &answer.unnamed.undecided_forbids);
  return answer;
}

absl::StatusOr<Answer> DecideThere(const DecideCommand& command) {
  ASSIGN_OR_RETURN(std::string json, ReadFile(command.request));
  ASSIGN_OR_RETURN(Request request, RequestFromJson(json, nullptr));
  v1::DecideRequest proto;
  RequestToProto(request, &proto);
  proto.set_policy_store(command.policy_store);
  std::unique_ptr<v1::DecisionService::Stub> stub =
      v1::DecisionService::NewStub(grpc::CreateChannel(
          command.server, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  v1::DecideResponse response;
  grpc::Status status = stub->Decide(&context, proto, &response);
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        absl::StrCat("the server at ", command.server, ": ",
                                     status.error_message()));
  }
  Answer answer;
  answer.permitted = response.decision() == v1::PERMIT;
  answer.cause = CauseName(CauseFromProto(response.cause()));
  answer.policy_hash = response.policy_hash();
  auto add_ids = [](const auto& policies, std::vector<std::string>* ids) {
    for (const v1::PolicyReference& policy : policies) {
      ids->push_back(policy.id());
    }
  };
  add_ids(response.determining(), &answer.determining);
  add_ids(response.errors(), &answer.errors);
  add_ids(response.undecided_forbids(), &answer.undecided_forbids);
  answer.unnamed = {response.unnamed().determining(),
                    response.unnamed().errors(),
                    response.unnamed().undecided_forbids()};
  const auto add = [](const auto& obligations,
                      std::vector<Obligation>* out) -> absl::Status {
    for (const v1::Obligation& obligation : obligations) {
      ASSIGN_OR_RETURN(Value parameters,
                       RecordFromProto(obligation.parameters(), "obligation"));
      out->push_back({obligation.name(), std::move(parameters)});
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(add(response.obligations(), &answer.obligations));
  RETURN_IF_ERROR(add(response.advice(), &answer.advice));
  return answer;
}

void PrintLines(absl::string_view what,
                const std::vector<Obligation>& obligations) {
  for (const Obligation& obligation : obligations) {
    std::cout << what << ": " << obligation.name << " "
              << obligation.parameters.ToString() << "\n";
  }
}

void Print(const Answer& answer, bool json) {
  if (json) {
    nlohmann::ordered_json out = {
        {"decision", answer.permitted ? "permit" : "deny"},
        {"cause", answer.cause},
        {"determining", answer.determining},
        {"errors", answer.errors},
        {"undecided_forbids", answer.undecided_forbids},
        {"obligations",
         nlohmann::ordered_json::parse(ObligationsToJson(answer.obligations))},
        {"advice",
         nlohmann::ordered_json::parse(ObligationsToJson(answer.advice))},
        {"policy_hash", answer.policy_hash},
    };
    AddUnnamed(answer.unnamed, &out);
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << (answer.permitted ? "permit" : "deny") << ": " << answer.cause;
  if (!answer.determining.empty()) {
    std::cout << " by "
              << PolicyNames(answer.determining, answer.unnamed.determining);
  }
  std::cout << "\n";
  PrintLines("obligation", answer.obligations);
  PrintLines("advice", answer.advice);
  if (!answer.errors.empty()) {
    std::cout << "could not be evaluated: "
              << PolicyNames(answer.errors, answer.unnamed.errors) << "\n";
  }
}

int Run(const DecideCommand& command) {
  absl::StatusOr<Answer> answer =
      command.server.empty() ? DecideHere(command) : DecideThere(command);
  if (!answer.ok()) {
    std::cerr << "error: " << answer.status().message() << "\n";
    return kExitFailed;
  }
  Print(*answer, command.json);
  return answer->permitted ? kExitOk : kExitDenied;
}

}  // namespace

void AddDecideCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<DecideCommand>();
  CLI::App* decide = app->add_subcommand(
      "decide", "Decide one request, in process or by a server");
  CLI::Option* artifact =
      decide
          ->add_option("-a,--artifact", command->artifact,
                       "Decide in process by this compiled policy")
          ->check(CLI::ExistingFile);
  decide
      ->add_option("-e,--entities", command->entities,
                   "Entities as JSON in Cedar's form, for --artifact")
      ->check(CLI::ExistingFile)
      ->needs(artifact);
  CLI::Option* server = decide->add_option("-s,--server", command->server,
                                           "Ask the server at this address");
  decide
      ->add_option("--policy-store", command->policy_store,
                   "The server's policy store; `default` if left out")
      ->needs(server);
  decide
      ->add_option("-r,--request", command->request,
                   "The request as JSON in Cedar's form; - is standard "
                   "input")
      ->default_val("-");
  decide->add_flag("--json", command->json, "Print the decision as JSON");
  artifact->excludes(server);
  decide->callback([command, artifact, server, status] {
    if (artifact->count() + server->count() == 0) {
      throw CLI::RequiredError("--artifact or --server");
    }
    *status = Run(*command);
  });
}

}  // namespace sekisho
