#include "compiler/language/policy_tree.h"

#include <algorithm>

#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {
namespace {

bool Covers(const Span& span, size_t offset) {
  return span.begin <= offset && offset <= span.end;
}

const Expr* FindIn(const Expr& expr, size_t offset) {
  // An operation in parentheses covers less than its operands do.
  for (const ExprPtr& arg : expr.args()) {
    if (const Expr* found = FindIn(*arg, offset)) return found;
  }
  return Covers(expr.span, offset) ? &expr : nullptr;
}

const Expr* FindEndingIn(const Expr& expr, size_t end) {
  for (const ExprPtr& arg : expr.args()) {
    if (const Expr* found = FindEndingIn(*arg, end)) return found;
  }
  return expr.span.end == end ? &expr : nullptr;
}

}  // namespace

PolicyTree::PolicyTree(absl::string_view name, absl::string_view text,
                       const PolicyContext* context) {
  Diagnostics reported(&sources);
  policies = ReadPolicySource(
      sources, sources.Add(name, std::string(text.data(), text.size())),
      &reported);
  for (const Policy& policy : policies) {
    typed.emplace_back();
    if (context == nullptr) continue;
    typed.back() =
        CheckPolicy(context->schema, context->environments, policy, &reported);
  }
}

const Expr* PolicyTree::Find(size_t offset) const {
  for (const Policy& policy : policies) {
    for (const Clause& clause : policy.clauses) {
      if (!Covers(clause.origin, offset)) continue;
      if (const Expr* found = FindIn(*clause.body, offset)) return found;
    }
  }
  return nullptr;
}

const Expr* PolicyTree::FindEndingAt(size_t offset) const {
  for (const Policy& policy : policies) {
    for (const Clause& clause : policy.clauses) {
      if (const Expr* found = FindEndingIn(*clause.body, offset)) return found;
    }
  }
  return nullptr;
}

std::vector<Type> PolicyTree::TypesOf(const Expr& expr) const {
  std::vector<Type> types;
  for (const std::vector<TypedPolicy>& of_policy : typed) {
    for (const TypedPolicy& environment : of_policy) {
      const auto it = environment.types.find(&expr);
      if (it == environment.types.end()) continue;
      if (std::find(types.begin(), types.end(), it->second) == types.end()) {
        types.push_back(it->second);
      }
    }
  }
  return types;
}

}  // namespace sekisho
