// How often latencies occurred: percentiles within 1 %, whatever their range,
// in 60 kB and without allocation.
//
//   LatencyHistogram latencies;
//   latencies.Record(418);
//   latencies.Percentile(99);
//
// For one thread; each has its own, and Merge adds them up.
#ifndef SEKISHO_BENCH_LATENCY_HISTOGRAM_H_
#define SEKISHO_BENCH_LATENCY_HISTOGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace sekisho {

class LatencyHistogram {
 public:
  void Record(uint64_t ns);
  void Merge(const LatencyHistogram& other);

  uint64_t count() const { return count_; }
  // Exact; 0 without values.
  uint64_t max() const { return max_; }
  double mean() const;
  // What at least `percent` of the values do not exceed: the least such value,
  // or up to 1/128 of it more. 0 without values.
  uint64_t Percentile(double percent) const;
  // How many values are less. REQUIRES: `ns` is a power of two.
  uint64_t CountBelow(uint64_t ns) const;

 private:
  // A power of two has so many buckets, so that a bucket is at most 1/128 of
  // its values wide. Smaller values have a bucket each.
  static constexpr int kBits = 7;
  static constexpr size_t kBuckets = (size_t{64 - kBits} + 1) << kBits;

  static size_t BucketOf(uint64_t ns);
  // The largest value in the bucket.
  static uint64_t LastOf(size_t bucket);

  std::array<uint64_t, kBuckets> counts_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_BENCH_LATENCY_HISTOGRAM_H_
