// `sekisho conformance`.
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "cli/command.h"
#include "compiler/conformance/report.h"
#include "compiler/conformance/run_test.h"
#include "compiler/conformance/test_case.h"
#include "compiler/conformance/test_files.h"

namespace sekisho {
namespace {

struct ConformanceCommand {
  std::vector<std::string> paths;
  std::string filter;
  bool fail_fast = false;
  bool json = false;
  bool residuals = false;
  bool reference = false;
  int merge = 0;
  uint64_t seed = 1;
};

int Run(const ConformanceCommand& command) {
  std::vector<ConformanceTest> tests;
  for (const std::string& path : command.paths) {
    absl::StatusOr<std::vector<TestFiles>> sets = ReadTestSets(path);
    if (!sets.ok()) {
      std::cerr << "error: " << sets.status().message() << "\n";
      return kExitFailed;
    }
    const size_t before = tests.size();
    for (const TestFiles& files : *sets) {
      for (ConformanceTest& test : ReadTests(files)) {
        tests.push_back(std::move(test));
      }
    }
    if (tests.size() == before) {
      std::cerr << "error: " << path << " has no tests\n";
      return kExitFailed;
    }
  }
  std::vector<size_t> chosen;
  for (size_t i = 0; i < tests.size(); ++i) {
    if (absl::StrContains(tests[i].name, command.filter)) chosen.push_back(i);
  }
  RunOptions options;
  options.use_reference = command.reference;
  MergeOptions merge;
  merge.most = command.merge;
  merge.seed = command.seed;
  const std::vector<TestResult> results =
      RunAll(chosen.size(), command.fail_fast, [&](size_t i) {
        return command.merge > 0 ? RunMerged(tests, chosen[i], merge)
                                 : RunTest(tests[chosen[i]], options);
      });
  const Tally tally = Count(results);
  if (command.json) {
    std::cout << JsonReport(results, command.residuals);
  } else {
    if (command.merge > 0) {
      std::cout << "seed " << command.seed << ": " << tally.policies
                << " policies in " << results.size() << " merged sets\n";
    }
    std::cout << TextReport(results, command.residuals);
  }
  return tally.failed == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void AddConformanceCommand(CLI::App* app, int* status) {
  auto command = std::make_shared<ConformanceCommand>();
  CLI::App* conformance = app->add_subcommand(
      "conformance",
      "Run tests in the public Cedar conformance format; the last line is "
      "`N passed, N failed`");
  conformance
      ->add_option("paths", command->paths,
                   "Folders, searched for tests and archives of tests, and "
                   ".tar.gz archives")
      ->required()
      ->check(CLI::ExistingPath);
  conformance->add_option("--filter", command->filter,
                          "Only tests with this in their names");
  conformance->add_flag("--fail-fast", command->fail_fast,
                        "Stop after the first test that fails");
  conformance->add_flag("--json", command->json, "Print the results as JSON");
  conformance->add_flag(
      "--no-residuals", command->residuals,
      "Also say which of the validating policy sets are not pure graph: states "
      "left to single policies by the node budget, and programs that evaluate "
      "&&, || or if");
  CLI::Option* reference = conformance->add_flag(
      "--reference", command->reference,
      "Decide with the reference evaluator instead of the graph");
  CLI::Option* merge =
      conformance
          ->add_option("--merge", command->merge,
                       "Merge each test's policies with those of up to so many "
                       "other tests that fit its schema, and hold the graph to "
                       "the reference evaluator")
          ->check(CLI::Range(1, 100'000))
          ->excludes(reference);
  conformance
      ->add_option("--seed", command->seed,
                   "Decides what is merged; repeats a run")
      ->needs(merge);
  conformance->callback([command, status] { *status = Run(*command); });
}

}  // namespace sekisho
