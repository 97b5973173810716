// `sekisho entities`: import, export and read what a server has stored.
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/command.h"
#include "cli/entity_file.h"
#include "cli/import_client.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"
#include "engine/log/record.h"
#include "engine/model/json.h"
#include "nlohmann/json.hpp"
#include "proto/codec.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"

namespace sekisho {
namespace {

struct EntitiesCommand {
  std::string server;
  std::string policy_store;

  // import
  std::vector<std::string> files;
  std::string format = "auto";
  std::string artifact;
  std::string source;
  std::string watermark;
  std::string resume;
  uint64_t keep_going = 0;
  bool json = false;

  // export
  std::string type;

  // read
  std::vector<std::string> uids;
};

int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return kExitFailed;
}

absl::Status FromServer(const EntitiesCommand& command,
                        const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  // The numbers are the same.
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat("the server at ", command.server, ": ",
                                   status.error_message()));
}

std::shared_ptr<grpc::Channel> Connect(const EntitiesCommand& command) {
  grpc::ChannelArguments arguments;
  // Artifacts may be large.
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(
      command.server, grpc::InsecureChannelCredentials(), arguments);
}

// The artifact whose schema says what the values of files are.
absl::StatusOr<std::shared_ptr<const Artifact>> LoadArtifact(
    const EntitiesCommand& command,
    const std::shared_ptr<grpc::Channel>& channel) {
  if (!command.artifact.empty()) return Artifact::Load(command.artifact);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  v1::GetPolicyRequest request;
  request.set_policy_store(command.policy_store);
  request.set_include_artifact(true);
  v1::GetPolicyResponse response;
  RETURN_IF_ERROR(FromServer(command, v1::PolicyService::NewStub(channel)->Get(
                                          &context, request, &response)));
  return Artifact::FromBytes(std::move(*response.mutable_artifact()));
}

EntityFormat FormatOf(const EntitiesCommand& command, const std::string& file) {
  if (command.format == "csv") return EntityFormat::kCsv;
  if (command.format == "json") return EntityFormat::kJson;
  return absl::EndsWithIgnoreCase(file, ".csv") ? EntityFormat::kCsv
                                                : EntityFormat::kJson;
}

// A line on the terminal that is written over again and again.
class ProgressLine {
 public:
  // `total_bytes`: of all files, or 0 if that is not known.
  explicit ProgressLine(uint64_t total_bytes)
      : total_bytes_(total_bytes), on_(isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() { Clear(); }

  void Show(uint64_t entities, uint64_t bytes) {
    const absl::Time now = absl::Now();
    if (!on_ || now < last_ + absl::Milliseconds(200)) return;
    last_ = now;
    const double seconds = absl::ToDoubleSeconds(now - start_);
    std::cerr << absl::StrFormat("\r%d entities, %.0f/s", entities,
                                 static_cast<double>(entities) / seconds);
    if (total_bytes_ > 0 && bytes > 0) {
      const double done = static_cast<double>(bytes) / total_bytes_;
      std::cerr << absl::StrFormat(", %.0f%%, %.0f s left", 100 * done,
                                   seconds / done - seconds);
    }
    std::cerr << "\x1b[K" << std::flush;
    shown_ = true;
  }
  void Clear() {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
    shown_ = false;
  }

 private:
  const uint64_t total_bytes_;
  const bool on_;
  const absl::Time start_ = absl::Now();
  absl::Time last_ = start_;
  bool shown_ = false;
};

uint64_t TotalBytes(const std::vector<std::string>& files) {
  uint64_t total = 0;
  for (const std::string& file : files) {
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(file, error);
    if (error) return 0;
    total += size;
  }
  return total;
}

class Import {
 public:
  Import(const EntitiesCommand& command, v1::EntityService::Stub* stub,
         const Schema* schema)
      : command_(command),
        schema_(schema),
        line_(TotalBytes(command.files)),
        client_(stub, Options()) {}

