// max_age: how old the watermarks of sources may be.
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/log/record.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/log_check.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class FreshnessTest : public testing::Test {
 protected:
  FreshnessTest() {
    server_.Activate(Compile(kRules));
    server_.Put({MakePerson("a"), MakeRecord("r", "a")});
  }

  void Confirm(const std::string& source, absl::Duration ago,
               const std::string& policy_store = "") {
    v1::WriteEntitiesRequest request;
    request.set_policy_store(policy_store);
    request.set_source(source);
    request.mutable_watermark()->set_seconds(
        absl::ToUnixSeconds(absl::Now() - ago));
    EXPECT_EQ(ToString(server_.Write(request)), "OK");
  }

  static v1::DecideRequest Ask(const std::string& source, int64_t seconds) {
    v1::DecideRequest request = sekisho::Ask("a", "r");
    v1::SourceAge* age = request.add_max_age();
    age->set_source(source);
    age->mutable_max_age()->set_seconds(seconds);
    return request;
  }

  std::string Decide(const v1::DecideRequest& request) {
    return ToString(server_.Decide(request));
  }

  TestServer server_;
};

TEST_F(FreshnessTest, AnUnknownSourceIsNeverFresh) {
  server_.Activate(Compile(kRules), "other");
  Confirm("hr", absl::ZeroDuration(), "other");
  EXPECT_EQ(Decide(Ask("hr", 1'000'000)),
            "FAILED_PRECONDITION: max_age: source `hr` never stated a "
            "watermark; at most 277h46m40s is asked for");
}

TEST_F(FreshnessTest, TheWatermarkCountsNotTheRecords) {
  Confirm("hr", absl::Hours(2));
  EXPECT_THAT(Decide(Ask("hr", 3600)),
              StartsWith("FAILED_PRECONDITION: max_age: source `hr` has a "
                         "watermark that is 2h"));
  EXPECT_THAT(Decide(Ask("hr", 3600)), HasSubstr("; at most 1h is asked for"));
  EXPECT_EQ(Decide(Ask("hr", 3 * 3600)), "OK");
  // The records stay as they are, the revision too.
  Confirm("hr", absl::ZeroDuration());
  EXPECT_EQ(Decide(Ask("hr", 3600)), "OK");
  EXPECT_EQ(server_.MustDecide(Ask("hr", 3600)).entity_revision(), 1u);
  server_.Restart();
  EXPECT_EQ(Decide(Ask("hr", 3600)), "OK");
}

TEST_F(FreshnessTest, EverySourceMustBeFresh) {
  Confirm("hr", absl::ZeroDuration());
  Confirm("wards", absl::Hours(2));
  v1::DecideRequest request = Ask("hr", 3600);
  *request.add_max_age() = Ask("wards", 3600).max_age(0);
  EXPECT_THAT(Decide(request), HasSubstr("source `wards`"));
  request.mutable_max_age(1)->mutable_max_age()->set_seconds(3 * 3600);
  EXPECT_EQ(Decide(request), "OK");
}

TEST_F(FreshnessTest, WhatIsNoAgeIsRefused) {
  EXPECT_THAT(Decide(Ask("", 1)), StartsWith("INVALID_ARGUMENT: "
                                             "max_age[0].source: must be"));
  for (int64_t seconds : {int64_t{-1}, int64_t{1} << 60}) {
    EXPECT_EQ(Decide(Ask("hr", seconds)),
              "INVALID_ARGUMENT: max_age[0].max_age: is not a time from 0 to "
              "10,000 days");
  }
  v1::DecideRequest unset = Ask("hr", 1);
  unset.mutable_max_age(0)->clear_max_age();
  EXPECT_THAT(Decide(unset),
              StartsWith("INVALID_ARGUMENT: max_age[0].max_age"));
  v1::DecideRequest many;
  for (int i = 0; i < 17; ++i) *many.add_max_age() = Ask("hr", 1).max_age(0);
  EXPECT_THAT(Decide(many), HasSubstr("max_age: has 17 entries; at most 16"));
}

TEST_F(FreshnessTest, ARefusalIsLoggedWithWhatWasAsked) {
  Decide(Ask("hr", 60));
  v1::DecideBatchRequest batch;
  *batch.add_items()->mutable_principal() = Ask("hr", 60).principal();
  *batch.add_max_age() = Ask("hr", 60).max_age(0);
  server_.DecideBatch(batch);
  server_.Stop();
  int refusals = 0;
  for (const Logged& logged : ReadLog(server_.data())) {
    const auto* body = std::get_if<RefusalBody>(&logged.record.body);
    if (body == nullptr) continue;
    ++refusals;
    EXPECT_THAT(body->message, HasSubstr("source `hr`"));
    EXPECT_EQ(body->request.max_age,
              (std::vector<SourceAge>{{"hr", 60'000'000'000}}));
  }
  EXPECT_EQ(refusals, 2);
  ExpectProved(server_.data());
}

}  // namespace
}  // namespace sekisho
