// `sekisho log`: proves a decision log, and shows what is in it.
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/command.h"
#include "cli/policy_names.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_reader.h"
#include "engine/log/record.h"
#include "engine/log/record_format.h"
#include "engine/log/verify.h"
#include "engine/model/json.h"
#include "engine/model/link.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

using Json = nlohmann::ordered_json;

struct VerifyCommand {
  std::string directory;
  std::vector<std::string> keys;
  std::string checkpoint;
  bool json = false;
};

struct ShowCommand {
  std::string directory;
  std::string id;
  bool json = false;
};

int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return kExitFailed;
}

std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// Whom the log's first record names. Whoever can write the log can name any
// key: good against accidents only.
absl::StatusOr<std::vector<VerifierKey>> KeysInLog(
    const std::string& directory) {
  std::vector<VerifierKey> keys;
  ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
                   LogReader::Open(directory, {.skip_damage = true}));
  while (true) {
    ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
    if (!entry.has_value()) break;
    if (entry->kind != LogEntry::Kind::kRecord) continue;
    const absl::StatusOr<Record> record = DecodeRecord(entry->bytes);
    if (!record.ok()) continue;
    const auto* opened = std::get_if<OpenedBody>(&record->body);
    if (opened == nullptr) continue;
    absl::StatusOr<VerifierKey> key = VerifierKey::Parse(opened->verifier_key);
    if (!key.ok()) continue;
    bool is_new = true;
    for (const VerifierKey& other : keys) is_new = is_new && other != *key;
    if (is_new) keys.push_back(*std::move(key));
  }
  return keys;
}

absl::StatusOr<LogVerification> Verify(const VerifyCommand& command) {
  VerifyOptions options;
  for (const std::string& text : command.keys) {
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(text));
    options.keys.push_back(std::move(key));
  }
  if (command.keys.empty()) {
    ASSIGN_OR_RETURN(options.keys, KeysInLog(command.directory));
    if (options.keys.empty()) {
      return absl::InvalidArgumentError(
          "the log names no key: give its public key with --key");
    }
  }
  if (!command.checkpoint.empty()) {
    ASSIGN_OR_RETURN(options.held_checkpoint, ReadFile(command.checkpoint));
  }
  ASSIGN_OR_RETURN(LogVerification result,
                   VerifyLog(command.directory, options));
  if (command.keys.empty()) {
    result.notes.push_back(
        "the keys were taken from the log itself, which proves nothing "
        "against whoever can write it: give --key");
  }
  return result;
}

void PrintVerification(const LogVerification& result, bool json) {
  if (json) {
    Json out = {
        {"proved", result.problem_count == 0},
        {"origin", result.origin},
        {"segments", result.segments},
        {"records", result.records},
        {"evidence", result.evidence},
        {"checkpoints", result.checkpoints},
        {"checkpoint", nullptr},
        {"unprotected_records", result.unprotected_records},
        {"problem_count", result.problem_count},
        {"problems", result.problems},
        {"notes", result.notes},
    };
    if (result.latest.has_value()) {
      out["checkpoint"] = {{"size", result.latest->size},
                           {"root", Hex(result.latest->root)}};
    }
    std::cout << Dump(out, 2) << "\n";
    return;
  }
  std::cout << "log " << result.origin << ": " << result.records << " records, "
            << result.evidence << " pieces of evidence, " << result.segments
            << " segments, " << result.checkpoints << " checkpoints\n";
  if (result.latest.has_value()) {
    std::cout << "latest checkpoint: " << result.latest->size
              << " records, root " << Hex(result.latest->root) << "\n";
  }
  for (const std::string& note : result.notes) {
    std::cout << "note: " << note << "\n";
  }
  for (const std::string& problem : result.problems) {
    std::cout << "WRONG: " << problem << "\n";
  }
  if (result.problem_count > result.problems.size()) {
    std::cout << "and " << result.problem_count - result.problems.size()
              << " more\n";
  }
  std::cout << (result.problem_count == 0
                    ? "the log is what was written\n"
                    : absl::StrCat("NOT PROVED: ", result.problem_count,
                                   " problems\n"));
}

int RunVerify(const VerifyCommand& command) {
  const absl::StatusOr<LogVerification> result = Verify(command);
  if (!result.ok()) return Fail(result.status());
  PrintVerification(*result, command.json);
  return result->problem_count == 0 ? kExitOk : kExitFailed;
}

