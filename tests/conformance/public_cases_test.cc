// The public Cedar conformance cases, through the graph, in memory and
// reloaded, and merged with each other against the reference evaluator.
//
// They are no part of the repository: SEKISHO_CONFORMANCE_DIR names the folder
// of their archives, and without it there is nothing to run. SEKISHO_SEED
// repeats a run of the merged ones.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "compiler/conformance/report.h"
#include "compiler/conformance/run_test.h"
#include "compiler/conformance/test_case.h"
#include "compiler/conformance/test_files.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// Of all archives; none where there are none to run.
const std::vector<ConformanceTest>& PublicTests() {
  static const auto* const tests = [] {
    auto* all = new std::vector<ConformanceTest>;
    const char* folder = std::getenv("SEKISHO_CONFORMANCE_DIR");
    if (folder == nullptr || *folder == '\0') return all;
    std::vector<std::string> archives;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (absl::EndsWith(entry.path().string(), ".tar.gz")) {
        archives.push_back(entry.path().string());
      }
    }
    std::sort(archives.begin(), archives.end());
    for (const std::string& archive : archives) {
      absl::StatusOr<TestFiles> files = ReadTestFiles(archive);
      EXPECT_TRUE(files.ok()) << files.status();
      if (!files.ok()) continue;
      for (ConformanceTest& test : ReadTests(*files)) {
        all->push_back(std::move(test));
      }
    }
    EXPECT_FALSE(all->empty()) << "no tests in the archives of " << folder;
    return all;
  }();
  return *tests;
}

#define SKIP_WITHOUT_CASES()                                          \
  if (PublicTests().empty()) {                                        \
    GTEST_SKIP() << "SEKISHO_CONFORMANCE_DIR does not name a folder " \
                    "with the archives of the public cases";          \
  }

// Extension types and templates: the language is not complete yet. Delete this
// and its uses when it is.
bool WaitsForTheLanguage(const TestResult& result) {
  return std::any_of(result.differences.begin(), result.differences.end(),
                     [](const Difference& difference) {
                       return absl::StrContains(difference.got,
                                                "not supported");
                     });
}

void ExpectAllPass(std::vector<TestResult> results) {
  const size_t all = results.size();
  results.erase(
      std::remove_if(results.begin(), results.end(), WaitsForTheLanguage),
      results.end());
  std::cout << all - results.size() << " of " << all
            << " wait for extension types and templates\n";

  const Tally tally = Count(results);
  std::cout << tally.passed << " passed, " << tally.failed << " failed\n";
  if (tally.failed > 0) {
    ADD_FAILURE() << TextReport(results, /*residuals=*/false);
  }
}

std::vector<TestResult> RunPublicTests(const RunOptions& options) {
  const std::vector<ConformanceTest>& tests = PublicTests();
  return RunAll(tests.size(), /*fail_fast=*/false,
                [&](size_t i) { return RunTest(tests[i], options); });
}

TEST(PublicCasesTest, TheGraphPasses) {
  SKIP_WITHOUT_CASES();
  const std::vector<TestResult> results = RunPublicTests({});
  ExpectAllPass(results);
  const Tally tally = Count(results);
  EXPECT_GE(static_cast<double>(tally.pure_graph),
            0.95 * static_cast<double>(tally.validating))
      << TextReport(results, /*residuals=*/true);
}

TEST(PublicCasesTest, TheReferenceEvaluatorPasses) {
  SKIP_WITHOUT_CASES();
  RunOptions options;
  options.use_reference = true;
  ExpectAllPass(RunPublicTests(options));
}

TEST(PublicCasesTest, MergedCasesDecideAsTheReferenceDoes) {
  SKIP_WITHOUT_CASES();
  MergeOptions options;
  if (const char* seed = std::getenv("SEKISHO_SEED")) {
    options.seed = std::strtoull(seed, nullptr, 10);
  }
  std::cout << "SEKISHO_SEED=" << options.seed << "\n";
  const std::vector<ConformanceTest>& tests = PublicTests();
  std::vector<TestResult> results =
      RunAll(tests.size(), /*fail_fast=*/false,
             [&](size_t i) { return RunMerged(tests, i, options); });
  const Tally tally = Count(results);
  std::cout << tally.policies << " policies in " << results.size()
            << " merged sets\n";
  ExpectAllPass(std::move(results));
  // What is not merged is not tested.
  EXPECT_GT(tally.policies, 10 * (tally.passed + tally.failed));
}

}  // namespace
}  // namespace sekisho
