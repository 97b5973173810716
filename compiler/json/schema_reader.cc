// Recursion is as deep as types nest, at most kMaxDepth.
// Tested by schema_test.cc.
#include "compiler/json/schema_reader.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/json/reader.h"

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

constexpr absl::string_view kBuiltinPrefix = "__cedar::";

class SchemaReader {
 public:
  SchemaReader(const SourceSet* sources, Diagnostics* diagnostics)
      : reader_(sources, diagnostics) {}

  std::vector<Namespace> ReadAll(JsonValue root);

 private:
  // Errors in one declaration do not keep the others from being read.
  void ReadNamespace(JsonValue value, Namespace* space);
  void ReadEntityType(const JsonMember& member, Namespace* space);
  void ReadAction(const JsonMember& member, Namespace* space);
  void ReadCommonType(const JsonMember& member, Namespace* space);

  // All of these return false after an error.
  bool ReadAppliesTo(JsonValue value, ActionDeclaration* action);
  bool ReadActionReferences(JsonValue value,
                            std::vector<ActionReference>* references);
  bool ReadEnum(JsonValue value, EntityDeclaration* entity);
  bool ReadTypeNames(JsonValue value, absl::string_view what,
                     std::vector<Name>* names);
  // `extra` are members that may stand beside those of a type; `extra_fields`
  // become theirs.
  bool ReadType(JsonValue value, int depth,
                const std::vector<std::string>& extra, JsonFields* extra_fields,
                TypeExpr* type);
  bool ReadType(JsonValue value, TypeExpr* type) {
    JsonFields none;
    return ReadType(value, 1, {}, &none, type);
  }
  bool ReadTypeMembers(const std::string& word, const JsonFields& fields,
                       int depth, TypeExpr* type);
  bool ReadAttributes(JsonValue value, int depth, TypeExpr* type);
  bool CountName(const Span& span);

  JsonReader reader_;
  size_t name_count_ = 0;
};

std::vector<Namespace> SchemaReader::ReadAll(JsonValue root) {
  std::vector<Namespace> namespaces(1);
  if (!reader_.Expect(root, JsonKind::kObject, "a schema")) return namespaces;
  for (const JsonMember member : root.members()) {
    if (member.name.AsString().empty()) {
      ReadNamespace(member.value, &namespaces.front());
      if (namespaces.front().annotations.empty()) continue;
      reader_
          .Error(namespaces.front().annotations.front().span,
                 "what stands outside of all namespaces has no annotations")
          .Help("put them on entity types, actions and types");
      continue;
    }
    Namespace space;
    space.name.span = member.name.span();
    if (!reader_.ReadPath(member.name, "the name of a namespace",
                          &space.name.text)) {
      continue;
    }
    ReadNamespace(member.value, &space);
    namespaces.push_back(std::move(space));
  }
  return namespaces;
}

void SchemaReader::ReadNamespace(JsonValue value, Namespace* space) {
  const auto fields = reader_.Fields(
      value, "a namespace",
      {"entityTypes", "actions", "commonTypes", "annotations"}, 2);
  if (!fields) return;
  const auto read_all = [&](JsonValue members, absl::string_view what,
                            auto read) {
    if (!members || !reader_.Expect(members, JsonKind::kObject, what)) return;
    for (const JsonMember member : members.members()) {
      (this->*read)(member, space);
    }
  };
  read_all((*fields)[0], "the entity types", &SchemaReader::ReadEntityType);
  read_all((*fields)[1], "the actions", &SchemaReader::ReadAction);
  read_all((*fields)[2], "the common types", &SchemaReader::ReadCommonType);
  reader_.ReadAnnotations((*fields)[3], &space->annotations);
}

bool SchemaReader::CountName(const Span& span) {
  if (++name_count_ <= kMaxNodes) return true;
  if (name_count_ == kMaxNodes + 1) {
    reader_.Error(span, absl::StrCat("more than ", kMaxNodes, " names"));
  }
  return false;
}

// ---- Declarations ----------------------------------------------------------