// What our own functions wrote.
Json Parsed(const std::string& text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

Json ToJson(const std::vector<EntityVersion>& versions) {
  Json out = Json::array();
  for (const EntityVersion& version : versions) {
    Json hash = nullptr;
    if (version.hash.has_value()) hash = Hex(*version.hash);
    out.push_back({{"type", version.uid.type},
                   {"id", version.uid.id},
                   {"sha256", std::move(hash)}});
  }
  return out;
}

// Null if the policy store had none at all.
Json ToJson(const std::optional<std::vector<Link>>& links) {
  if (!links.has_value()) return nullptr;
  Json out = Json::array();
  const auto filler = [](const EntityUid& uid) -> Json {
    if (uid.type.empty()) return nullptr;
    return {{"type", uid.type}, {"id", uid.id}};
  };
  for (const Link& link : *links) {
    out.push_back({{"id", link.id},
                   {"template_id", link.template_id},
                   {"principal", filler(link.principal)},
                   {"resource", filler(link.resource)}});
  }
  return out;
}

Json ToJson(const RecordedRequest& request) {
  Json out = Parsed(RequestToJson(request.request));
  if (!request.entities.empty()) {
    out["entities"] = Parsed(EntitiesToJson(request.entities));
  }
  if (request.supported_obligations.has_value()) {
    out["supported_obligations"] = *request.supported_obligations;
  }
  if (!request.demanded_policy.empty()) {
    out["demanded_policy"] = request.demanded_policy;
  }
  if (request.at_least_revision.has_value()) {
    out["at_least_revision"] = *request.at_least_revision;
  }
  for (const SourceAge& age : request.max_age) {
    out["max_age_ns"][age.source] = age.max_age_ns;
  }
  return out;
}

Json ToJson(const Basis& basis) {
  Json out = {
      {"policy_hash", basis.policy_hash},
      {"policy_version", basis.policy_version},
      {"mode", basis.mode == PolicyMode::kFailClosed ? "fail_closed" : "cedar"},
      {"entity_revision", basis.entity_revision},
      {"added_context", Parsed(ValueToJson(basis.added_context))},
      {"evidence", ToJson(basis.evidence)}};
  if (basis.evidence_list.has_value()) {
    out["evidence_list_sha256"] = Hex(*basis.evidence_list);
  }
  return out;
}

// A record's body as JSON, and in words.
struct BodyJson {
  Json operator()(const DecisionBody& body) const {
    Json out = {{"kind", "decision"},
                {"request", ToJson(body.request)},
                {"basis", ToJson(body.basis)},
                {"decision", body.permitted ? "permit" : "deny"},
                {"cause", CauseName(body.cause)},
                {"determining", body.determining},
                {"errors", body.errors},
                {"undecided_forbids", body.undecided_forbids},
                {"obligations", Parsed(ObligationsToJson(body.obligations))},
                {"advice", Parsed(ObligationsToJson(body.advice))},
                {"duration_ns", body.duration_ns},
                {"links", ToJson(body.links)}};
    AddUnnamed(body.unnamed, &out);
    return out;
  }
  Json operator()(const RefusalBody& body) const {
    return {{"kind", "refusal"},
            {"request", ToJson(body.request)},
            {"basis", ToJson(body.basis)},
            {"code", body.code},
            {"message", body.message}};
  }
  Json operator()(const ExplanationBody& body) const {
    Json decision = nullptr;
    if (body.decision_id.has_value()) {
      decision = RecordIdToString(*body.decision_id);
    }
    return {{"kind", "explanation"},
            {"request", ToJson(body.request)},
            {"basis", ToJson(body.basis)},
            {"decision_id", std::move(decision)},
            {"redacted", body.redacted}};
  }
  Json operator()(const ActivationBody& body) const {
    return {{"kind", "activation"},
            {"policy_hash", body.policy_hash},
            {"policy_version", body.policy_version},
            {"previous_hash", body.previous_hash},
            {"artifact_sha256", Hex(body.artifact)},
            {"reason", body.reason}};
  }
  Json operator()(const WriteBody& body) const {
    return {{"kind", "write"},
            {"revision", body.revision},
            {"source", body.source},
            {"count", body.count},
            {"entities", ToJson(body.entities)}};
  }
  Json operator()(const OpenedBody& body) const {
    return {{"kind", "opened"},
            {"software", body.software},
            {"verifier_key", body.verifier_key},
            {"cut_bytes", body.cut_bytes}};
  }
  Json operator()(const ClosedBody& body) const {
    return {{"kind", "closed"}, {"reason", body.reason}};
  }
  Json operator()(const LinksBody& body) const {
    return {{"kind", "links"},
            {"revision", body.revision},
            {"linked", body.linked},
            {"unlinked", body.unlinked},
            {"change_sha256", Hex(body.change)}};
  }
};

std::string InWords(const Request& request) {
  return absl::StrCat(request.principal.ToString(), " ",
                      request.action.ToString(), " ",
                      request.resource.ToString());
}

struct BodyWords {
  std::string operator()(const DecisionBody& body) const {
    std::string out = absl::StrCat(body.permitted ? "permit " : "deny   ",
                                   InWords(body.request.request), ": ",
                                   CauseName(body.cause));
    if (!body.determining.empty()) {
      absl::StrAppend(&out, " by ",
                      PolicyNames(body.determining, body.unnamed.determining));
    }
    if (!body.errors.empty()) {
      absl::StrAppend(&out, "; could not be evaluated: ",
                      PolicyNames(body.errors, body.unnamed.errors));
    }
    return out;
  }
  std::string operator()(const RefusalBody& body) const {
    return absl::StrCat("refused ", InWords(body.request.request), ": ",
                        body.message);
  }
  std::string operator()(const ExplanationBody& body) const {
    return absl::StrCat(
        "explained ", InWords(body.request.request),
        body.decision_id.has_value()
            ? absl::StrCat(", decision ", RecordIdToString(*body.decision_id))
            : "",
        body.redacted ? ", redacted" : "");
  }
  std::string operator()(const ActivationBody& body) const {
    return absl::StrCat("policy ", body.policy_hash, " version ",
                        body.policy_version, " in force: ", body.reason);
  }
  std::string operator()(const WriteBody& body) const {
    return absl::StrCat(
        body.count, " entities written, revision ", body.revision,
        body.source.empty() ? "" : absl::StrCat(", from ", body.source));
  }
  std::string operator()(const OpenedBody& body) const {
    return absl::StrCat(
        "opened by ", body.software, ", key ", body.verifier_key,
        body.cut_bytes == 0 ? ""
                            : absl::StrCat(", after a crash: ", body.cut_bytes,
                                           " bytes cut off"));
  }
  std::string operator()(const ClosedBody& body) const {
    return absl::StrCat("closed: ", body.reason);
  }
  std::string operator()(const LinksBody& body) const {
    return absl::StrCat(body.linked, " links made and ", body.unlinked,
                        " removed, revision ", body.revision);
  }
};

std::string TimeText(const Record& record) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ",
                          absl::FromUnixNanos(record.time_ns),
                          absl::UTCTimeZone());
}

