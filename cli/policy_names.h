// The policies that a decision names, and the number of those that it does not.
#ifndef SEKISHO_CLI_POLICY_NAMES_H_
#define SEKISHO_CLI_POLICY_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/log/record.h"
#include "nlohmann/json.hpp"

namespace sekisho {

// "①-1, ①-2 and 300 more".
inline std::string PolicyNames(const std::vector<std::string>& ids,
                               uint64_t unnamed) {
  std::string out = absl::StrJoin(ids, ", ");
  if (unnamed > 0) absl::StrAppend(&out, " and ", unnamed, " more");
  return out;
}

// Adds "unnamed" to `json`, a decision, if there are any.
template <typename Json>
void AddUnnamed(const UnnamedPolicies& unnamed, Json* json) {
  if (unnamed == UnnamedPolicies()) return;
  (*json)["unnamed"] = {{"determining", unnamed.determining},
                        {"errors", unnamed.errors},
                        {"undecided_forbids", unnamed.undecided_forbids}};
}

}  // namespace sekisho

#endif  // SEKISHO_CLI_POLICY_NAMES_H_
