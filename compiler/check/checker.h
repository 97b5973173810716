// Types policies against a schema, as Cedar's strict validation does: one
// request environment at a time, following what `has` and `is` tests have
// shown.
#ifndef SEKISHO_COMPILER_CHECK_CHECKER_H_
#define SEKISHO_COMPILER_CHECK_CHECKER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "compiler/source/diagnostic.h"
#include "engine/model/schema.h"

namespace sekisho {

// A combination that the schema allows: an action with one of the principal
// and one of the resource types it applies to.
struct RequestEnvironment {
  EntityUid action;
  std::string principal_type;
  std::string resource_type;

  // `Person, Action::"view", Record`
  std::string ToString() const;
  auto operator<=>(const RequestEnvironment&) const = default;
};

// All of a schema, sorted.
std::vector<RequestEnvironment> RequestEnvironments(const Schema& schema);

// What the checker knows of a policy in one environment.
struct TypedPolicy {
  // False if the scope, or a condition that is always false, rules the
  // environment out. The maps below are then incomplete.
  bool applies = false;
  // The declared type of every expression that is evaluated to a value other
  // than a boolean, by node; but not of literals, which may be very many and
  // say it themselves. Entity-typed nodes have their one entity type.
  // A node that stands in several policies has the same type in each.
  absl::flat_hash_map<const Expr*, Type> types;
  // Boolean expressions that, where they stand in this policy, evaluate to
  // nothing but this value, or fail. What such a value short-circuits has not
  // been checked and is in neither map.
  absl::flat_hash_map<const Expr*, bool> constants;
};

// Checks `policy` in every environment, in the order of `environments`, and
// returns one entry each. Errors, and warnings such as a policy that applies
// nowhere, go to `diagnostics`; an error that shows in several environments is
// reported once, and one in an expression that policies share is reported once
// for all. A policy whose head fits no environment is an error, one whose
// conditions never hold a warning.
//
// The schema, `policy` and its expressions must outlive the result.
// REQUIRES: the environments are the schema's.
std::vector<TypedPolicy> CheckPolicy(
    const Schema& schema, const std::vector<RequestEnvironment>& environments,
    const Policy& policy, Diagnostics* diagnostics);

// The types of principal and resource of the environments that the policy's
// head admits, ascending, each once. A slot admits all.
std::vector<std::pair<std::string, std::string>> AdmittedTypes(
    const Schema& schema, const std::vector<RequestEnvironment>& environments,
    const Policy& policy);

// Checks the head of a policy that a template makes: the entities that stand
// for its slots. The rest has been checked with the template. Errors as above.
void CheckHead(const Schema& schema,
               const std::vector<RequestEnvironment>& environments,
               const Policy& policy, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CHECK_CHECKER_H_
