// One method a kind of expression, each a rule of Cedar's validator (those for
// attributes and methods are in member_rules.cc). Three ideas run through them:
// - Booleans have singleton types (see inferred_type.h), and what a singleton
//   short-circuits is not checked.
// - An expression that holds may give capabilities (see capability.h). They
//   reach what is evaluated only if it holds: the right of &&, the `then` of
//   if, the clauses after it. known_ is the stack of those in force.
// - After an error the type is unknown and fits everywhere, so that checking
//   goes on without saying the same again.
// Cost: each node is visited once an environment; capabilities are compared
// tree by tree, but there are few.
// Tested by checker_test.cc, and against the public conformance cases.
#include "compiler/check/environment_checker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/check/names.h"

namespace sekisho {
namespace {

using Kind = InferredType::Kind;

InferredType Bool() { return InferredType::Of(Kind::kBool); }

// What a kind is called where it was expected.
absl::string_view KindPhrase(Kind kind) {
  switch (kind) {
    case Kind::kLong:
      return "a `Long`";
    case Kind::kString:
      return "a `String`";
    case Kind::kEntity:
      return "an entity";
    case Kind::kSet:
      return "a set";
    case Kind::kRecord:
      return "a record";
    case Kind::kDecimal:
      return "a `decimal`";
    case Kind::kIpAddress:
      return "an `ipaddr`";
    case Kind::kDatetime:
      return "a `datetime`";
    case Kind::kDuration:
      return "a `duration`";
    default:
      return "a `Bool`";
  }
}

bool Fits(const InferredType& type, Kind wanted) {
  return wanted == Kind::kBool ? type.is_bool() : type.kind == wanted;
}

InferredType Not(const InferredType& type) {
  if (type.is_true()) return InferredType::Boolean(false);
  if (type.is_false()) return InferredType::Boolean(true);
  return Bool();
}

bool Admits(const Schema& schema, const Scope& scope, absl::string_view type) {
  bool is = type == scope.type;
  // A slot may be an entity of any type.
  bool in = scope.has_slot ||
            std::any_of(scope.uids.begin(), scope.uids.end(),
                        [&](const EntityUid& uid) {
                          return TypeMayBeIn(schema, type, uid.type);
                        });
  switch (scope.kind) {
    case Scope::Kind::kAny:
      return true;
    case Scope::Kind::kEqual:
      return scope.has_slot ||
             (!scope.uids.empty() && scope.uids[0].type == type);
    case Scope::Kind::kIn:
      return in;
    case Scope::Kind::kIs:
      return is;
    case Scope::Kind::kIsIn:
      return is && in;
  }
  return false;
}

bool AdmitsAction(const Schema& schema, const Scope& scope,
                  const EntityUid& action) {
  switch (scope.kind) {
    case Scope::Kind::kEqual:
      return !scope.uids.empty() && scope.uids[0] == action;
    case Scope::Kind::kIn:
      return std::any_of(
          scope.uids.begin(), scope.uids.end(),
          [&](const EntityUid& uid) { return schema.ActionIn(action, uid); });
    default:
      return true;
  }
}

}  // namespace

EnvironmentChecker::EnvironmentChecker(const Schema& schema,
                                       const RequestEnvironment& environment,
                                       Findings* findings, TypedPolicy* result)
    : schema_(schema),
      environment_(environment),
      action_(schema.actions.at(environment.action)),
      findings_(findings),
      result_(result) {}

ScopeAdmits::ScopeAdmits(const Schema& schema, const Policy& policy,
                         const RequestEnvironment& environment)
    : principal(Admits(schema, policy.principal, environment.principal_type)),
      action(AdmitsAction(schema, policy.action, environment.action)),
      resource(Admits(schema, policy.resource, environment.resource_type)) {}

void EnvironmentChecker::Check(const Policy& policy) {
  result_->applies = true;
  for (const Clause& clause : policy.clauses) {
    Capabilities gained;
    InferredType type = Expect(Kind::kBool, *clause.body, "", &gained);
    if (clause.unless) {
      type = Not(type);
    } else {
      AddAll(gained, &known_);
    }
    if (type.is_false()) {
      result_->applies = false;
      break;
    }
  }
  for (const auto& [node, kind] : outcomes_) {
    if (kind != Kind::kBool) result_->constants[node] = kind == Kind::kTrue;
  }
}

InferredType EnvironmentChecker::Infer(const Expr& expr, Capabilities* gained) {
  Capabilities unused;
  InferredType type = InferByKind(expr, gained == nullptr ? &unused : gained);
  Keep(expr, type);
  return type;
}

void EnvironmentChecker::Keep(const Expr& expr, const InferredType& type) {
  if (!type.known()) return;
  if (!type.is_bool()) {
    if (expr.kind != ExprKind::kLiteral) {
      result_->types.try_emplace(&expr, type.ToType());
    }
    return;
  }
  auto [it, is_new] = outcomes_.try_emplace(&expr, type.kind);
  // A node may stand in several places, with different things known there.
  if (it->second != type.kind) it->second = Kind::kBool;
}

InferredType EnvironmentChecker::InferByKind(const Expr& expr,
                                             Capabilities* gained) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return InferLiteral(expr);
    case ExprKind::kVariable:
      return InferVariable(expr);
    case ExprKind::kNot:
      return Not(Expect(Kind::kBool, *expr.args()[0]));
    case ExprKind::kNegate:
      Expect(Kind::kLong, *expr.args()[0]);
      return InferredType::Of(Kind::kLong);
    case ExprKind::kAnd:
      return InferAnd(expr, gained);
    case ExprKind::kOr:
      return InferOr(expr, gained);
    case ExprKind::kIf:
      return InferIf(expr, gained);
    case ExprKind::kEqual:
      return InferEqual(expr);
    case ExprKind::kNotEqual:
      return Not(InferEqual(expr));
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual:
      return InferComparison(expr);
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
      return InferArithmetic(expr);
    case ExprKind::kIn:
      return InferIn(
          expr, *expr.args()[0], *expr.args()[1],
          Expect(Kind::kEntity, *expr.args()[0],
                 "for a value in a set write `set.contains(value)`"));
    case ExprKind::kHas:
      return InferHas(expr, gained);
    case ExprKind::kGet:
      return InferGet(expr);
    case ExprKind::kLike:
      Expect(Kind::kString, *expr.args()[0]);
      return Bool();
    case ExprKind::kIs:
      return InferIs(expr);
    case ExprKind::kSet:
      return InferSet(expr);
    case ExprKind::kRecord:
      return InferRecord(expr);
    case ExprKind::kCall:
      return InferCall(expr, gained);
    case ExprKind::kFunction:
      return InferFunction(expr);
  }
  return {};
}