  absl::Status Run() {
    RETURN_IF_ERROR(client_.Begin());
    known_ = client_.progress().applied();
    for (const std::string& path : command_.files) {
      RETURN_IF_ERROR(AddFile(path));
    }
    // As many as before, if it is the same files.
    if (read_ < known_) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the server has ", known_, " entities of this import and the files ",
          read_, "; are they the same files?"));
    }
    return client_.Finish();
  }

  ProgressLine& line() { return line_; }
  const v1::ImportEntitiesResponse& progress() const {
    return client_.progress();
  }
  // How many the server had before.
  uint64_t known() const { return known_; }
  // Whether the user was told of an entity that is wrong, with its place.
  bool reported() const { return reported_; }

 private:
  ImportClientOptions Options() {
    ImportClientOptions options;
    options.header.set_policy_store(command_.policy_store);
    options.header.set_import_id(command_.resume);
    options.header.set_max_skipped(command_.keep_going);
    options.header.set_source(command_.source);
    absl::Time time;
    if (absl::ParseTime(absl::RFC3339_full, command_.watermark, &time,
                        nullptr)) {
      auto* watermark = options.header.mutable_watermark();
      watermark->set_seconds(absl::ToUnixSeconds(time));
      watermark->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(
          time - absl::FromUnixSeconds(absl::ToUnixSeconds(time)))));
    }
    options.on_error = [this](absl::string_view place,
                              const v1::ImportError& error) {
      // Of what could not even be read the user has heard.
      if (error.has_uid()) Report(absl::StrCat(place, ": ", error.message()));
    };
    return options;
  }

  void Report(absl::string_view error) {
    line_.Clear();
    reported_ = true;
    std::cerr << "error: " << error << "\n";
  }

  absl::Status AddFile(const std::string& path) {
    ASSIGN_OR_RETURN(std::unique_ptr<EntityFile> file,
                     EntityFile::Open(path, FormatOf(command_, path), schema_));
    while (true) {
      absl::StatusOr<std::optional<Entity>> entity = file->Next();
      if (entity.ok() && !entity->has_value()) break;
      if (!entity.ok() && !absl::IsInvalidArgument(entity.status())) {
        return absl::Status(
            entity.status().code(),
            AtPlace(path, file->place(), entity.status().message()));
      }
      if (read_++ < known_) continue;
      // What cannot be read is sent as nothing, so that every entity has the
      // same number whenever it is sent, and the server counts.
      v1::EntityMutation mutation;
      if (entity.ok()) {
        EntityToProto(**entity, mutation.mutable_put());
      } else {
        Report(AtPlace(path, file->place(), entity.status().message()));
      }
      RETURN_IF_ERROR(client_.Add(
          std::move(mutation), absl::StrCat(path, ":", file->place().line, ":",
                                            file->place().column)));
      line_.Show(client_.progress().applied() - known_,
                 bytes_before_ + file->offset());
    }
    bytes_before_ += file->offset();
    return absl::OkStatus();
  }

  const EntitiesCommand& command_;
  const Schema* const schema_;
  ProgressLine line_;
  ImportClient client_;
  uint64_t known_ = 0;
  uint64_t read_ = 0;
  bool reported_ = false;
  // Of the files that were read to their ends.
  uint64_t bytes_before_ = 0;
};

void PrintSummary(const EntitiesCommand& command, const Import& import,
                  absl::Duration duration) {
  const v1::ImportEntitiesResponse& progress = import.progress();
  const double seconds = absl::ToDoubleSeconds(duration);
  const double rate =
      static_cast<double>(progress.applied() - import.known()) / seconds;
  if (command.json) {
    const nlohmann::ordered_json out = {
        {"import_id", command.resume},
        {"complete", progress.complete()},
        {"entities", progress.applied() - progress.skipped()},
        {"skipped", progress.skipped()},
        {"revision", progress.revision()},
        {"seconds", seconds},
        {"entities_per_second", rate},
    };
    std::cout << out.dump(2) << "\n";
    return;
  }
  if (!progress.complete()) return;
  std::cout << absl::StrFormat(
      "imported %d entities, left out %d, revision %d, %.1f s, %.0f/s\n",
      progress.applied() - progress.skipped(), progress.skipped(),
      progress.revision(), seconds, rate);
}

int RunImport(EntitiesCommand command) {
  const std::shared_ptr<grpc::Channel> channel = Connect(command);
  const auto artifact = LoadArtifact(command, channel);
  if (!artifact.ok()) return Fail(artifact.status());
  if (command.resume.empty()) {
    command.resume = RecordIdToString(NewRecordId(absl::Now()));
  }
  const std::unique_ptr<v1::EntityService::Stub> stub =
      v1::EntityService::NewStub(channel);
  const absl::Time start = absl::Now();
  Import import(command, stub.get(), &(*artifact)->schema());
  const absl::Status status = import.Run();
  import.line().Clear();
  PrintSummary(command, import, absl::Now() - start);
  if (status.ok()) {
    return import.progress().skipped() == 0 ? kExitOk : kExitFailed;
  }
  if (!absl::IsInvalidArgument(status) || !import.reported()) {
    std::cerr << "error: " << status.message() << "\n";
  }
  if (import.progress().applied() > 0) {
    std::cerr << "help: " << import.progress().applied()
              << " entities are stored; to go on with the others, mend the "
                 "file and add `--resume "
              << command.resume << "`\n";
  }
  return kExitFailed;
}

