// `sekisho test`.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/cases/coverage.h"
#include "analysis/cases/coverage_report.h"
#include "analysis/cases/mutate.h"
#include "analysis/cases/policy_page.h"
#include "analysis/cases/report.h"
#include "analysis/cases/run_cases.h"
#include "analysis/cases/suggest.h"
#include "analysis/words.h"
#include "cli/case_report.h"
#include "cli/command.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"

namespace sekisho {
namespace {

constexpr std::chrono::milliseconds kWatchInterval(200);

struct TestCommand {
  std::string folder;
  std::vector<std::string> filters;
  std::string language;
  std::string junit;
  std::string lcov;
  std::string html;
  bool coverage = false;
  bool mutate = false;
  bool near_misses = false;
  bool suggest = false;
  bool watch = false;
  // Percent of the outcomes of conditions.
  std::optional<double> min_coverage;
  // Percent of the mutants.
  std::optional<double> min_caught;
  bool verbose = false;
  bool json = false;
};

Language LanguageOf(const TestCommand& command) {
  return command.language == "ja" ? Language::kJapanese : Language::kEnglish;
}

bool IsWanted(const TestCommand& command, const SourceSet& sources,
              const Case& c) {
  const std::string text =
      absl::StrCat(c.Label(), "\t", sources.name(c.span.source), ":",
                   sources.LineOf(c.span), "\t", c.change, "\t", c.note);
  return command.filters.empty() ||
         std::any_of(command.filters.begin(), command.filters.end(),
                     [&](const std::string& filter) {
                       return absl::StrContains(text, filter);
                     });
}

absl::Status WriteFiles(const TestCommand& command, const CaseReport& report) {
  if (!command.junit.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(command.junit, ReportJUnit(report)));
  }
  if (!command.html.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(
        command.html, PolicyPage(report, LanguageOf(command))));
  }
  if (!command.lcov.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(
        command.lcov, CoverageLcov(report.all->folder.sources, *report.coverage,
                                   command.folder)));
  }
  return absl::OkStatus();
}

// Says it if there is less than was demanded.
bool IsEnough(double percent, const std::optional<double>& least,
              absl::string_view what) {
  if (!least || percent >= *least) return true;
  std::cerr << absl::StrFormat("error: %s %.1f %%, less than %.1f %%\n",
                               std::string(what), percent, *least);
  return false;
}

bool IsEnough(const TestCommand& command, const CaseReport& report) {
  const bool covered =
      !report.coverage || IsEnough(report.coverage->Totals().percent(),
                                   command.min_coverage, "the coverage is");
  const bool caught =
      !report.mutants || IsEnough(report.mutants->percent(), command.min_caught,
                                  "the mutants caught are");
  return covered && caught;
}

absl::StatusOr<int> RunOnce(const TestCommand& command) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledCases> all,
                   CompileWithCases(command.folder));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Artifact> artifact,
                   Artifact::FromBytes(all->compilation.artifact));
  ReportOptions options;
  options.is_wanted = [&](const Case& c) {
    return IsWanted(command, all->case_sources, c);
  };
  options.language = LanguageOf(command);
  options.mutants = command.mutate || command.min_caught;
  options.near_misses = command.near_misses;
  options.coverage = command.coverage || command.min_coverage ||
                     !command.lcov.empty() || !command.html.empty() ||
                     options.mutants;
  ASSIGN_OR_RETURN(const CaseReport report,
                   MakeReport(command.folder, *all, *artifact, options));
  if (report.cases.empty()) {
    return absl::NotFoundError("no case fits the filter");
  }
  if (command.json) {
    std::cout << ReportJson(report).dump(
                     2, ' ', false,
                     nlohmann::ordered_json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << ReportText(report, command.verbose);
    if (command.coverage) {
      std::cout << CoverageText(all->folder.sources, *report.coverage,
                                LanguageOf(command));
    }
    if (command.mutate) {
      std::cout << MutationText(all->folder.sources, *report.coverage,
                                *report.mutants, LanguageOf(command));
    }
  }
  RETURN_IF_ERROR(WriteFiles(command, report));
  const bool enough = IsEnough(command, report);
  return report.failed() == 0 && enough ? kExitOk : kExitFailed;
}

