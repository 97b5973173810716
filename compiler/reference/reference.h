// The reference evaluator: walks syntax trees the way Cedar's specification
// reads, without schema, graph or any cleverness. It is slow and meant to be
// obviously right; everything else is held to it.
#ifndef SEKISHO_COMPILER_REFERENCE_REFERENCE_H_
#define SEKISHO_COMPILER_REFERENCE_REFERENCE_H_

#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "compiler/cedar/ast.h"
#include "engine/eval/decision.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// All entities there are.
using EntityMap = absl::btree_map<EntityUid, Entity>;

struct ReferenceInput {
  const Request& request;
  const EntityMap& entities;
  // Where the action groups are.
  const Schema& schema;
};

// The value of the expression, or nothing if it is an error.
std::optional<Value> ReferenceEvaluate(const Expr& expr,
                                       const ReferenceInput& input);

// Whether the policy is satisfied, or nothing if it fails. A template never is:
// its links are policies of their own (LinkTemplate).
std::optional<bool> ReferenceSatisfied(const Policy& policy,
                                       const ReferenceInput& input);

// `policies` by PolicyIndex. With `fail_closed` a forbid that fails denies.
Decision ReferenceDecide(const std::vector<Policy>& policies,
                         const ReferenceInput& input, bool fail_closed);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_REFERENCE_REFERENCE_H_
