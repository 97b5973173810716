// What changes from one text to another, as `diff -u` shows it.
#ifndef SEKISHO_CLI_UNIFIED_DIFF_H_
#define SEKISHO_CLI_UNIFIED_DIFF_H_

#include <string>

#include "absl/strings/string_view.h"

namespace sekisho {

// Empty if they are the same. `name` stands in the head.
std::string UnifiedDiff(absl::string_view name, absl::string_view before,
                        absl::string_view after);

}  // namespace sekisho

#endif  // SEKISHO_CLI_UNIFIED_DIFF_H_