// A table of cases on standard output, and on standard error what it is worth.
absl::StatusOr<int> Suggest(const TestCommand& command) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledCases> all,
                   CompileWithCases(command.folder));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Artifact> artifact,
                   Artifact::FromBytes(all->compilation.artifact));
  CoverageMeter meter(all->compilation, all->set);
  CaseRunner runner(*artifact, all->set);
  for (const Case& c : all->set.cases) {
    const CaseResult result = runner.Run(c);
    if (result.answer.ok()) RETURN_IF_ERROR(meter.Add(c, *result.answer));
  }
  const double before = meter.coverage().Totals().percent();
  ASSIGN_OR_RETURN(const Suggestions suggestions,
                   SuggestCases(*all, *artifact, &meter));
  std::cout << SuggestionTable(suggestions);
  std::cerr << absl::StrFormat(
      "%d cases, which expect what is decided now: read them before you keep "
      "them.\nWith them the coverage is %.1f %% instead of %.1f %%; for %d "
      "outcomes none was found.\n",
      suggestions.cases.size(), meter.coverage().Totals().percent(), before,
      suggestions.missing);
  return kExitOk;
}

int Run(const TestCommand& command) {
  const absl::StatusOr<int> status =
      command.suggest ? Suggest(command) : RunOnce(command);
  if (status.ok()) return *status;
  // What is wrong with sources says so itself.
  const absl::string_view message = status.status().message();
  if (!absl::StartsWith(message, "error: ")) std::cerr << "error: ";
  std::cerr << message << "\n";
  return kExitFailed;
}

// When each file of the folder and of its cases was written, and its size.
using Stamps = std::map<std::string, std::pair<int64_t, uintmax_t>>;

Stamps StampsOf(const std::string& folder) {
  Stamps stamps;
  for (const std::string& path : {folder, folder + "/cases"}) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end;
         !error && it != end; it.increment(error)) {
      std::error_code ignored;
      const auto time = it->last_write_time(ignored);
      stamps[it->path().string()] = {
          time.time_since_epoch().count(),
          it->is_regular_file(ignored) ? it->file_size(ignored) : 0};
    }
  }
  return stamps;
}

// Runs until the process is ended.
int Watch(const TestCommand& command) {
  while (true) {
    const Stamps before = StampsOf(command.folder);
    Run(command);
    std::cout << "watching " << command.folder << std::endl;
    while (StampsOf(command.folder) == before) {
      std::this_thread::sleep_for(kWatchInterval);
    }
  }
}

}  // namespace

void AddTestCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<TestCommand>();
  CLI::App* test = app->add_subcommand(
      "test", "Run the cases of a policy folder (docs/cases.md)");
  test->add_option("folder", command->folder,
                   "The policy folder, with its cases in cases/")
      ->required()
      ->check(CLI::ExistingDirectory);
  test->add_option("--filter", command->filters,
                   "Only cases with this text in their name, place, change or "
                   "note; of several filters any")
      ->allow_extra_args(false);
  test->add_option("--lang", command->language, "The language of explanations")
      ->check(CLI::IsMember({"en", "ja"}))
      ->default_val("en");
  test->add_option("--junit", command->junit,
                   "Write the results to this file as JUnit XML");
  test->add_flag("--coverage", command->coverage,
                 "Say which outcomes of conditions no case shows, and why");
  test->add_option("--min", command->min_coverage,
                   "Exit with 1 if less than this percentage of them is "
                   "covered")
      ->check(CLI::Range(0.0, 100.0));
  test->add_flag("--mutate", command->mutate,
                 "Negate and drop each condition in turn, and say which of "
                 "these mutants no case notices");
  test->add_option("--min-caught", command->min_caught,
                   "Exit with 1 if less than this percentage of the mutants "
                   "is noticed")
      ->check(CLI::Range(0.0, 100.0));
  test->add_flag(
      "--near-misses", command->near_misses,
      "Generate a near miss for each condition of a permit too; each "
      "must be denied");
  test->add_flag("--suggest", command->suggest,
                 "In place of running cases, print a table of new ones that "
                 "cover what is not covered");
  test->add_option("--html", command->html,
                   "Write a page to this file: matrix, rules, cases, and what "
                   "is covered");
  test->add_option("--lcov", command->lcov,
                   "Write the coverage to this file in lcov's format");
  test->add_flag("-v,--verbose", command->verbose,
                 "Print cases that passed too");
  test->add_flag("--json", command->json, "Print the results as JSON");
  test->add_flag("--watch", command->watch,
                 "Run them again whenever a file changes");
  test->callback([command, status] {
    *status = command->watch ? Watch(*command) : Run(*command);
  });
}

}  // namespace sekisho
