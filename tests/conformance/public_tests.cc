#include "tests/conformance/public_tests.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "compiler/conformance/test_files.h"

namespace sekisho {

const std::vector<ConformanceTest>& PublicTests() {
  static const auto* const tests = [] {
    auto* all = new std::vector<ConformanceTest>;
    const char* folder = std::getenv("SEKISHO_CONFORMANCE_DIR");
    if (folder == nullptr || *folder == '\0') return all;
    const absl::StatusOr<std::vector<TestFiles>> sets = ReadTestSets(folder);
    EXPECT_TRUE(sets.ok()) << sets.status();
    if (!sets.ok()) return all;
    for (const TestFiles& files : *sets) {
      for (ConformanceTest& test : ReadTests(files)) {
        all->push_back(std::move(test));
      }
    }
    EXPECT_FALSE(all->empty()) << "no tests in " << folder;
    return all;
  }();
  return *tests;
}

void ExpectAllPass(const std::vector<TestResult>& results) {
  const Tally tally = Count(results);
  std::cout << tally.passed << " passed, " << tally.failed << " failed\n";
  if (tally.failed > 0) {
    ADD_FAILURE() << TextReport(results, /*residuals=*/false);
  }
}

}  // namespace sekisho