void SchemaReader::ReadEntityType(const JsonMember& member, Namespace* space) {
  EntityDeclaration entity;
  Name& name = entity.names.emplace_back();
  name.span = member.name.span();
  bool ok = reader_.ReadIdentifier(member.name, "the name of an entity type",
                                   &name.text);
  const auto fields = reader_.Fields(
      member.value, "an entity type",
      {"memberOfTypes", "shape", "tags", "enum", "annotations"}, 0);
  if (!fields || !CountName(name.span)) return;
  const JsonValue parents = (*fields)[0];
  const JsonValue shape = (*fields)[1];
  const JsonValue tags = (*fields)[2];
  const JsonValue ids = (*fields)[3];
  if (ids && (parents || shape || tags)) {
    reader_.Error(name.span,
                  "an entity type with `enum` has only annotations besides");
    return;
  }
  ok &= !ids || ReadEnum(ids, &entity);
  ok &= !parents ||
        ReadTypeNames(parents, "the types of parents", &entity.parents);
  ok &= !shape || ReadType(shape, &entity.attributes.emplace());
  ok &= !tags || ReadType(tags, &entity.tags.emplace());
  ok &= reader_.ReadAnnotations((*fields)[4], &entity.annotations);
  if (ok) space->entities.push_back(std::move(entity));
}

bool SchemaReader::ReadEnum(JsonValue value, EntityDeclaration* entity) {
  entity->is_enum = true;
  if (!reader_.Expect(value, JsonKind::kArray, "the ids")) return false;
  for (const JsonValue element : value.elements()) {
    Name& id = entity->enum_ids.emplace_back();
    id.span = element.span();
    if (!CountName(id.span) ||
        !reader_.ReadString(element, "an id", &id.text)) {
      return false;
    }
  }
  if (!entity->enum_ids.empty()) return true;
  reader_.Error(value.span(), "an entity type with `enum` needs an id");
  return false;
}

void SchemaReader::ReadAction(const JsonMember& member, Namespace* space) {
  ActionDeclaration action;
  action.names.push_back({member.name.AsString(), member.name.span()});
  const auto fields = reader_.Fields(
      member.value, "an action", {"memberOf", "appliesTo", "annotations"}, 0);
  if (!fields || !CountName(member.name.span())) return;
  const auto is_given = [](JsonValue value) {
    return value && value.kind() != JsonKind::kNull;
  };
  bool ok = true;
  if (is_given((*fields)[0])) {
    ok &= ReadActionReferences((*fields)[0], &action.parents);
  }
  if (is_given((*fields)[1])) ok &= ReadAppliesTo((*fields)[1], &action);
  ok &= reader_.ReadAnnotations((*fields)[2], &action.annotations);
  if (ok) space->actions.push_back(std::move(action));
}

bool SchemaReader::ReadActionReferences(
    JsonValue value, std::vector<ActionReference>* references) {
  if (!reader_.Expect(value, JsonKind::kArray, "the groups of the action")) {
    return false;
  }
  bool ok = true;
  for (const JsonValue element : value.elements()) {
    const auto fields =
        reader_.Fields(element, "a group of the action", {"id", "type"}, 1);
    ActionReference reference;
    reference.id.span = element.span();
    ok &= fields && CountName(element.span()) &&
          reader_.ReadString((*fields)[0], "the id", &reference.id.text);
    if (fields && (*fields)[1] && (*fields)[1].kind() != JsonKind::kNull) {
      ok &= reader_.ReadPath((*fields)[1], "the type of actions",
                             &reference.type);
    }
    references->push_back(std::move(reference));
  }
  return ok;
}

bool SchemaReader::ReadAppliesTo(JsonValue value, ActionDeclaration* action) {
  const auto fields = reader_.Fields(
      value, "`appliesTo`", {"principalTypes", "resourceTypes", "context"}, 2);
  if (!fields) return false;
  bool ok = ReadTypeNames((*fields)[0], "the types of principals",
                          &action->principals.emplace());
  ok &= ReadTypeNames((*fields)[1], "the types of resources",
                      &action->resources.emplace());
  const JsonValue context = (*fields)[2];
  ok &= !context || ReadType(context, &action->context.emplace());
  return ok;
}

void SchemaReader::ReadCommonType(const JsonMember& member, Namespace* space) {
  TypeDeclaration type;
  type.name.span = member.name.span();
  JsonFields extra;
  bool ok = reader_.ReadIdentifier(member.name, "the name of a type",
                                   &type.name.text) &&
            CountName(type.name.span);
  ok &= ReadType(member.value, 1, {"annotations"}, &extra, &type.type) &&
        reader_.ReadAnnotations(extra[0], &type.annotations);
  if (ok) space->types.push_back(std::move(type));
}

// ---- Types -----------------------------------------------------------------

bool SchemaReader::ReadTypeNames(JsonValue value, absl::string_view what,
                                 std::vector<Name>* names) {
  if (!reader_.Expect(value, JsonKind::kArray, what)) return false;
  bool ok = true;
  for (const JsonValue element : value.elements()) {
    Name& name = names->emplace_back();
    name.span = element.span();
    ok &= CountName(name.span) &&
          reader_.ReadPath(element, "an entity type", &name.text);
  }
  return ok;
}

