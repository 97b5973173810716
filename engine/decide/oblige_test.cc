#include "engine/decide/oblige.h"

#include <string>
#include <vector>

#include "engine/graph/artifact.h"
#include "engine/graph/small_graph.h"
#include "engine/model/value.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Names = std::vector<std::string>;

const EntityUid kWho = {"User", "u"};

class ObligeTest : public testing::Test {
 protected:
  ObligeTest() {
    SmallGraph small;
    const AttributePath count{PathRoot::kContext, {"count"}};
    const AttributePath none{PathRoot::kContext, {"home", "none"}};
    const AttributePath principal{PathRoot::kPrincipal, {}};
    small.obligations = {
        {"limit", false, {{"by", principal}, {"to", count}}},
        {"tell", false, {}},
        {"card", true, {{"method", Value::String("ic")}}},
        {"broken", false, {{"x", none}}},
    };
    for (PolicyInfo& policy : small.policies) policy.obligations.clear();
    small.policies[0].obligations = {1, 0};
    small.policies[1].obligations = {1};
    small.policies[2].obligations = {0, 2, 1};
    small.policies[3].obligations = {3};
    artifact_ = *Artifact::FromBytes(small.Write());
    request_.principal = kWho;
    request_.context =
        Value::Record({{"count", Value::Long(3)}, {"home", Value::Bool(true)}});
  }

  Obliged Of(Decision decision,
             const std::optional<Names>& supported = std::nullopt) {
    decision_ = std::move(decision);
    return Oblige(*artifact_, request_, supported, &decision_);
  }

  std::shared_ptr<const Artifact> artifact_;
  Request request_;
  Decision decision_;
  const Obligation limit_ = {
      "limit",
      Value::Record({{"by", Value::Entity(kWho)}, {"to", Value::Long(3)}})};
  const Obligation tell_ = {"tell"};
  const Obligation card_ = {"card",
                            Value::Record({{"method", Value::String("ic")}})};
};

TEST_F(ObligeTest, TheUnionInTheOrderOfThePolicies) {
  const Obliged obliged = Of({Cause::kPermitted, {0, 2}, {}, {}});
  EXPECT_EQ(obliged.obligations, (std::vector<Obligation>{tell_, limit_}));
  EXPECT_EQ(obliged.advice, (std::vector<Obligation>{card_}));
  EXPECT_EQ(obliged.unsupported, Names());
  EXPECT_TRUE(decision_.permitted());
}

TEST_F(ObligeTest, OnlyDeterminingPoliciesOblige) {
  const Obliged obliged = Of({Cause::kNotCovered, {}, {0}, {}});
  EXPECT_TRUE(obliged.obligations.empty());
  EXPECT_TRUE(obliged.advice.empty());
}

TEST_F(ObligeTest, APermitThatCannotBeFulfilledIsADenial) {
  for (const Names& supported : {Names{}, Names{"tell"}, Names{"LIMIT"}}) {
    const Obliged obliged = Of({Cause::kPermitted, {2}, {}, {}}, supported);
    EXPECT_FALSE(decision_.permitted());
    EXPECT_EQ(decision_.cause, Cause::kObligationUnsupported);
    EXPECT_EQ(decision_.determining, PolicyIndexes{2});
    EXPECT_EQ(obliged.unsupported[0], "limit");
  }
  Of({Cause::kPermitted, {2}, {}, {}}, Names{"tell", "limit"});
  EXPECT_TRUE(decision_.permitted());
}

TEST_F(ObligeTest, ADenialStaysADenial) {
  const Obliged obliged = Of({Cause::kForbidden, {1}, {}, {}}, Names{});
  EXPECT_EQ(decision_.cause, Cause::kForbidden);
  EXPECT_EQ(obliged.obligations, std::vector<Obligation>{tell_});
  EXPECT_EQ(obliged.unsupported, Names());
}

TEST_F(ObligeTest, WhatHasNoValueCannotBeFulfilled) {
  const Obliged obliged = Of({Cause::kPermitted, {3}, {}, {}});
  EXPECT_EQ(decision_.cause, Cause::kObligationUnsupported);
  EXPECT_EQ(obliged.unsupported, Names{"broken"});
}

}  // namespace
}  // namespace sekisho
