// `sekisho explain`: why a request is decided as it is, or a decision of a log
// was made, and what would help; in process, by a server, or from a log.
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analysis/explain.h"
#include "analysis/explain_logged.h"
#include "cli/command.h"
#include "cli/load_entities.h"
#include "cli/load_request.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"
#include "engine/model/json.h"
#include "engine/replay/logged_decision.h"
#include "proto/codec.h"
#include "proto/explanation_codec.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"

namespace sekisho {
namespace {

struct ExplainCommand {
  std::string artifact;
  std::string entities;
  std::string server;
  std::string policy_store;
  std::string log;
  std::string request;
  std::string id;
  std::string language;
  bool redacted = false;
  bool json = false;
};

// Without the dashes, with which `sekisho log show` writes ids.
std::string PlainId(const std::string& id) {
  return absl::StrReplaceAll(id, {{"-", ""}});
}

v1::ExplainRequest WantedForm(const ExplainCommand& command) {
  v1::ExplainRequest form;
  form.set_detail(command.redacted ? v1::ExplainRequest::REDACTED
                                   : v1::ExplainRequest::FULL);
  form.add_languages(command.language);
  return form;
}

absl::StatusOr<Explanation> ExplainHere(const ExplainCommand& command) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Artifact> artifact,
                   Artifact::Load(command.artifact));
  ASSIGN_OR_RETURN(std::unique_ptr<MemoryEntities> entities,
                   LoadEntities(command.entities, artifact->schema()));
  ASSIGN_OR_RETURN(Request request,
                   LoadRequest(command.request, artifact->schema()));
  return Explain(*artifact, request, *entities);
}

absl::StatusOr<Explanation> ExplainFromLog(const ExplainCommand& command) {
  Bytes16 id{};
  const std::string bytes = absl::HexStringToBytes(PlainId(command.id));
  if (bytes.size() != id.size() ||
      absl::BytesToHexString(bytes) != PlainId(command.id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", command.id,
                     "` is not the id of a decision: 32 lower-case hexadecimal "
                     "digits, with or without dashes"));
  }
  std::copy(bytes.begin(), bytes.end(), id.begin());
  ASSIGN_OR_RETURN(std::unique_ptr<LoggedDecision> decision,
                   LoggedDecision::Find(command.log, id, {}));
  return ExplainLogged(*decision);
}

absl::StatusOr<v1::ExplainResponse> ExplainThere(
    const ExplainCommand& command) {
  v1::ExplainRequest proto = WantedForm(command);
  if (command.id.empty()) {
    ASSIGN_OR_RETURN(std::string json, ReadFile(command.request));
    ASSIGN_OR_RETURN(Request request, RequestFromJson(json, nullptr));
    RequestToProto(request, proto.mutable_request());
    proto.mutable_request()->set_policy_store(command.policy_store);
  } else {
    proto.mutable_logged()->set_decision_id(PlainId(command.id));
    proto.mutable_logged()->set_policy_store(command.policy_store);
  }
  std::unique_ptr<v1::DecisionService::Stub> stub =
      v1::DecisionService::NewStub(grpc::CreateChannel(
          command.server, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(60));
  v1::ExplainResponse response;
  const grpc::Status status = stub->Explain(&context, proto, &response);
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        absl::StrCat("the server at ", command.server, ": ",
                                     status.error_message()));
  }
  return response;
}

absl::StatusOr<v1::ExplainResponse> Answer(const ExplainCommand& command) {
  if (!command.server.empty()) return ExplainThere(command);
  ASSIGN_OR_RETURN(const ExplanationForm form,
                   ExplanationFormOf(WantedForm(command)));
  ASSIGN_OR_RETURN(
      const Explanation explanation,
      command.log.empty() ? ExplainHere(command) : ExplainFromLog(command));
  v1::ExplainResponse response;
  ExplanationToProto(explanation, form, &response);
  response.set_policy_hash(explanation.policy_hash);
  return response;
}

absl::Status Print(const v1::ExplainResponse& response, bool json) {
  if (!json) {
    for (const v1::ExplanationText& text : response.texts()) {
      std::cout << text.text();
    }
    return absl::OkStatus();
  }
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string out;
  const auto status =
      google::protobuf::util::MessageToJsonString(response, &out, options);
  if (!status.ok()) return absl::InternalError(status.ToString());
  std::cout << out;
  return absl::OkStatus();
}

int Run(const ExplainCommand& command) {
  const absl::StatusOr<v1::ExplainResponse> response = Answer(command);
  const absl::Status status =
      response.ok() ? Print(*response, command.json) : response.status();
  if (!status.ok()) {
    std::cerr << "error: " << status.message() << "\n";
    return kExitFailed;
  }
  return response->decision() == v1::PERMIT ? kExitOk : kExitDenied;
}

}  // namespace

void AddExplainCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<ExplainCommand>();
  CLI::App* explain = app->add_subcommand(
      "explain", "Say why a request is decided as it is, and what would help");
  CLI::Option_group* const where = explain->add_option_group("where");
  CLI::Option* artifact =
      where
          ->add_option("-a,--artifact", command->artifact,
                       "Explain in process, by this compiled policy")
          ->check(CLI::ExistingFile);
  CLI::Option* server = where->add_option("-s,--server", command->server,
                                          "Ask the server at this address");
  CLI::Option* log = where
                         ->add_option("--log", command->log,
                                      "From a log's directory alone, with --id")
                         ->check(CLI::ExistingDirectory);
  where->require_option(1);
  explain
      ->add_option("-e,--entities", command->entities,
                   "Entities as JSON in Cedar's form, for --artifact")
      ->check(CLI::ExistingFile)
      ->needs(artifact);
  explain
      ->add_option("--policy-store", command->policy_store,
                   "The server's policy store; `default` if left out")
      ->needs(server);
  CLI::Option* request =
      explain
          ->add_option("-r,--request", command->request,
                       "The request as JSON in Cedar's form; - is standard "
                       "input")
          ->default_val("-");
  CLI::Option* id =
      explain
          ->add_option("--id", command->id,
                       "In place of a request: the decision with this id, as "
                       "the log of --server or --log has it")
          ->excludes(artifact)
          ->excludes(request);
  log->needs(id);
  explain->add_option("--lang", command->language, "The language of the words")
      ->check(CLI::IsMember({"en", "ja"}))
      ->default_val("en");
  explain->add_flag("--redacted", command->redacted,
                    "Only what the one who asked may be told");
  explain->add_flag("--json", command->json,
                    "Print it as JSON, as sekisho.v1.ExplainResponse");
  explain->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