// What a type may have beside `type`; all of it is required, but for
// `additionalAttributes`.
std::vector<std::string> MembersOf(const std::string& word) {
  if (word == "Set") return {"element"};
  if (word == "Record") return {"attributes", "additionalAttributes"};
  if (word == "Entity" || word == "EntityOrCommon" || word == "Extension") {
    return {"name"};
  }
  return {};
}

bool SchemaReader::ReadType(JsonValue value, int depth,
                            const std::vector<std::string>& extra,
                            JsonFields* extra_fields, TypeExpr* type) {
  if (!reader_.Expect(value, JsonKind::kObject, "a type")) return false;
  type->span = value.span();
  if (depth > kMaxDepth) {
    reader_.Error(value.span(),
                  absl::StrCat("more than ", kMaxDepth, " levels of nesting"));
    return false;
  }
  const JsonValue word_value = value.Find("type");
  std::string word;
  if (!word_value) {
    reader_.Error(value.span(), "a type needs a member `type`");
    return false;
  }
  if (!reader_.ReadString(word_value, "the member `type`", &word) ||
      !CountName(word_value.span())) {
    return false;
  }
  std::vector<std::string> names = MembersOf(word);
  const size_t own = names.size();
  names.insert(names.begin(), "type");
  names.insert(names.end(), extra.begin(), extra.end());
  const auto fields = reader_.Fields(value, "a type", names, own > 0 ? 2 : 1);
  if (!fields) return false;
  extra_fields->assign(fields->begin() + 1 + static_cast<std::ptrdiff_t>(own),
                       fields->end());
  return ReadTypeMembers(word, *fields, depth, type);
}

bool SchemaReader::ReadTypeMembers(const std::string& word,
                                   const JsonFields& fields, int depth,
                                   TypeExpr* type) {
  const JsonValue word_value = fields[0];
  if (word == "Set") {
    type->kind = TypeExpr::Kind::kSet;
    type->element = std::make_unique<TypeExpr>();
    JsonFields none;
    return ReadType(fields[1], depth + 1, {}, &none, type->element.get());
  }
  if (word == "Record") {
    const JsonValue additional = fields[2];
    if (additional && additional.text() != "false") {
      reader_.Error(additional.span(),
                    "records with other attributes than those declared are "
                    "not supported");
      return false;
    }
    return ReadAttributes(fields[1], depth, type);
  }
  Name& name = type->name;
  if (word == "Entity" || word == "EntityOrCommon") {
    name.span = fields[1].span();
    if (word == "Entity") type->meaning = TypeExpr::Meaning::kEntityType;
    return reader_.ReadPath(fields[1], "the name of a type", &name.text,
                            word == "Entity" ? "" : kBuiltinPrefix);
  }
  name.span = word_value.span();
  if (word == "Extension") {
    name.span = fields[1].span();
    if (!reader_.ReadIdentifier(fields[1], "the name of a type", &name.text)) {
      return false;
    }
    name.text = absl::StrCat(kBuiltinPrefix, name.text);
    return true;
  }
  if (word == "Boolean" || word == "Bool" || word == "Long" ||
      word == "String") {
    name.text = absl::StrCat(kBuiltinPrefix, word == "Boolean" ? "Bool" : word);
    return true;
  }
  type->meaning = TypeExpr::Meaning::kCommonType;
  return reader_.ReadPath(word_value, "the name of a type", &name.text,
                          kBuiltinPrefix);
}

bool SchemaReader::ReadAttributes(JsonValue value, int depth, TypeExpr* type) {
  type->kind = TypeExpr::Kind::kRecord;
  if (!reader_.Expect(value, JsonKind::kObject, "the attributes")) return false;
  bool ok = true;
  for (const JsonMember member : value.members()) {
    Attribute attribute;
    attribute.name = {member.name.AsString(), member.name.span()};
    JsonFields extra;
    if (!ReadType(member.value, depth + 1, {"required", "annotations"}, &extra,
                  &attribute.type)) {
      ok = false;
      continue;
    }
    const JsonValue required = extra[0];
    if (required) {
      ok &= reader_.Expect(required, JsonKind::kBool, "`required`");
      attribute.required = required.text() != "false";
    }
    ok &= reader_.ReadAnnotations(extra[1], &attribute.annotations);
    type->attributes.push_back(std::move(attribute));
  }
  return ok;
}

}  // namespace

std::vector<Namespace> ReadJsonSchema(const SourceSet& sources,
                                      const JsonDocument& document,
                                      Diagnostics* diagnostics) {
  return SchemaReader(&sources, diagnostics).ReadAll(document.root());
}

}  // namespace sekisho
