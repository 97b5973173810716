// The names a policy uses: entity types, actions and the ids of enumerated
// entities, all of which the schema declares.
#ifndef SEKISHO_COMPILER_CHECK_NAMES_H_
#define SEKISHO_COMPILER_CHECK_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/findings.h"
#include "engine/model/schema.h"

namespace sekisho {

// Expressions nested deeper are refused; the parser's own limit is lower.
inline constexpr int kMaxCheckedDepth = 500;

// Checks every name in `policy`, in parts that are never evaluated too. False
// if the expressions are nested too deeply to be checked any further.
bool CheckNames(const Schema& schema, const Policy& policy, Findings* findings);

// The same for the head alone.
void CheckHeadNames(const Schema& schema, const Policy& policy,
                    Findings* findings);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CHECK_NAMES_H_
