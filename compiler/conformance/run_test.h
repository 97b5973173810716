// Runs conformance tests: policies are validated and compiled, and every
// request is decided by the graph, as it is in memory and as it is loaded from
// the artifact's bytes.
//
//   for (const ConformanceTest& test : ReadTests(files)) {
//     const TestResult result = RunTest(test, {});
//     for (const Difference& difference : result.differences) ..
//   }
//
// Policies that validate are compiled as such; for all others, and for requests
// that need not fit the schema, the policies are compiled without validation.
#ifndef SEKISHO_COMPILER_CONFORMANCE_RUN_TEST_H_
#define SEKISHO_COMPILER_CONFORMANCE_RUN_TEST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/compile.h"
#include "compiler/conformance/test_case.h"
#include "compiler/reference/reference.h"
#include "engine/graph/graph.h"
#include "engine/model/request.h"

namespace sekisho {

// Something that is not as it should be.
struct Difference {
  // `validation`, `request 3: reason`, ..
  std::string what;
  std::string expected;
  std::string got;
};

struct TestResult {
  std::string name;
  std::vector<Difference> differences;
  // The policies passed strict validation.
  bool validates = false;
  // Of policies that validate: why they are not pure graph (see Residuals).
  std::vector<std::string> residuals;
  // Of a merged test: how many policies there were in all.
  size_t policies = 0;

  bool passed() const { return differences.empty(); }
};

// Decides a request with the entities of its test, but for those that come from
// the schema, by policies that are given as the bytes of an artifact; an error
// where there is no decision.
using DecideElsewhere = std::function<absl::StatusOr<ExpectedDecision>(
    const std::string& artifact, const Request& request,
    const EntityMap& entities)>;

struct RunOptions {
  // Decide with the reference evaluator instead of the graph.
  bool use_reference = false;
  // If set, decides instead of both. What does not fit the schema must be
  // InvalidArgument there.
  DecideElsewhere elsewhere = nullptr;
};

TestResult RunTest(const ConformanceTest& test, const RunOptions& options);

// Policies to merge into a test: the texts of other tests' policies.
struct MergeOptions {
  // At most so many texts are added, and at least one if any fits.
  int most = 49;
  uint64_t seed = 1;
};

// Merges tests[index] with policies of other tests that validate against its
// schema, tests with the same schema first, and holds the graph's decisions to
// the reference evaluator's. What is merged depends on the seed and the name
// of the test only, given the same tests.
TestResult RunMerged(const std::vector<ConformanceTest>& tests, size_t index,
                     const MergeOptions& options);

// True of a boolean test whose program has a connective (&&, ||, if) in it: the
// program evaluates it, where branches could.
bool IsResidual(const DecisionGraph& graph, const Test& test);

// What of the policies was not compiled to branches of the graph, one line
// each; empty for a pure graph. These are
//  - states that the node budget left to single policies, and
//  - tests that are residual.
std::vector<std::string> Residuals(const Compilation& compilation);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CONFORMANCE_RUN_TEST_H_