InferredType EnvironmentChecker::InferVariable(const Expr& expr) {
  switch (expr.variable) {
    case Variable::kPrincipal:
      return InferredType::Entity(environment_.principal_type);
    case Variable::kAction:
      return InferredType::Entity(environment_.action.type);
    case Variable::kResource:
      return InferredType::Entity(environment_.resource_type);
    case Variable::kContext:
      return InferredType::Context(action_.context);
  }
  return {};
}

InferredType EnvironmentChecker::InferLiteral(const Expr& expr) {
  switch (expr.value_kind) {
    case Value::Kind::kBool:
      return InferredType::Boolean(expr.AsBool());
    case Value::Kind::kLong:
      return InferredType::Of(Kind::kLong);
    case Value::Kind::kString:
      return InferredType::Of(Kind::kString);
    case Value::Kind::kEntity: {
      const EntityUid& uid = expr.AsEntity();
      bool known = IsActionType(uid.type)
                       ? schema_.actions.contains(uid)
                       : schema_.entity_types.contains(uid.type);
      return known ? InferredType::Entity(uid.type) : InferredType();
    }
    default:
      return {};  // the parser makes no others
  }
}

InferredType EnvironmentChecker::InferAnd(const Expr& expr,
                                          Capabilities* gained) {
  const Capabilities before = known_;
  InferredType all = InferredType::Boolean(true);
  Capabilities shown;
  for (const ExprPtr& arg : expr.args()) {
    Capabilities from_arg;
    InferredType type = Expect(Kind::kBool, *arg, "", &from_arg);
    if (type.is_false()) {
      known_ = before;
      return type;
    }
    if (!type.is_true()) all = Bool();
    AddAll(from_arg, &shown);
    AddAll(from_arg, &known_);
  }
  known_ = before;
  AddAll(shown, gained);
  return all;
}

InferredType EnvironmentChecker::InferOr(const Expr& expr,
                                         Capabilities* gained) {
  InferredType any = InferredType::Boolean(false);
  Capabilities shown;
  for (const ExprPtr& arg : expr.args()) {
    Capabilities from_arg;
    InferredType type = Expect(Kind::kBool, *arg, "", &from_arg);
    if (type.is_false()) continue;
    if (type.is_true()) {
      any = type;
      shown = std::move(from_arg);
      break;
    }
    // Which alternative holds is not known, but one that may hold does.
    shown =
        any.is_false() ? std::move(from_arg) : Intersection(shown, from_arg);
    any = Bool();
  }
  AddAll(shown, gained);
  return any;
}

