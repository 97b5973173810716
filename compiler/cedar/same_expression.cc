#include "compiler/cedar/same_expression.h"

#include <algorithm>

namespace sekisho {
namespace {

bool SameScope(const Scope& a, const Scope& b) {
  return a.kind == b.kind && a.type == b.type && a.uids == b.uids &&
         a.is_list == b.is_list && a.has_slot == b.has_slot;
}

template <typename List, typename Same>
bool SameLists(const List& a, const List& b, Same same) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

}  // namespace

bool SameExpression(const Expr& a, const Expr& b) {
  if (&a == &b) return true;
  return a.kind == b.kind && a.variable == b.variable &&
         (a.kind != ExprKind::kLiteral || a.value() == b.value()) &&
         a.name() == b.name() && a.names() == b.names() &&
         a.pattern() == b.pattern() &&
         SameLists(a.args(), b.args(), [](const ExprPtr& x, const ExprPtr& y) {
           return SameExpression(*x, *y);
         });
}

bool SamePolicy(const Policy& a, const Policy& b) {
  return a.id == b.id && a.effect == b.effect &&
         SameLists(a.annotations, b.annotations,
                   [](const Annotation& x, const Annotation& y) {
                     return x.name == y.name && x.value == y.value;
                   }) &&
         SameScope(a.principal, b.principal) && SameScope(a.action, b.action) &&
         SameScope(a.resource, b.resource) &&
         SameLists(a.clauses, b.clauses, [](const Clause& x, const Clause& y) {
           return x.unless == y.unless && SameExpression(*x.body, *y.body);
         });
}

}  // namespace sekisho
