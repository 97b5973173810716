// `sekisho convert`.
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cli/command.h"
#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "engine/base/file_replacement.h"

namespace sekisho {
namespace {

struct ConvertCommand {
  std::string file;
  std::string to;
  std::string output;
};

int Fail(int status, absl::string_view message) {
  std::cerr << "error: " << message << "\n";
  return status;
}

int Run(const ConvertCommand& command) {
  absl::StatusOr<std::string> text = ReadSource(command.file);
  if (!text.ok()) return Fail(kExitFailed, text.status().message());
  SourceSet sources;
  const SourceId source = sources.Add(command.file, *std::move(text));
  const std::optional<CedarKind> kind = KindOf(sources, source);
  if (!kind) {
    return Fail(kExitUsage,
                absl::StrCat(command.file,
                             ": not a file of policies or a schema (.cedar, "
                             ".cedarschema, or .json)"));
  }
  const CedarForm to =
      command.to == "json" ? CedarForm::kJson : CedarForm::kText;
  if (FormOf(command.file) == to) {
    return Fail(kExitUsage,
                absl::StrCat(command.file, " is of that form already"));
  }
  std::optional<FileReplacement> file;
  if (!command.output.empty()) file.emplace(command.output);
  const auto write = [&file](absl::string_view piece) {
    if (file) {
      file->Append(piece);
    } else {
      std::cout << piece;
    }
  };
  Diagnostics diagnostics(&sources);
  const bool converted =
      *kind == CedarKind::kSchema
          ? ConvertSchema(sources, source, to, write, &diagnostics)
          : ConvertPolicies(sources, source, to, write, &diagnostics);
  diagnostics.Sort();
  std::cerr << diagnostics.ToString();
  if (!converted) return kExitFailed;
  if (!file) return kExitOk;
  const absl::Status written = file->Commit();
  if (!written.ok()) return Fail(kExitFailed, written.message());
  return kExitOk;
}

}  // namespace

void AddConvertCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<ConvertCommand>();
  CLI::App* convert = app->add_subcommand(
      "convert",
      "Rewrite policies or a schema from Cedar text to JSON, or back; comments "
      "are lost");
  convert
      ->add_option("file", command->file,
                   "The file: .cedar, .cedarschema, or their forms in .json")
      ->required()
      ->check(CLI::ExistingFile);
  convert->add_option("--to", command->to, "The form to write")
      ->required()
      ->check(CLI::IsMember({"cedar", "json"}));
  convert->add_option("-o,--output", command->output,
                      "Where to write; without it, to standard output");
  convert->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
