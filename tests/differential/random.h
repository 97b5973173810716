// Randomness that repeats: what a test draws follows from its seed.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_RANDOM_H_
#define SEKISHO_TESTS_DIFFERENTIAL_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sekisho {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Below(uint64_t n) { return engine_() % n; }
  bool Chance(int percent) {
    return Below(100) < static_cast<uint64_t>(percent);
  }
  // REQUIRES: `list` is not empty.
  template <typename T>
  const T& Pick(const std::vector<T>& list) {
    return list[Below(list.size())];
  }
  std::string Pick(std::initializer_list<const char*> list) {
    return *(list.begin() + Below(list.size()));
  }
  template <typename T>
  void Shuffle(std::vector<T>* list) {
    for (size_t i = list->size(); i > 1; --i) {
      std::swap((*list)[i - 1], (*list)[Below(i)]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_RANDOM_H_
