// Promise 1 in its purest form: how policies that are satisfied or fail make a
// decision.
#include "engine/eval/evaluate.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Policies = PolicyIndexes;

// Permits 0, 1, 2; forbids 3, 4, 5.
const std::vector<bool> kIsForbid = {false, false, false, true, true, true};

Decision Closed(const Policies& satisfied, const Policies& failed) {
  return Combine(kIsForbid, /*fail_closed=*/true, satisfied, failed);
}

Decision Cedar(const Policies& satisfied, const Policies& failed) {
  return Combine(kIsForbid, /*fail_closed=*/false, satisfied, failed);
}

TEST(CombineTest, DenyUnlessPermitted) {
  EXPECT_EQ(Closed({}, {}), (Decision{Cause::kNotCovered, {}, {}, {}}));
  EXPECT_FALSE(Closed({}, {}).permitted());
  EXPECT_EQ(Closed({1}, {}), (Decision{Cause::kPermitted, {1}, {}, {}}));
  EXPECT_TRUE(Closed({1}, {}).permitted());
  EXPECT_EQ(Closed({2, 0}, {}), (Decision{Cause::kPermitted, {0, 2}, {}, {}}));
}

TEST(CombineTest, AForbidBeatsEveryPermit) {
  EXPECT_EQ(Closed({0, 1, 2, 4}, {}),
            (Decision{Cause::kForbidden, {4}, {}, {}}));
  EXPECT_EQ(Closed({5, 0, 3}, {}),
            (Decision{Cause::kForbidden, {3, 5}, {}, {}}));
  EXPECT_EQ(Cedar({0, 4}, {}), (Decision{Cause::kForbidden, {4}, {}, {}}));
}

TEST(CombineTest, AForbidThatCannotBeDecidedDenies) {
  EXPECT_EQ(Closed({0}, {4}),
            (Decision{Cause::kForbidUndecided, {}, {4}, {4}}));
  EXPECT_EQ(Closed({}, {5, 1, 3}),
            (Decision{Cause::kForbidUndecided, {}, {1, 3, 5}, {3, 5}}));
  // A satisfied forbid denies by itself.
  EXPECT_EQ(Closed({3}, {4}), (Decision{Cause::kForbidden, {3}, {4}, {}}));
}

TEST(CombineTest, InCedarsModeAnErringForbidIsSkipped) {
  EXPECT_EQ(Cedar({0}, {4}), (Decision{Cause::kPermitted, {0}, {4}, {}}));
  EXPECT_EQ(Cedar({}, {4}), (Decision{Cause::kNotCovered, {}, {4}, {}}));
}

TEST(CombineTest, AnErringPermitIsSkipped) {
  EXPECT_EQ(Closed({}, {0}), (Decision{Cause::kNotCovered, {}, {0}, {}}));
  EXPECT_EQ(Closed({1}, {0, 2}),
            (Decision{Cause::kPermitted, {1}, {0, 2}, {}}));
  EXPECT_EQ(Closed({4}, {0}), (Decision{Cause::kForbidden, {4}, {0}, {}}));
}

// Every way in which two permits and two forbids may come out, held to the
// promise's own words.
TEST(CombineTest, TruthTable) {
  enum Outcome { kFalse, kTrue, kError };
  const std::vector<bool> is_forbid = {false, false, true, true};
  for (int table = 0; table < 81; ++table) {
    Policies satisfied, failed;
    bool permit = false, forbid = false, undecided = false;
    for (int i = 0, rest = table; i < 4; ++i, rest /= 3) {
      const auto policy = static_cast<PolicyIndex>(i);
      if (rest % 3 == kTrue) {
        satisfied.push_back(policy);
        (is_forbid[policy] ? forbid : permit) = true;
      } else if (rest % 3 == kError) {
        failed.push_back(policy);
        undecided = undecided || is_forbid[policy];
      }
    }
    for (const bool fail_closed : {true, false}) {
      const Decision decision =
          Combine(is_forbid, fail_closed, satisfied, failed);
      EXPECT_EQ(decision.permitted(),
                permit && !forbid && !(fail_closed && undecided))
          << table;
      EXPECT_EQ(decision.errors, failed) << table;
      EXPECT_EQ(decision.determining.empty(),
                decision.cause == Cause::kNotCovered ||
                    decision.cause == Cause::kForbidUndecided)
          << table;
    }
  }
}

TEST(CombineTest, OrderMakesNoDifferenceAndNeitherDoDuplicates) {
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    Policies satisfied, failed;
    for (PolicyIndex policy = 0; policy < kIsForbid.size(); ++policy) {
      if (random() % 3 == 0) satisfied.push_back(policy);
      if (random() % 3 == 0) failed.push_back(policy);
    }
    const Decision closed = Closed(satisfied, failed);
    const Decision cedar = Cedar(satisfied, failed);
    for (Policies* policies : {&satisfied, &failed}) {
      if (!policies->empty()) policies->push_back(policies->front());
      std::shuffle(policies->begin(), policies->end(), random);
    }
    EXPECT_EQ(Closed(satisfied, failed), closed);
    EXPECT_EQ(Cedar(satisfied, failed), cedar);
  }
}

}  // namespace
}  // namespace sekisho
