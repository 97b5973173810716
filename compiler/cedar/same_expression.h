// Equality of syntax trees up to places.
#ifndef SEKISHO_COMPILER_CEDAR_SAME_EXPRESSION_H_
#define SEKISHO_COMPILER_CEDAR_SAME_EXPRESSION_H_

#include "compiler/cedar/ast.h"

namespace sekisho {

bool SameExpression(const Expr& a, const Expr& b);
bool SamePolicy(const Policy& a, const Policy& b);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_SAME_EXPRESSION_H_