InferredType EnvironmentChecker::InferIf(const Expr& expr,
                                         Capabilities* gained) {
  Capabilities from_test, from_then, from_else;
  InferredType test = Expect(Kind::kBool, *expr.args()[0], "", &from_test);
  InferredType then_type, else_type;
  if (!test.is_false()) {
    const Capabilities before = known_;
    AddAll(from_test, &known_);
    then_type = Infer(*expr.args()[1], &from_then);
    known_ = before;
    AddAll(from_test, &from_then);
  }
  if (test.is_true()) {
    AddAll(from_then, gained);
    return then_type;
  }
  else_type = Infer(*expr.args()[2], &from_else);
  if (test.is_false()) {
    AddAll(from_else, gained);
    return else_type;
  }
  AddAll(Intersection(from_then, from_else), gained);
  std::optional<InferredType> both = LeastUpperBound(then_type, else_type);
  if (both) return *both;
  findings_->Error(
      expr, expr.span,
      absl::StrCat("the branches of this `if` differ in type, `",
                   then_type.ToString(), "` and `", else_type.ToString(), "`"));
  return {};
}

std::optional<Value> EnvironmentChecker::LiteralOf(const Expr& expr) const {
  if (expr.kind == ExprKind::kLiteral) return expr.value();
  if (expr.kind == ExprKind::kVariable && expr.variable == Variable::kAction) {
    return Value::Entity(environment_.action);
  }
  return std::nullopt;
}

std::optional<std::vector<EntityUid>> EnvironmentChecker::EntityLiteralsOf(
    const Expr& expr) const {
  std::vector<EntityUid> uids;
  if (expr.kind == ExprKind::kSet) {
    for (const ExprPtr& arg : expr.args()) {
      std::optional<Value> literal = LiteralOf(*arg);
      if (!literal || !literal->is_entity()) return std::nullopt;
      uids.push_back(literal->AsEntity());
    }
    return uids;
  }
  std::optional<Value> literal = LiteralOf(expr);
  if (!literal || !literal->is_entity()) return std::nullopt;
  uids.push_back(literal->AsEntity());
  return uids;
}

// The type of `a == b`, for `a != b` too.
InferredType EnvironmentChecker::InferEqual(const Expr& expr) {
  InferredType a = Infer(*expr.args()[0], nullptr);
  InferredType b = Infer(*expr.args()[1], nullptr);
  if (a.is_entity() && b.is_entity() && a.entity_type != b.entity_type) {
    findings_->Impossible(
        expr, absl::StrCat("a `", a.entity_type, "` never equals a `",
                           b.entity_type, "`"));
    return InferredType::Boolean(false);
  }
  findings_->Possible(expr);
  std::optional<Value> a_literal = LiteralOf(*expr.args()[0]);
  std::optional<Value> b_literal = LiteralOf(*expr.args()[1]);
  if (a_literal && b_literal) {
    return InferredType::Boolean(*a_literal == *b_literal);
  }
  if (!LeastUpperBound(a, b)) {
    findings_->Error(
        expr, expr.span,
        absl::StrCat("a `", a.ToString(), "` cannot be compared with a `",
                     b.ToString(), "`"));
  }
  return Bool();
}

InferredType EnvironmentChecker::InferComparison(const Expr& expr) {
  const InferredType left = Infer(*expr.args()[0], nullptr);
  if (left.kind == Kind::kLong || left.kind == Kind::kDatetime ||
      left.kind == Kind::kDuration) {
    Expect(left.kind, *expr.args()[1]);
    return Bool();
  }
  Infer(*expr.args()[1], nullptr);
  if (left.known()) {
    Mismatch(*expr.args()[0], "a `Long`, `datetime` or `duration`", left,
             left.kind == Kind::kDecimal
                 ? "decimals are compared with `lessThan`, "
                   "`greaterThanOrEqual` and so on"
                 : "");
  }
  return Bool();
}

InferredType EnvironmentChecker::InferArithmetic(const Expr& expr) {
  Expect(Kind::kLong, *expr.args()[0]);
  Expect(Kind::kLong, *expr.args()[1]);
  return InferredType::Of(Kind::kLong);
}

