// Attributes of entities count by the types that the checker found; attributes
// of records, which have no name, by their own names alone, so that none is
// called unused that is not.
//
// Tested by lint_test.cc.
#include "compiler/lint/usage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sekisho::lint {
namespace {

using schema_syntax::Attribute;
using schema_syntax::EntityDeclaration;
using schema_syntax::Name;
using schema_syntax::Namespace;
using schema_syntax::TypeDeclaration;
using schema_syntax::TypeExpr;

std::string Qualify(const std::string& space, const std::string& name) {
  return space.empty() ? name : absl::StrCat(space, "::", name);
}

// The names in a type, as they are written.
void AddTypeNames(const TypeExpr& type,
                  absl::flat_hash_set<std::string>* names) {
  switch (type.kind) {
    case TypeExpr::Kind::kName:
      names->insert(type.name.text);
      break;
    case TypeExpr::Kind::kSet:
      AddTypeNames(*type.element, names);
      break;
    case TypeExpr::Kind::kRecord:
      for (const Attribute& attribute : type.attributes) {
        AddTypeNames(attribute.type, names);
      }
      break;
  }
}

void AddEntityTypes(const Type& type, std::vector<std::string>* types) {
  if (type.kind == Type::Kind::kEntity) types->push_back(type.entity_type);
  if (type.element) AddEntityTypes(*type.element, types);
  if (!type.attributes) return;
  for (const auto& [name, attribute] : *type.attributes) {
    AddEntityTypes(attribute.type, types);
  }
}

}  // namespace

Usage::Usage(const Schema& schema,
             const std::vector<RequestEnvironment>& environments)
    : schema_(schema), environments_(environments) {}

// ---- What is used ----------------------------------------------------------

void Usage::Add(const Policy& policy, const std::vector<TypedPolicy>& typed) {
  AddScope(policy.principal);
  AddScope(policy.action);
  AddScope(policy.resource);
  for (const Clause& clause : policy.clauses) {
    AddExpression(*clause.body, typed, /*is_base=*/false);
  }
  if (policy.effect == Effect::kForbid) return;
  for (size_t i = 0; i < typed.size(); ++i) {
    if (typed[i].applies) {
      permitted_actions_.insert(environments_[i].action.ToString());
    }
  }
}

void Usage::AddScope(const Scope& scope) {
  if (!scope.type.empty()) types_.insert(scope.type);
  for (const EntityUid& uid : scope.uids) AddEntity(uid);
}

void Usage::AddEntity(const EntityUid& uid) {
  types_.insert(uid.type);
  types_of_entities_.insert(uid.type);
  entities_.emplace(uid.type, uid.id);
}

void Usage::AddExpression(const Expr& expr,
                          const std::vector<TypedPolicy>& typed, bool is_base) {
  if (expr.is_entity()) AddEntity(expr.AsEntity());
  if (expr.kind == ExprKind::kIs) types_.insert(expr.name());
  for (const std::string& name : expr.names()) names_.insert(name);
  const bool is_access =
      expr.kind == ExprKind::kGet || expr.kind == ExprKind::kHas;
  if (is_access) names_.insert(expr.name());
  for (const TypedPolicy& in_environment : typed) {
    if (is_access) {
      const auto base = in_environment.types.find(expr.args()[0].get());
      if (base != in_environment.types.end() &&
          base->second.kind == Type::Kind::kEntity) {
        attributes_.emplace(base->second.entity_type, expr.name());
      }
    }
    const auto type = in_environment.types.find(&expr);
    if (!is_base && type != in_environment.types.end()) AddWhole(type->second);
  }
  for (const ExprPtr& arg : expr.args()) AddExpression(*arg, typed, is_access);
}

void Usage::AddWhole(const Type& type) {
  if (type.element) AddWhole(*type.element);
  if (!type.attributes) return;
  for (const auto& [name, attribute] : *type.attributes) {
    names_.insert(name);
    AddWhole(attribute.type);
  }
}

absl::flat_hash_set<std::string> Usage::ReachableTypes() const {
  std::vector<std::string> next(types_.begin(), types_.end());
  for (const auto& [uid, action] : schema_.actions) {
    next.insert(next.end(), action.principal_types.begin(),
                action.principal_types.end());
    next.insert(next.end(), action.resource_types.begin(),
                action.resource_types.end());
    for (const auto& [name, attribute] : action.context) {
      AddEntityTypes(attribute.type, &next);
    }
  }
  absl::flat_hash_set<std::string> reachable;
  while (!next.empty()) {
    const std::string type = std::move(next.back());
    next.pop_back();
    const auto it = schema_.entity_types.find(type);
    if (it == schema_.entity_types.end()) continue;
    if (!reachable.insert(type).second) continue;
    for (const auto& [name, attribute] : it->second.attributes) {
      AddEntityTypes(attribute.type, &next);
    }
    if (it->second.tags) AddEntityTypes(*it->second.tags, &next);
    next.insert(next.end(), it->second.member_of.begin(),
                it->second.member_of.end());
  }
  return reachable;
}

