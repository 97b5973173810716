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

absl::flat_hash_set<std::string> Usage::ReachableTypes() const {
  std::vector<std::string> next;
  for (const auto& [type, entity] : schema_.entity_types) {
    if (Has(Use::kType, type)) next.push_back(type);
  }
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
        if (Has(Use::kPermittedAction, uid.type, uid.id)) continue;
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
          return Has(Use::kEntity, type, id.text) ||
                 !Has(Use::kEntityOfType, type);
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
          return Has(Use::kEntityAttribute, type, attribute.name.text);
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
    if (Has(Use::kAttribute, attribute.name.text)) continue;
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
