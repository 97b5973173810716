#include "bench/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr double kPercents[] = {0, 1, 50, 90, 99, 99.9, 99.99, 100};

uint64_t Exact(const std::vector<uint64_t>& sorted, double percent) {
  const auto rank = static_cast<size_t>(
      std::ceil(percent / 100 * static_cast<double>(sorted.size())));
  return sorted[rank == 0 ? 0 : rank - 1];
}

TEST(LatencyHistogramTest, NothingHasNoPercentiles) {
  const LatencyHistogram none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.Percentile(50), 0u);
  EXPECT_EQ(none.max(), 0u);
  EXPECT_EQ(none.mean(), 0);
}

TEST(LatencyHistogramTest, OneValueIsEveryPercentile) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128}, uint64_t{129},
        uint64_t{255}, uint64_t{256}, uint64_t{123456789},
        std::numeric_limits<uint64_t>::max()}) {
    LatencyHistogram one;
    one.Record(value);
    for (const double percent : kPercents) {
      EXPECT_EQ(one.Percentile(percent), value);
    }
  }
}

TEST(LatencyHistogramTest, PercentilesAreWithinOnePercentAndNeverTooSmall) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    LatencyHistogram histogram;
    std::vector<uint64_t> values;
    for (int i = 0; i < 2000; ++i) {
      // Of every magnitude there is.
      values.push_back(random() >> random() % 64);
      histogram.Record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double percent : kPercents) {
      const auto exact = static_cast<double>(Exact(values, percent));
      const auto got = static_cast<double>(histogram.Percentile(percent));
      EXPECT_GE(got, exact) << percent;
      EXPECT_LE(got, exact * 1.01) << percent;
    }
    EXPECT_EQ(histogram.max(), values.back());
  }
}

TEST(LatencyHistogramTest, CountsWhatIsLessThanAPowerOfTwo) {
  LatencyHistogram histogram;
  for (uint64_t i = 0; i < 5000; ++i) histogram.Record(i);
  for (const uint64_t bound : {1, 2, 64, 128, 256, 1024, 4096}) {
    EXPECT_EQ(histogram.CountBelow(bound), bound);
  }
  EXPECT_EQ(histogram.CountBelow(8192), 5000u);
}

TEST(LatencyHistogramTest, AllAreRecordedWhicheverHistogramTheyWereIn) {
  LatencyHistogram all;
  LatencyHistogram parts[2];
  for (uint64_t i = 1; i <= 1000; ++i) {
    all.Record(i * i);
    parts[i % 2].Record(i * i);
  }
  parts[0].Merge(parts[1]);
  EXPECT_EQ(parts[0].count(), 1000u);
  EXPECT_EQ(parts[0].max(), all.max());
  EXPECT_DOUBLE_EQ(parts[0].mean(), all.mean());
  for (const double percent : kPercents) {
    EXPECT_EQ(parts[0].Percentile(percent), all.Percentile(percent));
  }
}

}  // namespace
}  // namespace sekisho
