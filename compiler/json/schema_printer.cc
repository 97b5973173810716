// Tested by schema_test.cc.
#include "compiler/json/schema_printer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "compiler/json/layout.h"

namespace sekisho {
namespace {

using schema_syntax::ActionDeclaration;
using schema_syntax::ActionReference;
using schema_syntax::Attribute;
using schema_syntax::EntityDeclaration;
using schema_syntax::Name;
using schema_syntax::Namespace;
using schema_syntax::TypeDeclaration;
using schema_syntax::TypeExpr;

// The members of an object; the empty ones among them are left out.
std::string Object(std::vector<std::string> members) {
  std::erase(members, "");
  return absl::StrCat("{", absl::StrJoin(members, ","), "}");
}

std::string Member(absl::string_view name, const std::string& value) {
  return absl::StrCat("\"", name, "\":", value);
}

std::string Annotations(const std::vector<Annotation>& annotations) {
  if (annotations.empty()) return "";
  return Member("annotations", AnnotationsToJson(annotations));
}

std::string Names(const std::vector<Name>& names) {
  return absl::StrCat("[",
                      absl::StrJoin(names, ",",
                                    [](std::string* out, const Name& name) {
                                      *out += QuoteJson(name.text);
                                    }),
                      "]");
}

// ---- Types -----------------------------------------------------------------

// The members that name a type.
std::string NamedType(const TypeExpr& type) {
  absl::string_view builtin = type.name.text;
  if (absl::ConsumePrefix(&builtin, "__cedar::")) {
    if (builtin == "Bool") return Member("type", "\"Boolean\"");
    if (builtin == "Long" || builtin == "String") {
      return Member("type", QuoteJson(builtin));
    }
    return absl::StrCat("\"type\":\"Extension\",\"name\":", QuoteJson(builtin));
  }
  const std::string name = QuoteJson(type.name.text);
  switch (type.meaning) {
    case TypeExpr::Meaning::kEntityType:
      return absl::StrCat("\"type\":\"Entity\",\"name\":", name);
    case TypeExpr::Meaning::kCommonType:
      return Member("type", name);
    case TypeExpr::Meaning::kAnyType:
      break;
  }
  return absl::StrCat("\"type\":\"EntityOrCommon\",\"name\":", name);
}

// The members of a type.
std::string TypeMembers(const TypeExpr& type) {
  switch (type.kind) {
    case TypeExpr::Kind::kName:
      return NamedType(type);
    case TypeExpr::Kind::kSet:
      return absl::StrCat("\"type\":\"Set\",\"element\":",
                          Object({TypeMembers(*type.element)}));
    case TypeExpr::Kind::kRecord:
      break;
  }
  const std::string attributes = absl::StrJoin(
      type.attributes, ",", [](std::string* out, const Attribute& attribute) {
        absl::StrAppend(
            out, QuoteJson(attribute.name.text), ":",
            Object({TypeMembers(attribute.type),
                    attribute.required ? "" : Member("required", "false"),
                    Annotations(attribute.annotations)}));
      });
  return absl::StrCat("\"type\":\"Record\",\"attributes\":{", attributes, "}");
}

std::string TypeMember(absl::string_view name,
                       const std::optional<TypeExpr>& type) {
  return type ? Member(name, Object({TypeMembers(*type)})) : "";
}

// ---- Declarations ----------------------------------------------------------

std::string EntityJson(const EntityDeclaration& entity) {
  return Object(
      {entity.is_enum ? Member("enum", Names(entity.enum_ids)) : "",
       entity.parents.empty() ? ""
                              : Member("memberOfTypes", Names(entity.parents)),
       TypeMember("shape", entity.attributes), TypeMember("tags", entity.tags),
       Annotations(entity.annotations)});
}

std::string ActionJson(const ActionDeclaration& action) {
  std::string groups;
  if (!action.parents.empty()) {
    groups = absl::StrCat(
        "\"memberOf\":[",
        absl::StrJoin(action.parents, ",",
                      [](std::string* out, const ActionReference& parent) {
                        *out += Object(
                            {Member("id", QuoteJson(parent.id.text)),
                             parent.type.empty()
                                 ? ""
                                 : Member("type", QuoteJson(parent.type))});
                      }),
        "]");
  }
  std::string applies_to;
  if (action.principals && action.resources) {
    applies_to =
        Member("appliesTo",
               Object({Member("principalTypes", Names(*action.principals)),
                       Member("resourceTypes", Names(*action.resources)),
                       TypeMember("context", action.context)}));
  }
  return Object({groups, applies_to, Annotations(action.annotations)});
}

// A member for each name of each declaration.
template <typename Declaration, typename ToJson>
std::string Declarations(const std::vector<Declaration>& declarations,
                         const ToJson& to_json) {
  std::vector<std::string> members;
  for (const Declaration& declaration : declarations) {
    const std::string json = to_json(declaration);
    for (const Name& name : declaration.names) {
      members.push_back(absl::StrCat(QuoteJson(name.text), ":", json));
    }
  }
  return Object(std::move(members));
}

std::string NamespaceJson(const Namespace& space) {
  std::vector<std::string> types;
  for (const TypeDeclaration& type : space.types) {
    types.push_back(absl::StrCat(
        QuoteJson(type.name.text), ":",
        Object({TypeMembers(type.type), Annotations(type.annotations)})));
  }
  return Object(
      {types.empty() ? "" : Member("commonTypes", Object(std::move(types))),
       Member("entityTypes", Declarations(space.entities, EntityJson)),
       Member("actions", Declarations(space.actions, ActionJson)),
       Annotations(space.annotations)});
}

}  // namespace

std::string PrintJsonSchema(const std::vector<Namespace>& namespaces) {
  std::vector<std::string> members;
  for (const Namespace& space : namespaces) {
    if (space.name.text.empty() && space.entities.empty() &&
        space.actions.empty() && space.types.empty()) {
      continue;
    }
    members.push_back(
        absl::StrCat(QuoteJson(space.name.text), ":", NamespaceJson(space)));
  }
  return LayOutJson(Object(std::move(members)));
}

}  // namespace sekisho
