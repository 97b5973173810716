#include "engine/decide/clock.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

const EntityUid kView = {"Action", "view"};

Schema Declaring(const char* name, Type type) {
  Schema schema;
  schema.actions[kView].context[name] = {std::move(type)};
  return schema;
}

TEST(ClockTest, OnlyADatetimeOfThatNameIsTheClock) {
  const Type datetime = Type::Of(Type::Kind::kDatetime);
  EXPECT_TRUE(DeclaresClock(Declaring("now", datetime), kView));
  EXPECT_FALSE(DeclaresClock(Declaring("now", datetime), {"Action", "edit"}));
  EXPECT_FALSE(DeclaresClock(Declaring("then", datetime), kView));
  EXPECT_FALSE(DeclaresClock(Declaring("now", Type::Long()), kView));
}

TEST(ClockTest, WhatIsAddedReplaces) {
  const Value context = Value::Record(
      {{"a", Value::Long(1)}, {"now", Value::String("what a client claims")}});
  const Value added = ClockContext(absl::FromUnixMillis(1'775'001'600'001) +
                                   absl::Nanoseconds(999'999));
  EXPECT_EQ(added.ToString(), R"({now: datetime("2026-04-01T00:00:00.001Z")})");
  EXPECT_EQ(WithAdded(context, added).ToString(),
            R"({a: 1, now: datetime("2026-04-01T00:00:00.001Z")})");
  EXPECT_EQ(WithAdded(context, Value::Record({})), context);
}

}  // namespace
}  // namespace sekisho
