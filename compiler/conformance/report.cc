#include "compiler/conformance/report.h"

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace sekisho {

std::vector<TestResult> RunAll(size_t count, bool fail_fast,
                               const std::function<TestResult(size_t)>& run) {
  constexpr int kThreads = 2;
  std::vector<TestResult> results(count);
  std::atomic<size_t> next = 0;
  std::atomic<bool> stop = false;
  auto work = [&] {
    while (!stop) {
      const size_t i = next.fetch_add(1);
      if (i >= count) return;
      results[i] = run(i);
      if (fail_fast && !results[i].passed()) stop = true;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < kThreads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (!fail_fast) return results;
  // Tests are begun in order, so all before one that failed have been run.
  for (size_t i = 0; i < count; ++i) {
    if (!results[i].passed()) results.resize(i + 1);
    if (i + 1 >= results.size()) break;
  }
  return results;
}

Tally Count(const std::vector<TestResult>& results) {
  Tally tally;
  for (const TestResult& result : results) {
    ++(result.passed() ? tally.passed : tally.failed);
    tally.validating += result.validates;
    tally.pure_graph += result.validates && result.residuals.empty();
    tally.policies += result.policies;
  }
  return tally;
}

std::string TextReport(const std::vector<TestResult>& results, bool residuals) {
  std::string text;
  for (const TestResult& result : results) {
    if (result.passed()) continue;
    absl::StrAppend(&text, "FAILED ", result.name, "\n");
    for (const Difference& difference : result.differences) {
      absl::StrAppend(&text, "  ", difference.what, ": expected ",
                      difference.expected, ", got ", difference.got, "\n");
    }
  }
  const Tally tally = Count(results);
  if (residuals) {
    for (const TestResult& result : results) {
      for (const std::string& residual : result.residuals) {
        absl::StrAppend(&text, "residual ", result.name, ": ", residual, "\n");
      }
    }
    absl::StrAppendFormat(
        &text, "%d of %d validating sets are pure graph, %.1f %%\n",
        tally.pure_graph, tally.validating,
        tally.validating == 0 ? 100.0
                              : 100.0 * static_cast<double>(tally.pure_graph) /
                                    static_cast<double>(tally.validating));
  }
  absl::StrAppend(&text, tally.passed, " passed, ", tally.failed, " failed\n");
  return text;
}

std::string JsonReport(const std::vector<TestResult>& results, bool residuals) {
  const Tally tally = Count(results);
  nlohmann::ordered_json json = {{"passed", tally.passed},
                                 {"failed", tally.failed}};
  if (residuals) {
    json["validating"] = tally.validating;
    json["pure_graph"] = tally.pure_graph;
  }
  json["tests"] = nlohmann::ordered_json::array();
  for (const TestResult& result : results) {
    nlohmann::ordered_json test = {{"name", result.name},
                                   {"passed", result.passed()}};
    for (const Difference& difference : result.differences) {
      test["differences"].push_back({{"what", difference.what},
                                     {"expected", difference.expected},
                                     {"got", difference.got}});
    }
    if (residuals && !result.residuals.empty()) {
      test["residuals"] = result.residuals;
    }
    json["tests"].push_back(std::move(test));
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace sekisho