void PrintRecord(const Record& record, uint64_t index, bool json) {
  if (!json) {
    std::cout << index << " " << RecordIdToString(record.id) << " "
              << TimeText(record) << " "
              << (record.policy_store.empty() ? "-" : record.policy_store)
              << " " << std::visit(BodyWords(), record.body) << "\n";
    return;
  }
  Json out = {{"index", index},
              {"id", RecordIdToString(record.id)},
              {"time", TimeText(record)},
              {"policy_store", record.policy_store},
              {"pep", {{"kind", record.pep.kind}, {"name", record.pep.name}}},
              {"face", record.face},
              {"request_id", record.request_id}};
  if (record.batch.has_value()) {
    out["batch"] = {{"id", RecordIdToString(record.batch->batch_id)},
                    {"item", record.batch->item}};
  }
  out.update(std::visit(BodyJson(), record.body));
  std::cout << Dump(out, -1) << "\n";
}

absl::Status Show(const ShowCommand& command) {
  ASSIGN_OR_RETURN(std::unique_ptr<LogReader> reader,
                   LogReader::Open(command.directory));
  bool is_found = false;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<LogEntry> entry, reader->Next());
    if (!entry.has_value()) break;
    if (entry->kind != LogEntry::Kind::kRecord) continue;
    const absl::StatusOr<Record> record = DecodeRecord(entry->bytes);
    if (absl::IsUnimplemented(record.status())) {
      std::cerr << "record " << entry->index << ": "
                << record.status().message() << "\n";
      continue;
    }
    if (!record.ok()) return record.status();
    if (!command.id.empty() && RecordIdToString(record->id) != command.id) {
      continue;
    }
    is_found = true;
    PrintRecord(*record, entry->index, command.json);
  }
  if (!is_found && !command.id.empty()) {
    return absl::NotFoundError(
        absl::StrCat("the log has no record ", command.id));
  }
  return absl::OkStatus();
}

int RunShow(const ShowCommand& command) {
  const absl::Status status = Show(command);
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

void AddLogCommand(CLI::App* app, int* status) {
  CLI::App* log = app->add_subcommand("log", "Prove and show a decision log");
  log->require_subcommand(1);

  auto verify_command = std::make_shared<VerifyCommand>();
  CLI::App* verify = log->add_subcommand(
      "verify",
      "Prove that a log is what was written; exit status 1 if anything is "
      "wrong");
  verify->add_option("log", verify_command->directory, "The log's directory")
      ->required()
      ->check(CLI::ExistingDirectory);
  verify->add_option("--key", verify_command->keys,
                     "A public key of the log, name+id+key; former ones too. "
                     "Without one, what the log names itself is taken, which "
                     "finds accidents only");
  verify
      ->add_option("--checkpoint", verify_command->checkpoint,
                   "A checkpoint that was kept elsewhere")
      ->check(CLI::ExistingFile);
  verify->add_flag("--json", verify_command->json, "Print the result as JSON");
  verify->callback(
      [verify_command, status] { *status = RunVerify(*verify_command); });

  auto show_command = std::make_shared<ShowCommand>();
  CLI::App* show =
      log->add_subcommand("show", "Print the records of a log, a line each");
  show->add_option("log", show_command->directory, "The log's directory")
      ->required()
      ->check(CLI::ExistingDirectory);
  show->add_option("--id", show_command->id,
                   "Only the record with this id, such as a decision id");
  show->add_flag("--json", show_command->json,
                 "Print each record as one line of JSON");
  show->callback([show_command, status] { *status = RunShow(*show_command); });
}

}  // namespace sekisho
