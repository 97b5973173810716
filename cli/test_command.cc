// `sekisho test`.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/cases/run_cases.h"
#include "analysis/explain.h"
#include "analysis/words.h"
#include "cli/case_report.h"
#include "cli/command.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"

namespace sekisho {
namespace {

// Permits that an explanation names: a case is about one as a rule.
constexpr size_t kMaxNearest = 2;

struct TestCommand {
  std::string folder;
  std::vector<std::string> filters;
  std::string language;
  std::string junit;
  bool verbose = false;
  bool json = false;
};

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

CaseReport RunCases(const TestCommand& command, const CompiledCases& all,
                    const Artifact& artifact) {
  const Language language =
      command.language == "ja" ? Language::kJapanese : Language::kEnglish;
  ExplainOptions options;
  options.max_nearest = kMaxNearest;
  CaseReport report{command.folder, &all, &artifact, {}, 0};
  CaseRunner runner(artifact, all.set);
  for (const Case& c : all.set.cases) {
    if (!IsWanted(command, all.case_sources, c)) {
      ++report.left_out;
      continue;
    }
    ReportedCase reported{&c, runner.Run(c), ""};
    if (!reported.result.passed() && reported.result.answer.ok()) {
      CaseEntities entities = runner.EntitiesOf(c);
      const absl::StatusOr<Explanation> explanation =
          Explain(artifact, c.request, entities, options);
      if (explanation.ok()) {
        reported.explanation = InWords(*explanation, language);
      }
    }
    report.cases.push_back(std::move(reported));
  }
  return report;
}

absl::StatusOr<int> RunOnce(const TestCommand& command) {
  ASSIGN_OR_RETURN(const std::unique_ptr<CompiledCases> all,
                   CompileWithCases(command.folder));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Artifact> artifact,
                   Artifact::FromBytes(all->compilation.artifact));
  const CaseReport report = RunCases(command, *all, *artifact);
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
  }
  if (!command.junit.empty()) {
    RETURN_IF_ERROR(WriteFileAtomically(command.junit, ReportJUnit(report)));
  }
  return report.failed() == 0 ? kExitOk : kExitFailed;
}

int Run(const TestCommand& command) {
  const absl::StatusOr<int> status = RunOnce(command);
  if (status.ok()) return *status;
  std::cerr << "error: " << status.status().message() << "\n";
  return kExitFailed;
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
  test->add_flag("-v,--verbose", command->verbose,
                 "Print cases that passed too");
  test->add_flag("--json", command->json, "Print the results as JSON");
  test->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
