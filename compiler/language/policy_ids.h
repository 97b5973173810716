// How many policies of a folder have each id.
#ifndef SEKISHO_COMPILER_LANGUAGE_POLICY_IDS_H_
#define SEKISHO_COMPILER_LANGUAGE_POLICY_IDS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace sekisho {

class PolicyIds {
 public:
  // So many more policies have that id. Those without an id do not count.
  void Add(const std::string& id, int by) {
    if (id.empty()) return;
    int& count = counts_[id];
    const int before = count;
    count += by;
    const int after = count;
    if (count == 0) counts_.erase(id);
    if (before < 2 && after < 2) return;
    turned_.insert(id);
    if (before < 2) ++same_count_;
    if (after < 2) --same_count_;
  }

  // Whether several have it.
  bool IsSame(const std::string& id) const {
    if (same_count_ == 0) return false;
    const auto it = counts_.find(id);
    return it != counts_.end() && it->second > 1;
  }
  bool has_same() const { return same_count_ > 0; }

  // The ids that several have or had, of those that Add() was called for since
  // this was called last.
  absl::flat_hash_set<std::string> TakeTurned() {
    return std::exchange(turned_, {});
  }

 private:
  absl::flat_hash_map<std::string, int> counts_;
  size_t same_count_ = 0;
  absl::flat_hash_set<std::string> turned_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_POLICY_IDS_H_
