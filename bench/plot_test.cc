#include "bench/plot.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(PlotTest, EveryPointIsDrawnWhereItBelongs) {
  const std::string svg =
      PlotsToSvg({{"Cost", "rules", "ns", {{"a<b", {{10, 100}, {100, 1000}}}}},
                  {"Other", "entities", "ns", {{"c", {{1, 1}}}, {"none", {}}}}},
                 "measured & printed");
  EXPECT_EQ(Count(svg, "<circle"), 3u);
  EXPECT_EQ(Count(svg, "<polyline"), 3u);
  // The smallest is at the lower left end of its plot, the largest at the
  // upper right one.
  EXPECT_THAT(svg, HasSubstr("points=\"80.0,310.0 560.0,40.0 \""));
  EXPECT_THAT(svg, HasSubstr("a&lt;b"));
  EXPECT_THAT(svg, HasSubstr("measured &amp; printed"));
  EXPECT_THAT(svg, HasSubstr("</svg>\n"));
}

}  // namespace
}  // namespace sekisho
