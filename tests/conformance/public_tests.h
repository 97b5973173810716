// The public Cedar conformance cases, which are no part of the repository:
// SEKISHO_CONFORMANCE_DIR names the folder of their archives, and without it
// there is nothing to run.
#ifndef SEKISHO_TESTS_CONFORMANCE_PUBLIC_TESTS_H_
#define SEKISHO_TESTS_CONFORMANCE_PUBLIC_TESTS_H_

#include <vector>

#include "compiler/conformance/report.h"
#include "compiler/conformance/run_test.h"
#include "compiler/conformance/test_case.h"
#include "gtest/gtest.h"

namespace sekisho {

// Of all archives; none where there are none to run.
const std::vector<ConformanceTest>& PublicTests();

// Prints how many passed, and fails the test if not all did.
void ExpectAllPass(const std::vector<TestResult>& results);

}  // namespace sekisho

#define SKIP_WITHOUT_CASES()                                          \
  if (PublicTests().empty()) {                                        \
    GTEST_SKIP() << "SEKISHO_CONFORMANCE_DIR does not name a folder " \
                    "with the archives of the public cases";          \
  }

#endif  // SEKISHO_TESTS_CONFORMANCE_PUBLIC_TESTS_H_
