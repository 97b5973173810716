// `sekisho lint`.
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "compiler/folder.h"
#include "compiler/lint/lint_folder.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {
namespace {

struct LintCommand {
  std::vector<std::string> paths;
  bool json = false;
};

int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return kExitFailed;
}

int Run(const LintCommand& command) {
  bool found = false;
  for (const std::string& path : command.paths) {
    absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(path);
    if (!folder.ok()) return Fail(folder.status());
    Compilation compilation(&folder->sources);
    absl::StatusOr<std::vector<LintFinding>> findings =
        LintFolder(*folder, &compilation);
    if (!findings.ok()) return Fail(findings.status());
    if (compilation.diagnostics.has_errors()) {
      compilation.diagnostics.Sort();
      std::cerr << compilation.diagnostics.ToString();
      found = true;
    }
    Diagnostics diagnostics(&folder->sources);
    for (const LintFinding& finding : *findings) {
      Diagnostics::Detail detail = diagnostics.Warning(
          finding.span, absl::StrCat(finding.message, " [", finding.rule, "]"));
      for (const Diagnostic::Note& note : finding.notes) {
        detail.Note(note.span, note.message);
      }
      if (!finding.help.empty()) detail.Help(finding.help);
    }
    std::cout << diagnostics.ToString();
    found |= !findings->empty();
  }
  return found ? kExitFailed : kExitOk;
}

}  // namespace

void AddLintCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<LintCommand>();
  CLI::App* lint = app->add_subcommand(
      "lint", "Report what is correct in policies and yet most likely not meant");
  lint->add_option("paths", command->paths, "Policy folders")
      ->required()
      ->check(CLI::ExistingPath);
  lint->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
