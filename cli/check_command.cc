// `sekisho check`.
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/diagnostic_json.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar_source.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct CheckCommand {
  std::vector<std::string> paths;
  bool deny_warnings = false;
  bool json = false;
};

// What was found in all that was checked.
struct Findings {
  size_t errors = 0;
  size_t warnings = 0;
  std::string text;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();

  // What could not be read at all.
  void AddFailure(const std::string& path, const absl::Status& status);
  // `folder` is the path before the names of the sources; may be empty.
  void Add(const SourceSet& sources, const std::string& folder,
           Diagnostics* diagnostics);
};

void Findings::AddFailure(const std::string& path, const absl::Status& status) {
  ++errors;
  absl::StrAppend(&text, "error: ", status.message(), "\n\n");
  json.push_back({{"severity", "error"},
                  {"file", path},
                  {"message", std::string(status.message())}});
}

void Findings::Add(const SourceSet& sources, const std::string& folder,
                   Diagnostics* diagnostics) {
  diagnostics->Sort();
  const std::string all = diagnostics->ToString();
  if (!all.empty()) {
    if (!folder.empty()) absl::StrAppend(&text, "in ", folder, ":\n");
    absl::StrAppend(&text, all, "\n");
  }
  errors += diagnostics->error_count();
  warnings += diagnostics->all().size() - diagnostics->error_count();
  for (const Diagnostic& diagnostic : diagnostics->all()) {
    nlohmann::ordered_json item = {
        {"severity", diagnostic.severity == Diagnostic::Severity::kError
                         ? "error"
                         : "warning"}};
    item.update(PlaceJson(sources, folder, diagnostic.span));
    item["message"] = diagnostic.message;
    if (!diagnostic.help.empty()) item["help"] = diagnostic.help;
    for (const Diagnostic::Note& note : diagnostic.notes) {
      nlohmann::ordered_json place = PlaceJson(sources, folder, note.span);
      place["message"] = note.message;
      item["notes"].push_back(std::move(place));
    }
    json.push_back(std::move(item));
  }
}

CompileOptions CheckOnly() {
  CompileOptions options;
  options.check_only = true;
  return options;
}

void CheckFolder(const std::string& path, Findings* findings) {
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(path);
  if (!folder.ok()) return findings->AddFailure(path, folder.status());
  Compilation compilation(&folder->sources);
  const absl::Status status = Compile(*folder, CheckOnly(), &compilation);
  if (!status.ok()) return findings->AddFailure(path, status);
  findings->Add(folder->sources, path, &compilation.diagnostics);
}

// What can be said of policies without a schema.
void CheckForm(const PolicyFolder& files, Diagnostics* diagnostics) {
  std::vector<Policy> with_ids;
  for (const SourceId source : files.rules) {
    for (Policy& policy :
         ReadPolicySource(files.sources, source, diagnostics)) {
      if (!policy.id.empty()) with_ids.push_back(std::move(policy));
    }
  }
  CheckIds(with_ids, diagnostics);
}

// The files belong together: the policies are checked against the schema, if
// one of the files is one.
void CheckFiles(const std::vector<std::string>& paths, Findings* findings) {
  PolicyFolder files;
  for (const std::string& path : paths) {
    absl::StatusOr<std::string> text = ReadSource(path);
    if (!text.ok()) {
      findings->AddFailure(path, text.status());
      continue;
    }
    const SourceId source = files.sources.Add(path, *std::move(text));
    const std::optional<CedarKind> kind = KindOf(files.sources, source);
    if (kind == CedarKind::kPolicies) {
      files.rules.push_back(source);
    } else if (!kind) {
      findings->AddFailure(
          path, absl::InvalidArgumentError(absl::StrCat(
                    path,
                    ": not a file of policies or a schema (.cedar, "
                    ".cedarschema, or .json); check the folder it is in")));
    } else if (files.schema == kNoSource) {
      files.schema = source;
    } else {
      findings->AddFailure(
          path, absl::InvalidArgumentError(absl::StrCat(
                    path, ": there is another schema, ",
                    files.sources.name(files.schema), "; name one of them")));
    }
  }
  Compilation compilation(&files.sources);
  if (files.schema != kNoSource) {
    const absl::Status status = Compile(files, CheckOnly(), &compilation);
    if (!status.ok()) findings->AddFailure(paths.front(), status);
  } else {
    CheckForm(files, &compilation.diagnostics);
  }
  findings->Add(files.sources, "", &compilation.diagnostics);
}

int Run(const CheckCommand& command) {
  Findings findings;
  std::vector<std::string> files;
  for (const std::string& path : command.paths) {
    if (std::filesystem::is_directory(path)) {
      CheckFolder(path, &findings);
    } else {
      files.push_back(path);
    }
  }
  if (!files.empty()) CheckFiles(files, &findings);
  if (command.json) {
    std::cout << findings.json.dump(
                     2, ' ', false,
                     nlohmann::ordered_json::error_handler_t::replace)
              << "\n";
  } else {
    std::cerr << findings.text;
    std::cout << findings.errors << " errors, " << findings.warnings
              << " warnings\n";
  }
  const bool failed =
      findings.errors > 0 || (command.deny_warnings && findings.warnings > 0);
  return failed ? kExitFailed : kExitOk;
}

}  // namespace

void AddCheckCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<CheckCommand>();
  CLI::App* check = app->add_subcommand(
      "check", "Report all that is wrong with policies, schemas and matrices");
  check
      ->add_option("paths", command->paths,
                   "Policy folders, each checked by itself, and files of "
                   "policies and of a schema, as Cedar text or JSON, checked "
                   "together")
      ->required()
      ->check(CLI::ExistingPath);
  check->add_flag("--deny-warnings", command->deny_warnings,
                  "Exit with 1 for warnings too");
  check->add_flag("--json", command->json, "Print the findings as JSON");
  check->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