absl::Status Export(const EntitiesCommand& command) {
  const std::unique_ptr<v1::EntityService::Stub> stub =
      v1::EntityService::NewStub(Connect(command));
  grpc::ClientContext context;
  v1::ExportEntitiesRequest request;
  request.set_policy_store(command.policy_store);
  request.set_type(command.type);
  auto reader = stub->Export(&context, request);
  v1::ExportEntitiesResponse response;
  while (std::cout && reader->Read(&response)) {
    for (const v1::Entity& message : response.entities()) {
      ASSIGN_OR_RETURN(const Entity entity, EntityFromProto(message, ""));
      std::cout << EntityToJson(entity) << "\n";
    }
  }
  std::cout.flush();
  if (!std::cout) {
    context.TryCancel();
    reader->Finish();
    return absl::UnavailableError("cannot write the output");
  }
  return FromServer(command, reader->Finish());
}

absl::Status Read(const EntitiesCommand& command) {
  v1::ReadEntitiesRequest request;
  request.set_policy_store(command.policy_store);
  for (const std::string& text : command.uids) {
    ASSIGN_OR_RETURN(const EntityUid uid, UidFromText(text));
    EntityUidToProto(uid, request.add_uids());
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  v1::ReadEntitiesResponse response;
  RETURN_IF_ERROR(
      FromServer(command, v1::EntityService::NewStub(Connect(command))
                              ->Read(&context, request, &response)));
  absl::Status status;
  for (int i = 0; i < response.results_size(); ++i) {
    if (!response.results(i).has_entity()) {
      status =
          absl::NotFoundError(absl::StrCat("there is no ", command.uids[i]));
      continue;
    }
    ASSIGN_OR_RETURN(const Entity entity,
                     EntityFromProto(response.results(i).entity(), ""));
    std::cout << EntityToJson(entity) << "\n";
  }
  return status;
}

void AddServerOptions(CLI::App* app, EntitiesCommand* command) {
  app->add_option("--server", command->server, "Where the server listens")
      ->type_name("ADDRESS")
      ->required();
  app->add_option("--policy-store", command->policy_store,
                  "Whose entities; \"default\" by default")
      ->type_name("ID");
}

void AddImport(CLI::App* app, EntitiesCommand* command, int* status) {
  CLI::App* sub = app->add_subcommand(
      "import",
      "Stores the entities of files, in place of those with the same uid.\n"
      "JSON: Cedar's entity form, one entity a line or an array of them. CSV: "
      "a header\nwith the columns `uid` (or `type` and `id`), `parents`, and "
      "attributes.\ndocs/entities.md describes both.");
  sub->add_option("FILE", command->files, "`-`: standard input")->required();
  AddServerOptions(sub, command);
  sub->add_option("--format", command->format,
                  "By default CSV for .csv and JSON for all else")
      ->check(CLI::IsMember({"auto", "json", "csv"}))
      ->capture_default_str();
  sub->add_option("-a,--artifact", command->artifact,
                  "Compiled policies whose schema says what the values are; by "
                  "default the active ones of the server")
      ->type_name("FILE");
  sub->add_option("--source", command->source,
                  "Name of the system that the entities come from")
      ->type_name("NAME");
  sub->add_option("--watermark", command->watermark,
                  "When all is stored, the source has told all it knew at this "
                  "time, such as 2026-04-01T09:00:00+09:00")
      ->type_name("TIME")
      ->check([](const std::string& text) {
        absl::Time time;
        return absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)
                   ? ""
                   : "not a time such as 2026-04-01T09:00:00+09:00";
      });
  sub->add_option("--keep-going", command->keep_going,
                  "Leave out up to N entities that are wrong")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1'000'000}));
  sub->add_option("--resume", command->resume,
                  "Go on with the import of this name, from the same files")
      ->type_name("ID");
  sub->add_flag("--json", command->json, "Print a summary as JSON");
  sub->callback([command, status] { *status = RunImport(*command); });
}

}  // namespace

void AddEntitiesCommand(CLI::App* app, int* status) {
  CLI::App* sub =
      app->add_subcommand("entities", "The entities that a server has stored");
  sub->require_subcommand(1);
  auto command = std::make_shared<EntitiesCommand>();
  AddImport(sub, command.get(), status);

  CLI::App* exported = sub->add_subcommand(
      "export",
      "Prints all entities at one revision, a line of JSON each, as `import` "
      "reads them");
  AddServerOptions(exported, command.get());
  exported->add_option("--type", command->type, "Only those of this type")
      ->type_name("TYPE");
  exported->callback([command, status] {
    const absl::Status done = Export(*command);
    *status = done.ok() ? kExitOk : Fail(done);
  });

  CLI::App* read =
      sub->add_subcommand("read", "Prints entities, a line of JSON each");
  read->add_option("UID", command->uids, "Such as 'Person::\"nurse-1\"'")
      ->required();
  AddServerOptions(read, command.get());
  read->callback([command, status] {
    const absl::Status done = Read(*command);
    *status = done.ok() ? kExitOk : Fail(done);
  });
}

}  // namespace sekisho
