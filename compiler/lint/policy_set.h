// Policies that say what others say: the same policy twice, one that another
// makes superfluous, ids that look alike.
#ifndef SEKISHO_COMPILER_LINT_POLICY_SET_H_
#define SEKISHO_COMPILER_LINT_POLICY_SET_H_

#include <vector>

#include "absl/types/span.h"
#include "compiler/cedar/ast.h"
#include "compiler/lint/rules.h"

namespace sekisho::lint {

void LintPolicySet(absl::Span<const Policy> policies, Report* report);

}  // namespace sekisho::lint

#endif  // SEKISHO_COMPILER_LINT_POLICY_SET_H_
