#include "compiler/reference/reference.h"

#include <set>
#include <utility>

#include "engine/model/functions.h"
#include "engine/model/operations.h"

namespace sekisho {
namespace {

using Result = std::optional<Value>;

Result FromLong(std::optional<int64_t> n) {
  return n ? Result(Value::Long(*n)) : std::nullopt;
}

Result FromBool(std::optional<bool> b) {
  return b ? Result(Value::Bool(*b)) : std::nullopt;
}

class Walker {
 public:
  explicit Walker(const ReferenceInput& input) : input_(input) {}

  std::optional<bool> Bool(const Expr& expr) const {
    Result value = Walk(expr);
    if (!value || !value->is_bool()) return std::nullopt;
    return value->AsBool();
  }

  Result Walk(const Expr& expr) const {
    switch (expr.kind) {
      case ExprKind::kLiteral:
        return expr.value();
      case ExprKind::kVariable:
        return VariableValue(expr.variable);
      case ExprKind::kAnd:
      case ExprKind::kOr:
        for (const ExprPtr& arg : expr.args()) {
          std::optional<bool> b = Bool(*arg);
          if (!b) return std::nullopt;
          if (*b == (expr.kind == ExprKind::kOr)) return Value::Bool(*b);
        }
        return Value::Bool(expr.kind == ExprKind::kAnd);
      case ExprKind::kIf: {
        std::optional<bool> condition = Bool(*expr.args()[0]);
        if (!condition) return std::nullopt;
        return Walk(*expr.args()[*condition ? 1 : 2]);
      }
      case ExprKind::kIs: {
        Result entity = Walk(*expr.args()[0]);
        if (!entity || !entity->is_entity()) return std::nullopt;
        if (entity->AsEntity().type != expr.name()) return Value::Bool(false);
        if (expr.args().size() == 1) return Value::Bool(true);
        Result ancestor = Walk(*expr.args()[1]);
        return ancestor ? ApplyIn(*entity, *ancestor) : std::nullopt;
      }
      default:
        break;
    }
    std::vector<Value> args;
    for (const ExprPtr& arg : expr.args()) {
      Result value = Walk(*arg);
      if (!value) return std::nullopt;
      args.push_back(*std::move(value));
    }
    return Apply(expr, args);
  }

  bool In(const EntityUid& uid, const EntityUid& ancestor,
          std::set<EntityUid>* seen) const {
    if (uid == ancestor) return true;
    if (!seen->insert(uid).second) return false;
    for (const EntityUid& parent : Parents(uid)) {
      if (In(parent, ancestor, seen)) return true;
    }
    return false;
  }

  bool In(const EntityUid& uid, const EntityUid& ancestor) const {
    std::set<EntityUid> seen;
    return In(uid, ancestor, &seen);
  }

 private:
  Value VariableValue(Variable variable) const {
    switch (variable) {
      case Variable::kPrincipal:
        return Value::Entity(input_.request.principal);
      case Variable::kAction:
        return Value::Entity(input_.request.action);
      case Variable::kResource:
        return Value::Entity(input_.request.resource);
      case Variable::kContext:
        return input_.request.context;
    }
    return Value();
  }

  const Entity* Find(const EntityUid& uid) const {
    auto it = input_.entities.find(uid);
    return it == input_.entities.end() ? nullptr : &it->second;
  }

  std::vector<EntityUid> Parents(const EntityUid& uid) const {
    auto action = input_.schema.actions.find(uid);
    if (action != input_.schema.actions.end()) return action->second.member_of;
    const Entity* entity = Find(uid);
    return entity == nullptr ? std::vector<EntityUid>() : entity->parents;
  }

  // The attribute of a record or entity; nullptr if it has none of that name.
  // An absent entity has no attributes. Nothing for values without attributes.
  std::optional<const Value*> Attribute(const Value& value,
                                        const std::string& name) const {
    if (value.is_record()) return value.Find(name);
    if (!value.is_entity()) return std::nullopt;
    const Entity* entity = Find(value.AsEntity());
    return entity == nullptr ? nullptr : entity->attributes.Find(name);
  }

  Result Apply(const Expr& expr, const std::vector<Value>& args) const {
    const Value none;
    const Value& a = args.empty() ? none : args[0];
    const Value& b = args.size() < 2 ? none : args[1];
    switch (expr.kind) {
      case ExprKind::kNot:
        return a.is_bool() ? Result(Value::Bool(!a.AsBool())) : std::nullopt;
      case ExprKind::kNegate:
        return a.is_long() ? FromLong(CheckedNegate(a.AsLong())) : std::nullopt;
      case ExprKind::kEqual:
        return Value::Bool(a == b);
      case ExprKind::kNotEqual:
        return Value::Bool(!(a == b));
      case ExprKind::kGet: {
        std::optional<const Value*> found = Attribute(a, expr.name());
        return found && *found ? Result(**found) : std::nullopt;
      }
      case ExprKind::kHas: {
        std::optional<const Value*> found = Attribute(a, expr.name());
        return found ? Result(Value::Bool(*found != nullptr)) : std::nullopt;
      }
      case ExprKind::kLike:
        return a.is_string()
                   ? Result(Value::Bool(Like(a.AsString(), expr.pattern())))
                   : std::nullopt;
      case ExprKind::kIn:
        return ApplyIn(a, b);
      case ExprKind::kSet:
        return Value::Set(args);
      case ExprKind::kRecord: {
        Value::Attributes attributes;
        for (size_t i = 0; i < args.size(); ++i) {
          attributes.emplace_back(expr.names()[i], args[i]);
        }
        return Value::Record(std::move(attributes));
      }
      case ExprKind::kCall:
      case ExprKind::kFunction:
        if (const FunctionSignature* function = FindFunction(expr.name())) {
          return CallFunction(function->function, args);
        }
        return ApplyMethod(expr.name(), a, b);
      case ExprKind::kLess:
        return FromBool(Less(a, b));
      case ExprKind::kLessEqual:
        return FromBool(LessOrEqual(a, b));
      case ExprKind::kGreater:
        return FromBool(Less(b, a));
      case ExprKind::kGreaterEqual:
        return FromBool(LessOrEqual(b, a));
      default:
        return ApplyArithmetic(expr.kind, a, b);
    }
  }

