// `sekisho fmt`.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/unified_diff.h"
#include "compiler/format/format.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "engine/base/file.h"

namespace sekisho {
namespace {

constexpr absl::string_view kStandardInput = "-";

struct FmtCommand {
  std::vector<std::string> paths;
  std::string stdin_name = "policies.cedar";
  bool check = false;
  bool diff = false;
};

class Fmt {
 public:
  explicit Fmt(const FmtCommand& command) : command_(command) {}

  int Run();

 private:
  void FormatFolder(const std::filesystem::path& folder);
  void FormatFile(const std::string& path);
  void FormatStandardInput();
  // Nothing after an error, which is then said.
  std::optional<std::string> Format(const std::string& name, std::string text);
  void Fail(absl::string_view message);

  const FmtCommand& command_;
  bool changed_ = false;
  bool failed_ = false;
};

void Fmt::Fail(absl::string_view message) {
  std::cerr << "error: " << message << "\n";
  failed_ = true;
}

std::optional<std::string> Fmt::Format(const std::string& name,
                                       std::string text) {
  SourceSet sources;
  const SourceId source = sources.Add(name, std::move(text));
  Diagnostics diagnostics(&sources);
  std::optional<std::string> formatted =
      FormatSource(sources, source, &diagnostics);
  if (!formatted) {
    failed_ = true;
    diagnostics.Sort();
    std::cerr << diagnostics.ToString();
  }
  return formatted;
}

void Fmt::FormatFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSource(path);
  if (!text.ok()) return Fail(text.status().message());
  const std::optional<std::string> formatted = Format(path, *text);
  if (!formatted) return;
  if (*formatted == *text) return;
  changed_ = true;
  if (command_.check) std::cout << path << "\n";
  if (command_.diff) std::cout << UnifiedDiff(path, *text, *formatted);
  if (command_.check || command_.diff) return;
  const absl::Status written = WriteFileAtomically(path, *formatted);
  if (!written.ok()) return Fail(written.message());
}

void Fmt::FormatFolder(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  using Iterator = std::filesystem::recursive_directory_iterator;
  for (Iterator it(folder, error); !error && it != Iterator();
       it.increment(error)) {
    const std::string path = it->path().string();
    if (it->is_regular_file(error) && IsFormatted(path)) files.push_back(path);
  }
  if (error) {
    Fail(absl::StrCat(folder.string(), ": ", error.message()));
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) FormatFile(file);
}

void Fmt::FormatStandardInput() {
  std::string text((std::istreambuf_iterator<char>(std::cin)), {});
  const absl::Status valid = CheckSource(command_.stdin_name, text);
  if (!valid.ok()) return Fail(valid.message());
  const std::optional<std::string> formatted =
      Format(command_.stdin_name, text);
  if (!formatted) return;
  if (command_.diff) {
    std::cout << UnifiedDiff(command_.stdin_name, text, *formatted);
  } else if (!command_.check) {
    std::cout << *formatted;
  }
  changed_ |= *formatted != text;
}

int Fmt::Run() {
  for (const std::string& path : command_.paths) {
    if (path == kStandardInput) {
      FormatStandardInput();
    } else if (std::filesystem::is_directory(path)) {
      FormatFolder(path);
    } else {
      FormatFile(path);
    }
  }
  return failed_ || (command_.check && changed_) ? kExitFailed : kExitOk;
}

}  // namespace

void AddFmtCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<FmtCommand>();
  CLI::App* fmt = app->add_subcommand(
      "fmt",
      "Lay out policies, schemas, tables and cases; only white space changes");
  fmt->add_option("paths", command->paths,
                  "Files (.cedar, .cedarschema, .tsv, requests.json and "
                  "entities.json of cases), folders with such files in "
                  "them or below, or `-`: standard input to standard output")
      ->required();
  fmt->add_option("--stdin-name", command->stdin_name,
                  "The name of the file that standard input is")
      ->capture_default_str();
  fmt->add_flag("--check", command->check,
                "Write nothing; name the files that are laid out otherwise, "
                "and exit with 1 if there are some");
  fmt->add_flag("--diff", command->diff,
                "Write nothing; print what would change");
  fmt->callback([command, status] { *status = Fmt(*command).Run(); });
}

}  // namespace sekisho
