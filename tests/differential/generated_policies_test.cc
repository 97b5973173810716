// Property: the graph decides as the reference evaluator does, in memory and
// reloaded from the artifact, whatever the schema, the policies, the links, the
// entities and the request are.
//
// All of them are generated. Decision, determining, failing and undecided
// policies must be equal, in both modes, with validation and without, with room
// for combining policies and with little. SEKISHO_SETS sets are made, the first
// of SEKISHO_SEED; a difference is printed with the seed that repeats it, and
// shrunk.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "engine/model/json.h"
#include "gtest/gtest.h"
#include "tests/differential/generated_set.h"
#include "tests/differential/histogram.h"
#include "tests/differential/random.h"
#include "tests/environment.h"

namespace sekisho {
namespace {

constexpr int kRequestsPerSet = 300;
// Of those, so many are evaluated part by part.
constexpr int kPartsPerSet = 10;

// The set as far as it matters for the difference.
std::string Shrunken(const GeneratedCase& made) {
  const GeneratedCase least = Shrink(made, [](const GeneratedCase& smaller) {
    return !DescribeDifferences(smaller).empty();
  });
  auto set = GeneratedSet::Make(least);
  return least.ToString() + DescribeDifferences(least) +
         (*set)->compilation().graph.ToString();
}

TEST(GeneratedPoliciesTest, TheGraphDecidesAsTheReferenceDoes) {
  const uint64_t seed = EnvironmentNumber("SEKISHO_SEED", 20261122);
  const uint64_t sets = EnvironmentNumber("SEKISHO_SETS", 500);
  std::cout << "SEKISHO_SEED=" << seed << " SEKISHO_SETS=" << sets << "\n";
  Histogram histogram;
  for (uint64_t set_seed = seed; set_seed < seed + sets; ++set_seed) {
    size_t rejected = 0;
    const GeneratedCase made =
        GenerateCase(set_seed, kRequestsPerSet, &rejected);
    histogram.AddRejected(rejected);
    absl::StatusOr<std::unique_ptr<GeneratedSet>> set =
        GeneratedSet::Make(made);
    ASSERT_TRUE(set.ok()) << set.status().message()
                          << "SEKISHO_SEED=" << set_seed << " SEKISHO_SETS=1\n"
                          << made.ToString();
    histogram.AddSet(made, **set);
    for (size_t i = 0; i < made.requests.size(); ++i) {
      Meeting meeting;
      const std::string difference = (*set)->Decide(made.requests[i], &meeting);
      ASSERT_EQ(difference, "")
          << "SEKISHO_SEED=" << set_seed << " SEKISHO_SETS=1 repeats it\n"
          << Shrunken(made);
      histogram.AddRequest(meeting);
      if (i < kPartsPerSet) {
        histogram.AddOperators(**set, made.requests[i]);
      }
    }
    if ((set_seed - seed + 1) % 5'000 == 0) {
      std::cout << histogram.requests() << " requests" << std::endl;
    }
  }
  std::cout << histogram.ToString();
  // One set, repeated, meets little.
  if (sets > 1) {
    EXPECT_EQ(absl::StrJoin(histogram.Missing(), "\n"), "");
  }
}

// Differences that there once were, shrunk.
TEST(GeneratedPoliciesTest, WhatWasFoundStaysFixed) {
  const struct {
    const char* schema;
    std::vector<std::string> policies;
    const char* entities;
    const char* request;
  } cases[] = {
      // One expression of two types, each compared with constants.
      {"entity A { x: duration }; entity B { x: Long };"
       "action a appliesTo { principal: [A, B], resource: A };",
       {"forbid(principal is A, action, resource)"
        "when { duration(\"1d\") < principal.x };",
        "permit(principal is B, action, resource) when { principal.x == 5 };"},
       R"([{"uid": "B::\"b\"", "attrs": {"x": 5}}])",
       R"({"principal": "B::\"b\"", "action": "Action::\"a\"",
           "resource": "A::\"a\""})"},
  };
  for (const auto& c : cases) {
    GeneratedCase found;
    found.schema = c.schema;
    found.policies = c.policies;
    found.entities = *EntitiesFromJson(c.entities, nullptr);
    found.requests = {*RequestFromJson(c.request, nullptr)};
    auto set = GeneratedSet::Make(found);
    ASSERT_TRUE(set.ok()) << set.status().message();
    EXPECT_EQ(DescribeDifferences(found), "") << found.ToString();
  }
}

// As if decisions were wrong wherever a policy with `like` determines them:
// what is left is that policy, and little of it.
TEST(GeneratedPoliciesTest, WhatFailsIsShrunk) {
  const auto fails = [](const GeneratedCase& made) {
    auto set = GeneratedSet::Make(made);
    if (!set.ok()) return false;
    for (const Request& request : made.requests) {
      Meeting meeting;
      if (!(*set)->Decide(request, &meeting).empty()) return false;
      for (PolicyIndex policy : meeting.decision.determining) {
        if (policy < made.policies.size() &&
            absl::StrContains(made.policies[policy], " like ")) {
          return true;
        }
      }
    }
    return false;
  };
  int shrunk = 0;
  size_t rejected = 0;
  for (uint64_t seed = 1; shrunk < 5 && seed < 300; ++seed) {
    const GeneratedCase made = GenerateCase(seed, 20, &rejected);
    if (made.policies.size() < 5 || !fails(made)) continue;
    ++shrunk;
    const GeneratedCase least = Shrink(made, fails);
    EXPECT_TRUE(fails(least));
    EXPECT_EQ(least.requests.size(), 1u);
    ASSERT_EQ(least.policies.size(), 1u) << least.ToString();
    EXPECT_TRUE(least.links.empty() && least.run_time_links.empty())
        << least.ToString();
    EXPECT_LT(least.policies[0].size(), 250u) << least.ToString();
  }
  EXPECT_EQ(shrunk, 5);
}

}  // namespace
}  // namespace sekisho
