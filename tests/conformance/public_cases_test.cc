// The public Cedar conformance cases, through the graph, in memory and
// reloaded, and merged with each other against the reference evaluator. Of the
// merged ones SEKISHO_SEED repeats a run and SEKISHO_SETS makes it longer.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "compiler/cedar_source.h"
#include "compiler/conformance/report.h"
#include "compiler/conformance/run_test.h"
#include "compiler/conformance/test_case.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "gtest/gtest.h"
#include "tests/conformance/public_tests.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

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

// The test with its policies and its schema as they come back from JSON;
// counts those that do.
ConformanceTest ThroughJson(ConformanceTest test, size_t* converted) {
  const auto convert = [](auto converter, const std::string& text,
                          const char* name,
                          CedarForm to) -> std::optional<std::string> {
    SourceSet sources;
    Diagnostics diagnostics(&sources);
    std::string out;
    const auto append = [&](absl::string_view piece) {
      out.append(piece.data(), piece.size());
    };
    const SourceId source = sources.Add(name, text);
    if (!converter(sources, source, to, append, &diagnostics)) {
      return std::nullopt;
    }
    return out;
  };
  const auto pass = [&](auto converter, std::string* text) {
    const auto json = convert(converter, *text, "x", CedarForm::kJson);
    // What cannot be read as text is not there as JSON.
    if (!json) return;
    const auto back = convert(converter, *json, "x.json", CedarForm::kText);
    EXPECT_TRUE(back.has_value()) << test.name << "\n" << *json;
    if (!back) return;
    *text = *back;
    ++*converted;
  };
  pass(ConvertPolicies, &test.policies);
  pass(ConvertSchema, &test.schema);
  return test;
}

TEST(PublicCasesTest, TheirJsonFormsMeanTheSame) {
  SKIP_WITHOUT_CASES();
  std::vector<ConformanceTest> tests = PublicTests();
  size_t converted = 0;
  for (ConformanceTest& test : tests) {
    test = ThroughJson(std::move(test), &converted);
  }
  std::cout << converted << " policies and schemas were JSON\n";
  // Of each, most can be read.
  EXPECT_GT(converted, tests.size() * 3 / 2);
  ExpectAllPass(RunAll(tests.size(), /*fail_fast=*/false,
                       [&](size_t i) { return RunTest(tests[i], {}); }));
}

TEST(PublicCasesTest, MergedCasesDecideAsTheReferenceDoes) {
  SKIP_WITHOUT_CASES();
  const std::vector<ConformanceTest>& tests = PublicTests();
  MergeOptions options;
  options.seed = EnvironmentNumber("SEKISHO_SEED", 1);
  const size_t sets =
      std::min<size_t>(EnvironmentNumber("SEKISHO_SETS", 400), tests.size());
  std::cout << "SEKISHO_SEED=" << options.seed << " SEKISHO_SETS=" << sets
            << "\n";
  std::vector<size_t> order(tests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(options.seed);
  std::shuffle(order.begin(), order.end(), random);
  const std::vector<TestResult> results =
      RunAll(sets, /*fail_fast=*/false,
             [&](size_t i) { return RunMerged(tests, order[i], options); });
  const Tally tally = Count(results);
  std::cout << tally.policies << " policies in " << sets << " merged sets\n";
  ExpectAllPass(results);
  // What is not merged is not tested.
  EXPECT_GT(tally.policies, 10 * sets);
}

}  // namespace
}  // namespace sekisho
