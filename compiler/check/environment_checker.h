// Types a policy's conditions in one request environment. Follows Cedar's
// strict validation rule for rule, so that both accept the same policies.
#ifndef SEKISHO_COMPILER_CHECK_ENVIRONMENT_CHECKER_H_
#define SEKISHO_COMPILER_CHECK_ENVIRONMENT_CHECKER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/capability.h"
#include "compiler/check/checker.h"
#include "compiler/check/findings.h"
#include "compiler/check/inferred_type.h"
#include "engine/model/functions.h"
#include "engine/model/schema.h"

namespace sekisho {

// Whether the parts of a policy's head admit the environment. An unknown type
// or action admits none.
struct ScopeAdmits {
  bool principal = false;
  bool action = false;
  bool resource = false;

  ScopeAdmits(const Schema& schema, const Policy& policy,
              const RequestEnvironment& environment);
  bool all() const { return principal && action && resource; }
};

class EnvironmentChecker {
 public:
  // All must outlive this object. REQUIRES: the environment is the schema's.
  EnvironmentChecker(const Schema& schema,
                     const RequestEnvironment& environment, Findings* findings,
                     TypedPolicy* result);

  // Fills in the result. REQUIRES: the policy's names have been checked, and
  // ScopeAdmits(.., policy, environment).
  void Check(const Policy& policy);

 private:
  // The type of `expr`. Adds to `gained` what is known once it is true.
  InferredType Infer(const Expr& expr, Capabilities* gained);
  InferredType InferByKind(const Expr& expr, Capabilities* gained);
  // Notes in the result what was inferred.
  void Keep(const Expr& expr, const InferredType& type);

  InferredType InferVariable(const Expr& expr);
  InferredType InferLiteral(const Expr& expr);
  InferredType InferAnd(const Expr& expr, Capabilities* gained);
  InferredType InferOr(const Expr& expr, Capabilities* gained);
  InferredType InferIf(const Expr& expr, Capabilities* gained);
  InferredType InferEqual(const Expr& expr);
  InferredType InferComparison(const Expr& expr);
  InferredType InferArithmetic(const Expr& expr);
  InferredType InferIn(const Expr& expr, const Expr& left, const Expr& right,
                       const InferredType& left_type);
  InferredType InferIs(const Expr& expr);
  InferredType InferHas(const Expr& expr, Capabilities* gained);
  InferredType InferGet(const Expr& expr);
  InferredType InferSet(const Expr& expr);
  InferredType InferRecord(const Expr& expr);
  InferredType InferCall(const Expr& expr, Capabilities* gained);
  // A function or method of an extension type.
  InferredType InferFunction(const Expr& expr);
  // What a constructor is called with must be written out, and be valid.
  void CheckConstructor(const FunctionSignature& constructor,
                        const Expr& argument);
  InferredType InferContains(const Expr& expr);
  InferredType InferSetPredicate(const Expr& expr);
  InferredType InferTag(const Expr& expr, Capabilities* gained);

  // The type of `expr`, or unknown after saying that it is not what was
  // `wanted`.
  InferredType Expect(InferredType::Kind wanted, const Expr& expr,
                      absl::string_view help = "",
                      Capabilities* gained = nullptr);
  InferredType ExpectEntityOrRecord(const Expr& expr);
  void Mismatch(const Expr& expr, absl::string_view wanted,
                const InferredType& found, absl::string_view help);

  std::optional<InferredType::Attribute> FindAttribute(
      const InferredType& base, const std::string& name) const;
  // `Person`, or "the context of `Action::"view"`".
  std::string Describe(const Expr& expr, const InferredType& type) const;
  // Where the attribute is that `base` of this type does not have.
  std::string HelpForAttribute(const Expr& base, const InferredType& type,
                               const std::string& name) const;
  std::string HelpForVariable(Variable variable, const std::string& name) const;

  // A literal, or `action`, which is one in each environment.
  std::optional<Value> LiteralOf(const Expr& expr) const;
  // Those of a literal or of a set of literals.
  std::optional<std::vector<EntityUid>> EntityLiteralsOf(
      const Expr& expr) const;

  const Schema& schema_;
  const RequestEnvironment& environment_;
  const ActionType& action_;
  Findings* const findings_;
  TypedPolicy* const result_;

  // What the conditions to the left have shown.
  Capabilities known_;
  // kTrue, kFalse or kBool, by boolean expression.
  absl::flat_hash_map<const Expr*, InferredType::Kind> outcomes_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CHECK_ENVIRONMENT_CHECKER_H_
