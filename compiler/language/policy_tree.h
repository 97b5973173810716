// The policies of a piece with their trees and types, made when somebody asks
// about a place in it.
#ifndef SEKISHO_COMPILER_LANGUAGE_POLICY_TREE_H_
#define SEKISHO_COMPILER_LANGUAGE_POLICY_TREE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"
#include "compiler/language/policy_reading.h"
#include "compiler/source/source.h"
#include "engine/model/schema.h"

namespace sekisho {

struct PolicyTree {
  // `context` may be null: then there are no types. It must outlive this.
  PolicyTree(absl::string_view name, absl::string_view text,
             const PolicyContext* context);
  PolicyTree(const PolicyTree&) = delete;
  PolicyTree& operator=(const PolicyTree&) = delete;

  // The innermost expression around the byte, or null.
  const Expr* Find(size_t offset) const;
  // The innermost that ends there, or null.
  const Expr* FindEndingAt(size_t offset) const;
  // The types that it has, over all environments. None for what was not typed.
  std::vector<Type> TypesOf(const Expr& expr) const;

  SourceSet sources;
  std::vector<Policy> policies;
  // By policy and environment.
  std::vector<std::vector<TypedPolicy>> typed;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_POLICY_TREE_H_
