// Tested by lint_test.cc.
#include "compiler/lint/policy_summary.h"

#include <algorithm>
#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/printer.h"

namespace sekisho {
namespace {

std::string ScopeText(absl::string_view variable, const Scope& scope) {
  return absl::StrCat(variable, " ", static_cast<int>(scope.kind), " ",
                      scope.type, " ", scope.has_slot ? "?" : "",
                      absl::StrJoin(scope.uids, ",",
                                    [](std::string* out, const EntityUid& uid) {
                                      absl::StrAppend(out, uid.ToString());
                                    }));
}

bool HasAnnotation(const Policy& policy, absl::string_view name) {
  return std::any_of(
      policy.annotations.begin(), policy.annotations.end(),
      [name](const Annotation& annotation) { return annotation.name == name; });
}

class Summary {
 public:
  Summary(const std::vector<RequestEnvironment>& environments,
          const std::vector<TypedPolicy>& typed)
      : environments_(environments), typed_(typed) {}

  PolicySummary Of(const Policy& policy) {
    SetKind(policy);
    out_.lacks_id = !IsOfMatrix(policy) && !HasAnnotation(policy, "id");
    AddScope("principal", policy.principal);
    AddScope("action", policy.action);
    AddScope("resource", policy.resource);
    for (const Clause& clause : policy.clauses) {
      AddConditions(clause);
      AddUses(*clause.body, /*is_base=*/false);
    }
    if (policy.effect == Effect::kPermit) AddPermittedActions();
    std::vector<uint64_t>& uses = out_.uses;
    std::sort(uses.begin(), uses.end());
    uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
    uses.shrink_to_fit();
    return std::move(out_);
  }

 private:
  void SetKind(const Policy& policy) {
    out_.effect = policy.effect;
    std::string kind = absl::StrCat(static_cast<int>(policy.effect));
    for (const Annotation& annotation : policy.annotations) {
      if (annotation.name == kObligationsAnnotation ||
          annotation.name == kAdviceAnnotation) {
        absl::StrAppend(&kind, " ", annotation.name, " ", annotation.value);
      }
    }
    out_.kind = absl::HashOf(kind);
  }

  void AddCondition(const std::string& text) {
    out_.conditions.push_back(absl::HashOf(text));
  }

  void AddScope(absl::string_view variable, const Scope& scope) {
    if (scope.kind != Scope::Kind::kAny) {
      AddCondition(ScopeText(variable, scope));
    }
    if (!scope.type.empty()) Add(Use::kType, scope.type);
    for (const EntityUid& uid : scope.uids) AddUsesOf(uid, &out_.uses);
  }

  void AddConditions(const Clause& clause) {
    const Expr& body = *clause.body;
    if (clause.unless) {
      AddCondition(absl::StrCat("unless ", PrintExpression(body)));
    } else if (body.kind == ExprKind::kAnd) {
      for (const ExprPtr& arg : body.args()) {
        AddCondition(absl::StrCat("when ", PrintExpression(*arg)));
      }
    } else {
      AddCondition(absl::StrCat("when ", PrintExpression(body)));
    }
  }

  void Add(Use use, absl::string_view a, absl::string_view b = "") {
    out_.uses.push_back(HashOfUse(use, a, b));
  }

  void AddUses(const Expr& expr, bool is_base) {
    if (expr.is_entity()) AddUsesOf(expr.AsEntity(), &out_.uses);
    if (expr.kind == ExprKind::kIs) Add(Use::kType, expr.name());
    for (const std::string& name : expr.names()) Add(Use::kAttribute, name);
    const bool is_access =
        expr.kind == ExprKind::kGet || expr.kind == ExprKind::kHas;
    if (is_access) Add(Use::kAttribute, expr.name());
    for (const TypedPolicy& in_environment : typed_) {
      if (is_access) {
        const auto base = in_environment.types.find(expr.args()[0].get());
        if (base != in_environment.types.end() &&
            base->second.kind == Type::Kind::kEntity) {
          Add(Use::kEntityAttribute, base->second.entity_type, expr.name());
        }
      }
      const auto type = in_environment.types.find(&expr);
      if (!is_base && type != in_environment.types.end()) {
        AddWhole(type->second);
      }
    }
    for (const ExprPtr& arg : expr.args()) AddUses(*arg, is_access);
  }

  // A value of that type is used as it is.
  void AddWhole(const Type& type) {
    if (type.element) AddWhole(*type.element);
    if (!type.attributes) return;
    for (const auto& [name, attribute] : *type.attributes) {
      Add(Use::kAttribute, name);
      AddWhole(attribute.type);
    }
  }

  void AddPermittedActions() {
    for (size_t i = 0; i < typed_.size(); ++i) {
      if (!typed_[i].applies) continue;
      const EntityUid& action = environments_[i].action;
      Add(Use::kPermittedAction, action.type, action.id);
    }
  }

  const std::vector<RequestEnvironment>& environments_;
  const std::vector<TypedPolicy>& typed_;
  PolicySummary out_;
};

}  // namespace

bool IsOfMatrix(const Policy& policy) {
  return HasAnnotation(policy, "matrix");
}

uint64_t HashOfUse(Use use, absl::string_view a, absl::string_view b) {
  return absl::HashOf(use, a, b);
}

void AddUsesOf(const EntityUid& uid, std::vector<uint64_t>* uses) {
  uses->push_back(HashOfUse(Use::kType, uid.type));
  uses->push_back(HashOfUse(Use::kEntityOfType, uid.type));
  uses->push_back(HashOfUse(Use::kEntity, uid.type, uid.id));
}

PolicySummary Summarize(const Policy& policy,
                        const std::vector<RequestEnvironment>& environments,
                        const std::vector<TypedPolicy>& typed) {
  return Summary(environments, typed).Of(policy);
}

}  // namespace sekisho
