#include "bench/target_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

TEST(TargetTableTest, SaysWhatPassesAndWhatMisses) {
  TargetTable table;
  table.AtMost("a", 400, 400, "ns");
  table.AtMost("b", 400.1, 400, "ns", "busy");
  table.AtLeast("c", 0.9, 0.9, "");
  table.AtLeast("d", 1, 2, "/s");
  table.NotMeasured("e", "<= 1", "there is none");
  EXPECT_EQ(table.misses(), 2u);
  const auto json = nlohmann::json::parse(table.ToJson());
  const char* const kVerdicts[] = {"pass", "MISS", "pass", "MISS",
                                   "not measured"};
  ASSERT_EQ(json.size(), 5u);
  for (size_t i = 0; i < json.size(); ++i) {
    EXPECT_EQ(json[i]["verdict"], kVerdicts[i]);
  }
  EXPECT_EQ(json[1]["target"], "<= 400 ns");
  EXPECT_EQ(json[1]["measured"], "400 ns");
  EXPECT_EQ(json[1]["note"], "busy");
  EXPECT_EQ(json[2]["target"], ">= 0.9");
  EXPECT_EQ(json[4]["measured"], "");
  EXPECT_THAT(table.ToString(), HasSubstr("MISS          b "));
  EXPECT_THAT(table.ToString(), HasSubstr("not measured  e "));
}

TEST(TargetTableTest, NumbersAreReadable) {
  EXPECT_EQ(InDigits(0), "0");
  EXPECT_EQ(InDigits(0.012345), "0.0123");
  EXPECT_EQ(InDigits(999.4), "999");
  EXPECT_EQ(InDigits(1000), "1,000");
  EXPECT_EQ(InDigits(1234567.8), "1,234,568");
  EXPECT_EQ(InDigits(-65536), "-65,536");
}

}  // namespace
}  // namespace sekisho
