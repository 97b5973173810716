#include "server/recent_answers.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

const Pep kPep = {"loopback", ""};
const Sha256Digest kRequest = Sha256("request");

v1::DecideResponse Response(const std::string& id) {
  v1::DecideResponse response;
  response.set_decision_id(id);
  return response;
}

// The decision's id; without one the answer is made, as `answer`.
std::string Ask(RecentAnswers& answers, const std::string& id,
                const std::string& answer,
                const Sha256Digest& request = kRequest, const Pep& pep = kPep,
                const std::string& policy_store = "default") {
  auto claim = answers.Ask(pep, policy_store, id, request);
  if (!claim.ok()) return claim.status().ToString();
  if (claim->answer() == nullptr) claim->Answer(Response(answer));
  return claim->answer()->decision_id();
}

TEST(RecentAnswersTest, TheFirstAnswerCounts) {
  RecentAnswers answers;
  EXPECT_EQ(Ask(answers, "a", "1"), "1");
  EXPECT_EQ(Ask(answers, "a", "2"), "1");
  EXPECT_EQ(Ask(answers, "b", "3"), "3");
  EXPECT_EQ(Ask(answers, "a", "4", Sha256("other")),
            "INVALID_ARGUMENT: request_id: `a` was used for another request");
}

TEST(RecentAnswersTest, EnforcementPointsAndPolicyStoresAreApart) {
  RecentAnswers answers;
  EXPECT_EQ(Ask(answers, "a", "1"), "1");
  EXPECT_EQ(Ask(answers, "a", "2", kRequest, {"unix", ""}), "2");
  EXPECT_EQ(Ask(answers, "a", "3", kRequest, {"unix", "1"}), "3");
  EXPECT_EQ(Ask(answers, "a", "4", kRequest, {"unix", ""}, "1default"), "4");
  EXPECT_EQ(Ask(answers, "a", "5", kRequest, kPep, "other"), "5");
}

TEST(RecentAnswersTest, WhatWasNotAnsweredIsAskedAnew) {
  RecentAnswers answers;
  { auto claim = answers.Ask(kPep, "default", "a", kRequest); }
  // By another request too: no answer was given under the id.
  EXPECT_EQ(Ask(answers, "a", "1", Sha256("other")), "1");
}

TEST(RecentAnswersTest, TheOldestAreForgotten) {
  RecentAnswers answers({/*max_answers=*/2});
  for (const std::string id : {"a", "b", "c"}) Ask(answers, id, id);
  EXPECT_EQ(Ask(answers, "b", "new"), "b");
  EXPECT_EQ(Ask(answers, "c", "new"), "c");
  EXPECT_EQ(Ask(answers, "a", "new"), "new");
}

TEST(RecentAnswersTest, LargeAnswersAreForgottenSooner) {
  RecentAnswers answers({/*max_answers=*/1000, /*max_bytes=*/100'000});
  const std::string large(40'000, 'x');
  for (const std::string id : {"a", "b", "c"}) Ask(answers, id, large);
  EXPECT_EQ(Ask(answers, "c", "new"), large);
  EXPECT_EQ(Ask(answers, "a", "new"), "new");
  // Too large to be remembered at all.
  EXPECT_EQ(Ask(answers, "d", std::string(200'000, 'x')).size(), 200'000u);
  EXPECT_EQ(Ask(answers, "d", "new"), "new");
}

TEST(RecentAnswersTest, OfManyWhoAskAtOnceOneMakesTheAnswer) {
  RecentAnswers answers;
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> made = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        auto claim =
            answers.Ask(kPep, "default", absl::StrCat(round), kRequest);
        ASSERT_TRUE(claim.ok());
        if (claim->answer() == nullptr) {
          ++made;
          // Sometimes it fails, and the next has to.
          if (t == 0) return;
          claim->Answer(Response("x"));
        }
        EXPECT_EQ(claim->answer()->decision_id(), "x");
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_GE(made, 1);
    EXPECT_LE(made, 2);
  }
}

}  // namespace
}  // namespace sekisho
