// `sekisho matrix read`, `sekisho matrix show` and `sekisho matrix html`.
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/cases/policy_page.h"
#include "analysis/cases/report.h"
#include "cli/command.h"
#include "compiler/cases/compiled_cases.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/matrix/finding.h"
#include "compiler/matrix/show.h"
#include "compiler/matrix/usecases.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"

namespace sekisho {
namespace {

struct MatrixOptions {
  std::string policies;
  std::string use_case;
  bool json = false;
  bool findings = false;
  bool rules = false;
  std::string output;
  std::string language;
};

// The folder's matrix and policies; says what is wrong with them on standard
// error. Null if it cannot be read or has no matrix.
struct OpenedMatrix {
  PolicyFolder folder;
  std::unique_ptr<Compilation> compilation;
};

std::unique_ptr<OpenedMatrix> OpenMatrix(const std::string& path) {
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(path);
  if (!folder.ok()) {
    std::cerr << "error: " << folder.status().message() << "\n";
    return nullptr;
  }
  if (!folder->matrix) {
    std::cerr << "error: " << path << " has no matrix: no columns.tsv\n";
    return nullptr;
  }
  auto opened = std::make_unique<OpenedMatrix>();
  opened->folder = *std::move(folder);
  opened->compilation = std::make_unique<Compilation>(&opened->folder.sources);
  ReadPolicies(opened->folder, {}, opened->compilation.get());
  opened->compilation->diagnostics.Sort();
  return opened;
}

int RunRead(const MatrixOptions& options) {
  std::unique_ptr<OpenedMatrix> opened = OpenMatrix(options.policies);
  if (opened == nullptr) return kExitFailed;
  const SourceSet& sources = opened->folder.sources;
  const MatrixReading& reading = *opened->compilation->matrix;
  const Diagnostics& diagnostics = opened->compilation->diagnostics;
  if (options.findings) {
    std::cout << FindingList(sources, reading.matrix, reading.findings);
  } else if (options.rules) {
    std::cout << RuleText(sources, reading, opened->compilation->policies);
  } else if (options.json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (size_t row = 0; row < reading.rows.size(); ++row) {
      rows.push_back(UseCaseJson(sources, reading, row, nullptr));
    }
    std::cout << rows.dump(2) << "\n";
  } else {
    std::cout << UseCaseTable(sources, reading.matrix);
    Diagnostics warnings(&sources);
    ReportFindings(reading.findings, &warnings);
    std::cerr << warnings.ToString();
    std::cerr << reading.rows.size() << " use cases, "
              << reading.findings.size() << " findings\n";
  }
  std::cerr << diagnostics.ToString();
  return diagnostics.has_errors() ? kExitFailed : kExitOk;
}

int RunShow(const MatrixOptions& options) {
  std::unique_ptr<OpenedMatrix> opened = OpenMatrix(options.policies);
  if (opened == nullptr) return kExitFailed;
  const SourceSet& sources = opened->folder.sources;
  const MatrixReading& reading = *opened->compilation->matrix;
  std::cerr << opened->compilation->diagnostics.ToString();
  const std::optional<size_t> row = reading.matrix.FindRow(options.use_case);
  if (!row) {
    std::cerr << "error: there is no use case `" << options.use_case << "`\n";
    const std::string help = reading.matrix.HelpWithNumber(options.use_case);
    if (!help.empty()) std::cerr << "help: " << help << "\n";
    return kExitFailed;
  }
  const Policy* rule = nullptr;
  for (const Policy& policy : opened->compilation->policies) {
    if (policy.id == options.use_case) rule = &policy;
  }
  if (options.json) {
    std::cout << UseCaseJson(sources, reading, *row, rule).dump(2) << "\n";
  } else {
    std::cout << ShowUseCase(sources, reading, *row, rule);
  }
  return opened->compilation->diagnostics.has_errors() ? kExitFailed : kExitOk;
}

absl::Status WritePage(const MatrixOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledCases> all,
                   CompileWithAnyCases(options.policies));
  if (!all->compilation.matrix) {
    return absl::NotFoundError(
        absl::StrCat(options.policies, " has no matrix: no columns.tsv"));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Artifact> artifact,
                   Artifact::FromBytes(all->compilation.artifact));
  ReportOptions report_options;
  report_options.language =
      options.language == "ja" ? Language::kJapanese : Language::kEnglish;
  report_options.coverage = !all->set.cases.empty();
  ASSIGN_OR_RETURN(
      const CaseReport report,
      MakeReport(options.policies, *all, *artifact, report_options));
  return WriteFileAtomically(options.output,
                             PolicyPage(report, report_options.language));
}

int RunHtml(const MatrixOptions& options) {
  const absl::Status status = WritePage(options);
  if (status.ok()) return kExitOk;
  // What is wrong with sources says so itself.
  if (!absl::StartsWith(status.message(), "error: ")) std::cerr << "error: ";
  std::cerr << status.message() << "\n";
  return kExitFailed;
}

}  // namespace

void AddMatrixCommand(CLI::App* app, int* status) {
  auto options = std::make_shared<MatrixOptions>();
  CLI::App* matrix =
      app->add_subcommand("matrix", "Read a use-case matrix, or one row of it");
  matrix->require_subcommand(1);
  auto add_folder = [&](CLI::App* command) {
    command
        ->add_option("-p,--policies", options->policies,
                     "The policy folder with the matrix")
        ->default_val("policies/healthcare")
        ->check(CLI::ExistingDirectory);
  };

  CLI::App* read = matrix->add_subcommand(
      "read",
      "Print every cell with its place, and on standard error what is odd "
      "about the source");
  add_folder(read);
  CLI::Option* findings = read->add_flag("--findings", options->findings,
                                         "Print the findings, one a line");
  CLI::Option* rules =
      read->add_flag("--rules", options->rules, "Print the rules as Cedar");
  CLI::Option* json =
      read->add_flag("--json", options->json, "Print the rows as JSON");
  findings->excludes(rules)->excludes(json);
  rules->excludes(json);
  read->callback([options, status] { *status = RunRead(*options); });

  CLI::App* show = matrix->add_subcommand(
      "show",
      "Print a use case: the row, what it was read to mean, findings, "
      "and its rule");
  show->add_option("use-case", options->use_case, "Its number, such as ①-1")
      ->required();
  add_folder(show);
  show->add_flag("--json", options->json, "Print it as JSON");
  show->callback([options, status] { *status = RunShow(*options); });

  CLI::App* html = matrix->add_subcommand(
      "html",
      "Write the matrix as one HTML page: what each cell means, what is odd "
      "about it, and which cases show it");
  add_folder(html);
  html->add_option("-o,--output", options->output, "The file to write")
      ->required();
  html->add_option("--lang", options->language,
                   "The language that the page opens in; it has both")
      ->check(CLI::IsMember({"en", "ja"}))
      ->default_val("ja");
  html->callback([options, status] { *status = RunHtml(*options); });
}

}  // namespace sekisho
