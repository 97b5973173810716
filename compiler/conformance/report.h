// Runs many tests, and says how they went.
#ifndef SEKISHO_COMPILER_CONFORMANCE_REPORT_H_
#define SEKISHO_COMPILER_CONFORMANCE_REPORT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "compiler/conformance/run_test.h"

namespace sekisho {

// run(0) .. run(count - 1), on two threads; `run` must allow that. With
// `fail_fast`, the results end with the first test that fails.
std::vector<TestResult> RunAll(size_t count, bool fail_fast,
                               const std::function<TestResult(size_t)>& run);

struct Tally {
  size_t passed = 0;
  size_t failed = 0;
  // Tests whose policies validate, and those of them that are pure graph.
  size_t validating = 0;
  size_t pure_graph = 0;
  // Policies in merged tests.
  size_t policies = 0;
};
Tally Count(const std::vector<TestResult>& results);

// The tests that failed with their differences; with `residuals`, those that
// are not pure graph with the causes and how many are; at last the line
// `N passed, N failed`.
std::string TextReport(const std::vector<TestResult>& results, bool residuals);

// {"passed": N, "failed": N, "tests": [{"name": .., "passed": false,
//   "differences": [{"what": .., "expected": .., "got": ..}]}]}
// and with `residuals` also "validating", "pure_graph", and of each test that
// is not pure graph its "residuals".
std::string JsonReport(const std::vector<TestResult>& results, bool residuals);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CONFORMANCE_REPORT_H_
