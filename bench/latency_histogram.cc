#include "bench/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace sekisho {

// The first 2^kBits buckets are the values themselves. From there on a value is
// shifted until kBits + 1 bits are left: the shift says which power of two it
// is, the bits below the first which bucket of it.
size_t LatencyHistogram::BucketOf(uint64_t ns) {
  if (ns >> kBits == 0) return ns;
  const int shift = std::bit_width(ns) - (kBits + 1);
  return (static_cast<size_t>(shift) << kBits) + (ns >> shift);
}

uint64_t LatencyHistogram::LastOf(size_t bucket) {
  if (bucket >> kBits == 0) return bucket;
  const size_t shift = (bucket >> kBits) - 1;
  const uint64_t bits = bucket - (shift << kBits);
  return (bits << shift) + ((uint64_t{1} << shift) - 1);
}

void LatencyHistogram::Record(uint64_t ns) {
  ++counts_[BucketOf(ns)];
  ++count_;
  sum_ += static_cast<double>(ns);
  max_ = std::max(max_, ns);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double LatencyHistogram::mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

uint64_t LatencyHistogram::Percentile(double percent) const {
  const auto wanted = static_cast<uint64_t>(
      std::ceil(percent / 100 * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (counts_[i] > 0 && seen >= wanted) return std::min(LastOf(i), max_);
  }
  return max_;
}

uint64_t LatencyHistogram::CountBelow(uint64_t ns) const {
  return std::accumulate(counts_.begin(), counts_.begin() + BucketOf(ns),
                         uint64_t{0});
}

}  // namespace sekisho
