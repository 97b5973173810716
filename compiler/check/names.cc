#include "compiler/check/names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {
namespace {

// The part after the last `::`.
absl::string_view BaseName(absl::string_view name) {
  size_t colons = name.rfind("::");
  return colons == absl::string_view::npos ? name : name.substr(colons + 2);
}

// A name that differs in its namespace only is meant rather than one that is
// spelt like it.
std::string HelpForType(const Schema& schema, absl::string_view type) {
  std::vector<std::string> names;
  for (const auto& [name, declared] : schema.entity_types) {
    if (BaseName(name) == BaseName(type)) {
      return absl::StrCat("did you mean `", name, "`?");
    }
    names.push_back(name);
  }
  return DidYouMean(type, names);
}

std::string HelpForAction(const Schema& schema, const EntityUid& action) {
  std::vector<std::string> names;
  for (const auto& [uid, declared] : schema.actions) {
    if (uid.id == action.id) {
      return absl::StrCat("did you mean `", uid.ToString(), "`?");
    }
    names.push_back(uid.ToString());
  }
  return DidYouMean(action.ToString(), names);
}

std::string HelpForId(const absl::btree_set<std::string>& ids,
                      absl::string_view id) {
  std::string help = DidYouMean(id, {ids.begin(), ids.end()});
  if (!help.empty() || ids.size() > 8) return help;
  return absl::StrCat("its ids are `", absl::StrJoin(ids, "`, `"), "`");
}

class NameChecker {
 public:
  NameChecker(const Schema& schema, Findings* findings)
      : schema_(schema), findings_(findings) {}

  void Visit(const Scope& scope) {
    if (!scope.type.empty()) VisitType(scope.type, nullptr, scope.span);
    for (const EntityUid& uid : scope.uids) VisitUid(uid, nullptr, scope.span);
  }

  // False if nested too deeply.
  bool Visit(const Expr& expr, int depth) {
    if (depth > kMaxCheckedDepth) return false;
    if (expr.is_entity()) {
      VisitUid(expr.AsEntity(), &expr, expr.span);
    }
    if (expr.kind == ExprKind::kIs) {
      VisitType(expr.name(), &expr,
                expr.name_span().valid() ? expr.name_span() : expr.span);
    }
    for (const ExprPtr& arg : expr.args()) {
      if (!Visit(*arg, depth + 1)) return false;
    }
    return true;
  }

 private:
  void Error(const Expr* node, const Span& span, absl::string_view message,
             absl::string_view help) {
    if (node != nullptr) {
      findings_->Error(*node, span, message, help);
    } else {
      findings_->Error(span, message, help);
    }
  }

  void VisitType(const std::string& type, const Expr* node, const Span& span) {
    bool known =
        IsActionType(type)
            ? std::any_of(
                  schema_.actions.begin(), schema_.actions.end(),
                  [&](const auto& action) { return action.first.type == type; })
            : schema_.entity_types.contains(type);
    if (known) return;
    Error(node, span, absl::StrCat("`", type, "` is not an entity type"),
          HelpForType(schema_, type));
  }

  void VisitUid(const EntityUid& uid, const Expr* node, const Span& span) {
    if (IsActionType(uid.type)) {
      if (schema_.actions.contains(uid)) return;
      Error(node, span, absl::StrCat("`", uid.ToString(), "` is not an action"),
            HelpForAction(schema_, uid));
      return;
    }
    auto it = schema_.entity_types.find(uid.type);
    if (it == schema_.entity_types.end()) {
      VisitType(uid.type, node, span);
      return;
    }
    const absl::btree_set<std::string>& ids = it->second.enum_ids;
    if (ids.empty() || ids.contains(uid.id)) return;
    Error(node, span,
          absl::StrCat("`", uid.id, "` is not one of the ids of `", uid.type,
                       "`"),
          HelpForId(ids, uid.id));
  }

  const Schema& schema_;
  Findings* const findings_;
};

}  // namespace

void CheckHeadNames(const Schema& schema, const Policy& policy,
                    Findings* findings) {
  NameChecker checker(schema, findings);
  checker.Visit(policy.principal);
  checker.Visit(policy.action);
  checker.Visit(policy.resource);
}

bool CheckNames(const Schema& schema, const Policy& policy,
                Findings* findings) {
  CheckHeadNames(schema, policy, findings);
  NameChecker checker(schema, findings);
  for (const Clause& clause : policy.clauses) {
    if (!checker.Visit(*clause.body, 1)) {
      findings->Error(clause.body->span,
                      "this condition is nested too deeply to be checked",
                      "split the policy into several");
      return false;
    }
  }
  return true;
}

}  // namespace sekisho