InferredType EnvironmentChecker::InferIn(const Expr& expr, const Expr& left,
                                         const Expr& right,
                                         const InferredType& left_type) {
  InferredType right_type = Infer(right, nullptr);
  InferredType ancestor =
      right_type.is_set() ? right_type.Element() : right_type;
  if (ancestor.known() && !ancestor.is_entity()) {
    Mismatch(right, "an entity or a set of entities", right_type,
             right_type.is_set()
                 ? "for a value in a set write `set.contains(value)`"
                 : "");
    return Bool();
  }
  if (!left_type.known() || !ancestor.known()) return Bool();

  std::optional<Value> literal;
  std::optional<std::vector<EntityUid>> groups;
  if (IsActionType(left_type.entity_type)) {
    literal = LiteralOf(left);
    groups = EntityLiteralsOf(right);
  }
  if (literal && groups) {
    bool in = std::any_of(groups->begin(), groups->end(),
                          [&](const EntityUid& group) {
                            return schema_.ActionIn(literal->AsEntity(), group);
                          });
    return InferredType::Boolean(in);
  }
  if (!TypeMayBeIn(schema_, left_type.entity_type, ancestor.entity_type)) {
    findings_->Impossible(
        expr, absl::StrCat("a `", left_type.entity_type, "` is never in a `",
                           ancestor.entity_type, "`"));
    return InferredType::Boolean(false);
  }
  findings_->Possible(expr);
  return Bool();
}

InferredType EnvironmentChecker::InferIs(const Expr& expr) {
  const Expr& left = *expr.args()[0];
  InferredType type = Expect(Kind::kEntity, left, "`is` tests entities only");
  if (!type.known()) return Bool();
  if (type.entity_type != expr.name()) {
    findings_->Impossible(expr, absl::StrCat("this is a `", type.entity_type,
                                             "`, never a `", expr.name(), "`"));
    return InferredType::Boolean(false);
  }
  if (expr.args().size() == 1) {
    findings_->Possible(expr);
    return InferredType::Boolean(true);
  }
  return InferIn(expr, left, *expr.args()[1], type);
}

InferredType EnvironmentChecker::InferSet(const Expr& expr) {
  if (expr.args().empty()) {
    findings_->Error(expr, expr.span,
                     "the type of the elements of `[]` is not known",
                     "to test whether a set is empty write `set.isEmpty()`");
    return {};
  }
  std::optional<InferredType> element;
  bool known = true;
  for (const ExprPtr& arg : expr.args()) {
    InferredType type = Infer(*arg, nullptr);
    if (!type.known()) known = false;
    if (!known) continue;
    std::optional<InferredType> both =
        element ? LeastUpperBound(*element, type) : type;
    if (!both) {
      findings_->Error(
          *arg, arg->span,
          absl::StrCat("the elements of this set differ in type, `",
                       element->ToString(), "` and `", type.ToString(), "`"));
      known = false;
      continue;
    }
    element = std::move(both);
  }
  return known ? InferredType::Set(*std::move(element)) : InferredType();
}

InferredType EnvironmentChecker::InferRecord(const Expr& expr) {
  InferredType::Attributes attributes;
  bool known = true;
  for (size_t i = 0; i < expr.args().size(); ++i) {
    InferredType type = Infer(*expr.args()[i], nullptr);
    if (!type.known()) known = false;
    attributes.push_back({expr.names()[i], {std::move(type), true}});
  }
  return known ? InferredType::Record(std::move(attributes)) : InferredType();
}

InferredType EnvironmentChecker::Expect(InferredType::Kind wanted,
                                        const Expr& expr,
                                        absl::string_view help,
                                        Capabilities* gained) {
  InferredType type = Infer(expr, gained);
  if (!type.known() || Fits(type, wanted)) return type;
  Mismatch(expr, KindPhrase(wanted), type, help);
  return {};
}

InferredType EnvironmentChecker::ExpectEntityOrRecord(const Expr& expr) {
  InferredType type = Infer(expr, nullptr);
  if (!type.known() || type.is_entity() || type.is_record()) return type;
  Mismatch(
      expr, "an entity or a record", type,
      type.is_set() ? "for a value in a set write `set.contains(value)`" : "");
  return {};
}

void EnvironmentChecker::Mismatch(const Expr& expr, absl::string_view wanted,
                                  const InferredType& found,
                                  absl::string_view help) {
  findings_->Error(
      expr, expr.span,
      absl::StrCat("expected ", wanted, ", found a `", found.ToString(), "`"),
      help);
}

}  // namespace sekisho
