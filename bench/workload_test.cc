#include "bench/workload.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/compiled_policies.h"
#include "bench/decision_point.h"
#include "bench/request_file.h"
#include "bench/temporary_directory.h"
#include "bench/verify_answers.h"
#include "compiler/folder.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

WorkloadOptions Small() {
  WorkloadOptions options;
  options.requests = 200;
  options.entities = 300;
  return options;
}

Workload Make(const std::string& name) {
  absl::StatusOr<Workload> workload = MakeWorkload(name, Small());
  EXPECT_TRUE(workload.ok()) << workload.status();
  return workload.ok() ? *std::move(workload) : Workload();
}

struct Ready {
  std::unique_ptr<CompiledPolicies> policies;
  std::unique_ptr<DecisionPoint> point;
};

Ready Open(const Workload& workload) {
  Ready out;
  auto folder = MakePolicyFolder(workload.sources);
  EXPECT_TRUE(folder.ok()) << folder.status();
  auto policies = CompileToMeasure(*std::move(folder), /*fail_closed=*/true);
  EXPECT_TRUE(policies.ok()) << policies.status();
  out.policies = *std::move(policies);
  DecisionPointOptions options;
  options.log = false;
  auto point =
      DecisionPoint::Open(out.policies->bytes, workload.entities, options);
  EXPECT_TRUE(point.ok()) << point.status();
  out.point = *std::move(point);
  return out;
}

// What the maker says of its requests is what the reference evaluator says.
TEST(WorkloadTest, EveryAnswerIsTheOneItsMakerKnows) {
  for (const std::string name :
       {"healthcare", "matrix-39", "matrix-600", "matrix-600-apart",
        "wildcards-60", "ranges-60", "groups-60", "sets-4", "likes-60",
        "adversary-20"}) {
    const Workload workload = Make(name);
    ASSERT_FALSE(workload.requests.empty()) << name;
    const Ready ready = Open(workload);
    const auto answers =
        VerifyAnswers(*ready.point, ready.policies->compilation,
                      workload.entities, workload.requests);
    ASSERT_TRUE(answers.ok()) << name << ": " << answers.status();
    EXPECT_EQ(answers->by_reference, workload.requests.size()) << name;
    EXPECT_EQ(answers->by_file, workload.requests.size()) << name;
    if (name == "healthcare") continue;
    EXPECT_EQ(workload.requests.size(), 200u) << name;
    EXPECT_EQ(answers->permits, 100u) << name;
  }
}

// The most policies that any permit of the workload has.
size_t MostDetermining(const Workload& workload) {
  const Ready ready = Open(workload);
  size_t most = 0;
  for (const RequestToMeasure& each : workload.requests) {
    RecordedRequest request;
    request.request = each.request;
    const auto decision = ready.point->Decide(request);
    EXPECT_TRUE(decision.ok()) << decision.status();
    most = std::max(most, decision->determining.size());
  }
  return most;
}

TEST(WorkloadTest, RowsOverlapAsTheirNameSays) {
  EXPECT_EQ(MostDetermining(Make("matrix-100-apart")), 1u);
  EXPECT_GT(MostDetermining(Make("matrix-100")), 1u);
}

TEST(WorkloadTest, TheSeedDecidesAll) {
  const std::string once = RequestsToJson(Make("matrix-50").requests);
  EXPECT_EQ(RequestsToJson(Make("matrix-50").requests), once);
  WorkloadOptions other = Small();
  other.seed = 1;
  EXPECT_NE(RequestsToJson(MakeWorkload("matrix-50", other)->requests), once);
}

TEST(WorkloadTest, IsWrittenAsWhatCanBeRead) {
  const Workload workload = Make("matrix-50");
  const auto directory = TemporaryDirectory::Make();
  ASSERT_TRUE(directory.ok());
  const std::string path = (*directory)->path() + "/new/one";
  ASSERT_TRUE(WriteWorkload(workload, path).ok());
  const auto folder = LoadPolicyFolder(path + "/policies");
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->rules.size(), 1u);
  const auto json = ReadFile(path + "/requests.json");
  ASSERT_TRUE(json.ok());
  const auto requests = RequestsFromJson(*json, nullptr);
  ASSERT_TRUE(requests.ok()) << requests.status();
  EXPECT_EQ(RequestsToJson(*requests), RequestsToJson(workload.requests));
  EXPECT_TRUE(ReadFile(path + "/entities.json").ok());
}

TEST(WorkloadTest, OtherNamesAreRefused) {
  for (const std::string name :
       {"", "matrix", "matrix-", "matrix-0", "matrix-x", "matrix-5-far",
        "matrix-99999999999", "ranges-5-apart", "healthcare-5"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(MakeWorkload(name, {}).status()))
        << name;
  }
}

}  // namespace
}  // namespace sekisho
