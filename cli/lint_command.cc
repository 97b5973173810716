// `sekisho lint`.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/diagnostic_json.h"
#include "compiler/folder.h"
#include "compiler/lint/lint_folder.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct LintCommand {
  std::vector<std::string> paths;
  std::string schema;
  std::vector<std::string> off;
  std::vector<std::string> only;
  bool rules = false;
  bool fix = false;
  bool json = false;
};

int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return kExitFailed;
}

absl::StatusOr<PolicyFolder> Load(const LintCommand& command,
                                  const std::string& path) {
  if (std::filesystem::is_directory(path)) return LoadPolicyFolder(path);
  if (!command.schema.empty()) return LoadPolicies(path, command.schema);
  ASSIGN_OR_RETURN(std::string text, ReadSource(path));
  PolicyFolder folder;
  folder.rules.push_back(folder.sources.Add(
      std::filesystem::path(path).filename().string(), std::move(text)));
  return folder;
}

// The same folder with other texts. REQUIRES: one for each source.
absl::StatusOr<PolicyFolder> WithTexts(const PolicyFolder& folder,
                                       std::vector<std::string> texts) {
  std::vector<std::pair<std::string, std::string>> files;
  for (SourceId id = 0; id < texts.size(); ++id) {
    files.emplace_back(folder.sources.name(id), std::move(texts[id]));
  }
  if (folder.schema != kNoSource) return MakePolicyFolder(std::move(files));
  PolicyFolder with;
  with.rules.push_back(
      with.sources.Add(files[0].first, std::move(files[0].second)));
  return with;
}

class Lint {
 public:
  explicit Lint(const LintCommand& command) : command_(command) {}

  int Run();

 private:
  absl::Status LintPath(const std::string& path);
  absl::StatusOr<std::vector<LintFinding>> Find(const PolicyFolder& folder,
                                                Diagnostics* errors) const;
  // Makes fixes in memory until there are no more, and then writes the files.
  absl::Status Fix(const std::string& path, PolicyFolder* folder);
  void Print(const std::string& path, const PolicyFolder& folder,
             const std::vector<LintFinding>& findings);

  const LintCommand& command_;
  size_t findings_ = 0;
  size_t fixable_ = 0;
  size_t errors_ = 0;
  nlohmann::ordered_json json_ = nlohmann::ordered_json::array();
};

absl::StatusOr<std::vector<LintFinding>> Lint::Find(const PolicyFolder& folder,
                                                    Diagnostics* errors) const {
  Compilation compilation(&folder.sources);
  ASSIGN_OR_RETURN(std::vector<LintFinding> findings,
                   LintFolder(folder, &compilation));
  *errors = std::move(compilation.diagnostics);
  const auto is_one_of = [](absl::string_view rule,
                            const std::vector<std::string>& rules) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
  };
  std::erase_if(findings, [&](const LintFinding& finding) {
    return is_one_of(finding.rule, command_.off) ||
           (!command_.only.empty() && !is_one_of(finding.rule, command_.only));
  });
  return findings;
}

absl::Status Lint::Fix(const std::string& path, PolicyFolder* folder) {
  // A fix may uncover another; each takes something away.
  constexpr int kMaxRounds = 20;
  std::vector<bool> changed(folder->sources.size(), false);
  for (int round = 0; round < kMaxRounds; ++round) {
    Diagnostics errors(&folder->sources);
    ASSIGN_OR_RETURN(const std::vector<LintFinding> findings,
                     Find(*folder, &errors));
    std::vector<std::string> texts;
    bool any = false;
    for (SourceId id = 0; id < folder->sources.size(); ++id) {
      texts.push_back(ApplyFixes(folder->sources, id, findings));
      if (texts.back() == folder->sources.text(id)) continue;
      changed[id] = any = true;
    }
    if (!any) break;
    ASSIGN_OR_RETURN(PolicyFolder fixed, WithTexts(*folder, std::move(texts)));
    Diagnostics errors_of_fixed(&fixed.sources);
    RETURN_IF_ERROR(Find(fixed, &errors_of_fixed).status());
    if (errors_of_fixed.has_errors()) {
      return absl::InternalError(absl::StrCat(
          path, ": the fixed sources have errors; nothing was written\n",
          errors_of_fixed.ToString()));
    }
    *folder = std::move(fixed);
  }
  for (SourceId id = 0; id < changed.size(); ++id) {
    if (!changed[id]) continue;
    const std::string file = std::filesystem::is_directory(path)
                                 ? (std::filesystem::path(path) /
                                    std::string(folder->sources.name(id)))
                                       .string()
                                 : path;
    RETURN_IF_ERROR(WriteFileAtomically(file, folder->sources.text(id)));
  }
  return absl::OkStatus();
}

