#include "server/decision_ids.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(DecisionIdsTest, SortAsMadeEvenIfTheClockStandsOrGoesBack) {
  DecisionIds ids;
  absl::Time now = absl::FromUnixSeconds(1700000000);
  std::string last;
  for (absl::Time time : {now, now, now - absl::Seconds(1), now,
                          now + absl::Nanoseconds(2), now + absl::Seconds(9)}) {
    std::string id = DecisionIds::ToString(ids.Next(time));
    EXPECT_EQ(id.size(), 32u);
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(DecisionIdsTest, UniqueAcrossThreadsAndProcesses) {
  DecisionIds one;
  DecisionIds other;
  const absl::Time now = absl::FromUnixSeconds(1700000000);
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < made.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        made[t].push_back(
            DecisionIds::ToString((t % 2 ? one : other).Next(now)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 4000u);
}

}  // namespace
}  // namespace sekisho
