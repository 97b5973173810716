// Draws that are made as often as Zipf's law says: the number i is drawn in
// proportion to 1 / (i + 1)^0.99.
#ifndef SEKISHO_BENCH_ZIPF_H_
#define SEKISHO_BENCH_ZIPF_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace sekisho {

class Zipf {
 public:
  explicit Zipf(size_t count) {
    double sum = 0;
    for (size_t i = 1; i <= count; ++i) {
      sum += 1 / std::pow(static_cast<double>(i), 0.99);
      sums_.push_back(sum);
    }
  }

  size_t Draw(std::mt19937_64& random) const {
    // Not the library's distribution, whose draws differ among libraries.
    const double at =
        static_cast<double>(random() >> 11) * 0x1p-53 * sums_.back();
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), at);
    return std::min(static_cast<size_t>(found - sums_.begin()),
                    sums_.size() - 1);
  }

 private:
  std::vector<double> sums_;
};

}  // namespace sekisho

#endif  // SEKISHO_BENCH_ZIPF_H_
