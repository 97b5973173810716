// Policies that say what others say: the same policy twice, one that another
// makes superfluous, ids that look alike or are missing.
#ifndef SEKISHO_COMPILER_LINT_POLICY_SET_H_
#define SEKISHO_COMPILER_LINT_POLICY_SET_H_

#include "absl/types/span.h"
#include "compiler/lint/folder_rules.h"
#include "compiler/lint/rules.h"

namespace sekisho::lint {

void LintPolicySet(absl::Span<const LintedPolicy> policies, Report* report);

}  // namespace sekisho::lint

#endif  // SEKISHO_COMPILER_LINT_POLICY_SET_H_
