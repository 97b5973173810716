// What a condition that held has shown: that an entity or record has an
// attribute, or an entity a tag. `principal has manager` being true makes
// `principal.manager` safe after it.
#ifndef SEKISHO_COMPILER_CHECK_CAPABILITY_H_
#define SEKISHO_COMPILER_CHECK_CAPABILITY_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"

namespace sekisho {

// Refers to the policy's expressions.
struct Capability {
  const Expr* on = nullptr;
  // An attribute's name, or the tag's expression with no name.
  absl::string_view attribute = {};
  const Expr* tag = nullptr;

  // Expressions count as the same if they read the same, wherever they stand.
  bool operator==(const Capability& other) const;
};

// Small, in the order found, without duplicates.
using Capabilities = std::vector<Capability>;

bool Contains(const Capabilities& all, const Capability& one);
void AddAll(const Capabilities& more, Capabilities* all);
Capabilities Intersection(const Capabilities& a, const Capabilities& b);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CHECK_CAPABILITY_H_