// ---- What is not -----------------------------------------------------------

void Usage::ReportUnused(const std::vector<Namespace>& namespaces,
                         Report* report) const {
  const absl::flat_hash_set<std::string> reachable = ReachableTypes();
  absl::flat_hash_set<std::string> named;
  for (const Namespace& space : namespaces) {
    for (const EntityDeclaration& entity : space.entities) {
      if (entity.attributes) AddTypeNames(*entity.attributes, &named);
      if (entity.tags) AddTypeNames(*entity.tags, &named);
    }
    for (const auto& action : space.actions) {
      if (action.context) AddTypeNames(*action.context, &named);
    }
    for (const TypeDeclaration& type : space.types) {
      AddTypeNames(type.type, &named);
    }
  }
  for (const Namespace& space : namespaces) {
    for (const EntityDeclaration& entity : space.entities) {
      ReportEntity(entity, space.name.text, reachable, report);
    }
    for (const TypeDeclaration& type : space.types) {
      const std::string& name = type.name.text;
      if (named.contains(name) ||
          named.contains(Qualify(space.name.text, name))) {
        ReportAttributes(type.type, report);
      } else {
        report->Add("unused-type", type.name.span,
                    absl::StrCat("nothing is of the type `", name, "`"));
      }
    }
    for (const auto& action : space.actions) {
      if (action.context) ReportAttributes(*action.context, report);
      if (!action.principals) continue;
      for (const Name& name : action.names) {
        const EntityUid uid = {Qualify(space.name.text, "Action"), name.text};
        if (permitted_actions_.contains(uid.ToString())) continue;
        report->Add("unpermitted-action", name.span,
                    absl::StrCat("no permit applies to `", uid.ToString(),
                                 "`, so it is always denied"));
      }
    }
  }
}

void Usage::ReportEntity(const EntityDeclaration& entity,
                         const std::string& space,
                         const absl::flat_hash_set<std::string>& reachable,
                         Report* report) const {
  std::vector<std::string> types;
  for (const Name& name : entity.names) {
    types.push_back(Qualify(space, name.text));
    if (reachable.contains(types.back())) continue;
    report->Add("unused-type", name.span,
                absl::StrCat("no request leads to a `", types.back(),
                             "`, and no policy names one"));
    types.pop_back();
  }
  if (types.empty()) return;
  for (const Name& id : entity.enum_ids) {
    const bool is_used =
        std::any_of(types.begin(), types.end(), [&](const std::string& type) {
          return entities_.contains({type, id.text}) ||
                 !types_of_entities_.contains(type);
        });
    if (is_used) continue;
    report
        ->Add("unused-word", id.span,
              absl::StrCat("no policy names `", types.front(),
                           "::", Quote(id.text), "`"))
        .owner = entity.names.front().span;
  }
  if (!entity.attributes) return;
  for (const Attribute& attribute : entity.attributes->attributes) {
    ReportAttributes(attribute.type, report);
    const bool is_used =
        std::any_of(types.begin(), types.end(), [&](const std::string& type) {
          return attributes_.contains({type, attribute.name.text});
        });
    if (is_used) continue;
    report
        ->Add("unused-attribute", attribute.name.span,
              absl::StrCat("no policy reads `", attribute.name.text, "` of `",
                           types.front(), "`"))
        .owner = entity.names.front().span;
  }
}

// Of records, inside of others and of sets too.
void Usage::ReportAttributes(const TypeExpr& type, Report* report) const {
  if (type.element) ReportAttributes(*type.element, report);
  for (const Attribute& attribute : type.attributes) {
    ReportAttributes(attribute.type, report);
    if (names_.contains(attribute.name.text)) continue;
    report->Add("unused-attribute", attribute.name.span,
                absl::StrCat("no policy reads `", attribute.name.text, "`"));
  }
}

// ---- The vocabulary --------------------------------------------------------

void LintVocabulary(const MatrixReading& reading, Report* report) {
  std::vector<bool> used(reading.vocabulary.entries.size(), false);
  for (const RowReading& row : reading.rows) {
    for (const CellReading& cell : row.cells) {
      for (const PhraseUse& use : cell.meaning.uses) used[use.entry] = true;
      for (const PhraseUse& use : cell.printed_uses) used[use.entry] = true;
    }
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const VocabularyEntry& entry = reading.vocabulary.entries[i];
    report->Add(
        "unused-phrase", entry.phrase.span,
        absl::StrCat("no cell of the matrix says `", entry.phrase.text, "`"));
  }
}

}  // namespace sekisho::lint