absl::Status Lint::LintPath(const std::string& path) {
  ASSIGN_OR_RETURN(PolicyFolder folder, Load(command_, path));
  if (command_.fix) RETURN_IF_ERROR(Fix(path, &folder));
  Diagnostics errors(&folder.sources);
  ASSIGN_OR_RETURN(const std::vector<LintFinding> findings,
                   Find(folder, &errors));
  if (errors.has_errors()) {
    errors.Sort();
    std::cerr << errors.ToString();
    errors_ += errors.error_count();
  }
  Print(path, folder, findings);
  return absl::OkStatus();
}

void Lint::Print(const std::string& path, const PolicyFolder& folder,
                 const std::vector<LintFinding>& findings) {
  findings_ += findings.size();
  const std::string parent =
      std::filesystem::is_directory(path)
          ? path
          : std::filesystem::path(path).parent_path().string();
  Diagnostics diagnostics(&folder.sources);
  for (const LintFinding& finding : findings) {
    fixable_ += finding.fix.empty() ? 0 : 1;
    Diagnostics::Detail detail = diagnostics.Warning(
        finding.span, absl::StrCat(finding.message, " [", finding.rule, "]"));
    nlohmann::ordered_json item = {{"rule", std::string(finding.rule)}};
    item.update(PlaceJson(folder.sources, parent, finding.span));
    item["message"] = finding.message;
    if (!finding.help.empty()) {
      detail.Help(finding.help);
      item["help"] = finding.help;
    }
    for (const Diagnostic::Note& note : finding.notes) {
      detail.Note(note.span, note.message);
      nlohmann::ordered_json place =
          PlaceJson(folder.sources, parent, note.span);
      place["message"] = note.message;
      item["notes"].push_back(std::move(place));
    }
    for (const SourceEdit& edit : finding.fix) {
      nlohmann::ordered_json place =
          PlaceJson(folder.sources, parent, edit.span);
      place["text"] = edit.text;
      item["fix"].push_back(std::move(place));
    }
    json_.push_back(std::move(item));
  }
  if (command_.json || findings.empty()) return;
  std::cout << "in " << path << ":\n" << diagnostics.ToString() << "\n";
}

int PrintRules() {
  for (const LintRule& rule : LintRules()) {
    std::cout << rule.name << ": " << rule.summary << "\n";
  }
  return kExitOk;
}

int Lint::Run() {
  for (const std::string& path : command_.paths) {
    const absl::Status status = LintPath(path);
    if (!status.ok()) return Fail(status);
  }
  if (command_.json) {
    std::cout << json_.dump(2, ' ', false,
                            nlohmann::ordered_json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << findings_ << (findings_ == 1 ? " finding" : " findings");
    if (fixable_ > 0) std::cout << ", " << fixable_ << " with a fix (--fix)";
    std::cout << "\n";
  }
  return findings_ + errors_ > 0 ? kExitFailed : kExitOk;
}

}  // namespace

void AddLintCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<LintCommand>();
  CLI::App* lint = app->add_subcommand(
      "lint",
      "Report what is correct in policies and yet most likely not meant");
  std::vector<std::string> names;
  for (const LintRule& rule : LintRules()) names.emplace_back(rule.name);
  lint->add_option("paths", command->paths,
                   "Policy folders, and files of policies")
      ->check(CLI::ExistingPath);
  lint->add_option("--schema", command->schema, "The schema of the files")
      ->check(CLI::ExistingFile);
  lint->add_option("--off", command->off, "Rules to leave out")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  lint->add_option("--only", command->only, "The only rules to look for")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  lint->add_flag("--rules", command->rules, "Print all rules (docs/lint.md)");
  lint->add_flag("--fix", command->fix,
                 "Change the files where no decision changes by it");
  lint->add_flag("--json", command->json, "Print the findings as JSON");
  lint->callback([command, status] {
    if (command->rules) {
      *status = PrintRules();
    } else if (command->paths.empty()) {
      throw CLI::RequiredError("paths");
    } else {
      *status = Lint(*command).Run();
    }
  });
}

}  // namespace sekisho