  Result ApplyArithmetic(ExprKind kind, const Value& a, const Value& b) const {
    if (!a.is_long() || !b.is_long()) return std::nullopt;
    const int64_t m = a.AsLong();
    const int64_t n = b.AsLong();
    switch (kind) {
      case ExprKind::kAdd:
        return FromLong(CheckedAdd(m, n));
      case ExprKind::kSubtract:
        return FromLong(CheckedSubtract(m, n));
      case ExprKind::kMultiply:
        return FromLong(CheckedMultiply(m, n));
      default:
        return std::nullopt;
    }
  }

  Result ApplyIn(const Value& a, const Value& b) const {
    if (!a.is_entity()) return std::nullopt;
    Value::Elements ancestors = b.is_set() ? b.AsSet() : Value::Elements{b};
    bool in = false;
    for (const Value& ancestor : ancestors) {
      if (!ancestor.is_entity()) return std::nullopt;
      in = in || In(a.AsEntity(), ancestor.AsEntity());
    }
    return Value::Bool(in);
  }

  Result ApplyMethod(const std::string& name, const Value& a,
                     const Value& b) const {
    if (name == "getTag" || name == "hasTag") {
      if (!a.is_entity() || !b.is_string()) return std::nullopt;
      const Entity* entity = Find(a.AsEntity());
      const Value* tag =
          entity == nullptr ? nullptr : entity->tags.Find(b.AsString());
      if (name == "hasTag") return Value::Bool(tag != nullptr);
      return tag == nullptr ? std::nullopt : Result(*tag);
    }
    if (!a.is_set()) return std::nullopt;
    if (name == "isEmpty") return Value::Bool(a.AsSet().empty());
    if (name == "contains") return Value::Bool(a.Contains(b));
    if (!b.is_set()) return std::nullopt;
    return Value::Bool(name == "containsAll" ? ContainsAll(a, b)
                                             : ContainsAny(a, b));
  }

  const ReferenceInput& input_;
};

bool InScope(const Scope& scope, const EntityUid& uid, const Walker& walker) {
  if ((scope.kind == Scope::Kind::kIs || scope.kind == Scope::Kind::kIsIn) &&
      uid.type != scope.type) {
    return false;
  }
  if (scope.kind == Scope::Kind::kAny || scope.kind == Scope::Kind::kIs) {
    return true;
  }
  for (const EntityUid& wanted : scope.uids) {
    if (scope.kind == Scope::Kind::kEqual ? uid == wanted
                                          : walker.In(uid, wanted)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Value> ReferenceEvaluate(const Expr& expr,
                                       const ReferenceInput& input) {
  return Walker(input).Walk(expr);
}

std::optional<bool> ReferenceSatisfied(const Policy& policy,
                                       const ReferenceInput& input) {
  if (policy.is_template()) return false;
  const Walker walker(input);
  const Request& request = input.request;
  if (!InScope(policy.principal, request.principal, walker) ||
      !InScope(policy.action, request.action, walker) ||
      !InScope(policy.resource, request.resource, walker)) {
    return false;
  }
  for (const Clause& clause : policy.clauses) {
    std::optional<bool> holds = walker.Bool(*clause.body);
    if (!holds) return std::nullopt;
    if (*holds == clause.unless) return false;
  }
  return true;
}

Decision ReferenceDecide(const std::vector<Policy>& policies,
                         const ReferenceInput& input, bool fail_closed) {
  Decision decision;
  PolicyIndexes permits;
  PolicyIndexes forbids;
  PolicyIndexes undecided;
  for (PolicyIndex i = 0; i < policies.size(); ++i) {
    const bool forbid = policies[i].effect == Effect::kForbid;
    std::optional<bool> satisfied = ReferenceSatisfied(policies[i], input);
    if (!satisfied) {
      decision.errors.push_back(i);
      if (forbid) undecided.push_back(i);
    } else if (*satisfied) {
      (forbid ? forbids : permits).push_back(i);
    }
  }
  if (!forbids.empty()) {
    decision.cause = Cause::kForbidden;
    decision.determining = forbids;
  } else if (fail_closed && !undecided.empty()) {
    decision.cause = Cause::kForbidUndecided;
    decision.undecided_forbids = undecided;
  } else if (!permits.empty()) {
    decision.cause = Cause::kPermitted;
    decision.determining = permits;
  }
  return decision;
}

}  // namespace sekisho
