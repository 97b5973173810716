// From the schema as written to the resolved Schema, in passes over all
// declarations: collect the names, put common types into an order in which each
// follows those it is made of, resolve them, then entity types and actions.
//
// A short name means the first of: the common type, then the entity type of the
// same namespace; the common type, then the entity type outside of namespaces;
// the built-in type. A name with `::` means exactly that.
//
// Types are shared while they are resolved, so that a small schema can stand
// for a type that is enormous when written out, which is what everything behind
// the parser walks. Sizes are therefore counted as written out, and limited.
//
// Tested by schema_parser_test.cc.
#include "compiler/cedar/schema_parser.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/schema_syntax.h"
#include "engine/model/functions.h"

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
constexpr absl::string_view kBuiltins[] = {
    "Bool", "Long", "String", "ipaddr", "decimal", "datetime", "duration"};
// Words of the JSON form, which a common type cannot have as its name.
constexpr absl::string_view kTypeWords[] = {"Bool",      "Boolean", "Entity",
                                            "Extension", "Long",    "Record",
                                            "Set",       "String"};

template <typename Names>
bool Contains(const Names& names, absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string Qualify(const std::string& space, const std::string& name) {
  return space.empty() ? name : absl::StrCat(space, "::", name);
}

std::string Basename(const std::string& name) {
  const size_t colon = name.rfind(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

// A type, and what it costs where it is used.
struct Resolved {
  Type type;
  int depth = 1;
  size_t size = 1;
};

class SchemaResolver {
 public:
  SchemaResolver(const SourceSet* sources, std::vector<Namespace> namespaces,
                 Diagnostics* diagnostics)
      : sources_(sources),
        namespaces_(std::move(namespaces)),
        diagnostics_(*diagnostics),
        unreported_(sources) {}

  std::optional<Schema> Resolve();

 private:
  template <typename Declaration>
  struct Declared {
    const Declaration* declaration;
    const Namespace* space;
    Span span;
  };

  void DeclareAll();
  void DeclareTypes(const Namespace& space);
  void DeclareActions(const Namespace& space);
  bool CheckTypeName(const Name& name);
  void CheckShadowing();

  void ResolveCommonTypes();
  void OrderCommonTypes(std::vector<std::string>* order);
  void ReportCycle(const std::vector<std::string>& path);
  void ResolveEntityType(const std::string& name,
                         const Declared<EntityDeclaration>& declared);
  void ResolveAction(const EntityUid& uid,
                     const Declared<ActionDeclaration>& declared);
  void CheckActionCycles();

  Resolved ResolveType(const TypeExpr& type, const Namespace& space);
  Resolved ResolveRecord(const TypeExpr& type, const Namespace& space);
  Resolved ResolveName(const TypeExpr& type, const Namespace& space);
  std::optional<std::string> ResolveEntityName(const Name& name,
                                               const Namespace& space);
  std::optional<EntityUid> ResolveActionReference(
      const ActionReference& reference, const Namespace& space);
  // The qualified name of the common type that `name` means, if it does.
  std::optional<std::string> FindCommonType(const std::string& name,
                                            TypeExpr::Meaning meaning,
                                            const Namespace& space) const;
  void ReportUnknownType(const Name& name, const Namespace& space,
                         bool entities_only);
  // Adds `resolved` to what the schema costs.
  Type Use(Resolved resolved, const Span& span);

  // What a name may mean, best first.
  static std::vector<std::string> Candidates(const std::string& name,
                                             const Namespace& space);

  // As those of Diagnostics. After kMaxErrors they are counted, not kept.
  Diagnostics::Detail Error(const Span& span, absl::string_view message);

  const SourceSet* sources_;
  const std::vector<Namespace> namespaces_;
  Diagnostics& diagnostics_;
  Diagnostics unreported_;
  size_t errors_ = 0;

  absl::btree_map<std::string, Declared<EntityDeclaration>> entities_;
  absl::btree_map<std::string, Declared<TypeDeclaration>> common_types_;
  absl::btree_map<EntityUid, Declared<ActionDeclaration>> actions_;
  absl::flat_hash_map<std::string, Resolved> resolved_;
  size_t size_ = 0;
  Schema schema_;
};

Diagnostics::Detail SchemaResolver::Error(const Span& span,
                                          absl::string_view message) {
  if (++errors_ <= kMaxErrors) return diagnostics_.Error(span, message);
  unreported_ = Diagnostics(sources_);
  return unreported_.Error(span, message);
}

std::optional<Schema> SchemaResolver::Resolve() {
  DeclareAll();
  CheckShadowing();
  ResolveCommonTypes();
  for (const auto& [name, declared] : entities_) {
    ResolveEntityType(name, declared);
  }
  for (const auto& [uid, declared] : actions_) ResolveAction(uid, declared);
  CheckActionCycles();
  if (errors_ > 0) return std::nullopt;
  return std::move(schema_);
}

// ---- Declarations ----------------------------------------------------------

void SchemaResolver::DeclareAll() {
  absl::flat_hash_map<std::string, Span> places;
  for (const Namespace& space : namespaces_) {
    if (!space.name.text.empty()) {
      const auto [place, is_new] =
          places.emplace(space.name.text, space.name.span);
      if (!is_new) {
        Error(space.name.span, absl::StrCat("the namespace `", space.name.text,
                                            "` is declared twice"))
            .Note(place->second, "the first is here")
            .Help("put all of its declarations into one");
      }
      if (Contains(std::vector<absl::string_view>(
                       absl::StrSplit(space.name.text, "::")),
                   "__cedar")) {
        Error(space.name.span, "names with `__cedar` are reserved");
      }
    }
    DeclareTypes(space);
    DeclareActions(space);
  }
}

bool SchemaResolver::CheckTypeName(const Name& name) {
  if (name.text != "__cedar") return true;
  Error(name.span, "names with `__cedar` are reserved");
  return false;
}

void SchemaResolver::DeclareTypes(const Namespace& space) {
  const auto declare = [&](const Name& name, const auto& declaration,
                           absl::string_view what, auto* types) {
    if (!CheckTypeName(name)) return;
    const auto [place, is_new] =
        types->try_emplace(Qualify(space.name.text, name.text));
    if (is_new) {
      place->second = {&declaration, &space, name.span};
      return;
    }
    Error(name.span,
          absl::StrCat("the ", what, " `", name.text, "` is declared twice"))
        .Note(place->second.span, "the first is here");
  };
  for (const EntityDeclaration& entity : space.entities) {
    for (const Name& name : entity.names) {
      if (name.text == "Action") {
        Error(name.span, "`Action` is the type of actions");
        continue;
      }
      declare(name, entity, "entity type", &entities_);
    }
  }
  for (const TypeDeclaration& type : space.types) {
    if (Contains(kTypeWords, type.name.text)) {
      Error(type.name.span,
            absl::StrCat("`", type.name.text,
                         "` is a word of Cedar and cannot be declared"));
      continue;
    }
    declare(type.name, type, "type", &common_types_);
  }
}

void SchemaResolver::DeclareActions(const Namespace& space) {
  for (const ActionDeclaration& action : space.actions) {
    for (const Name& name : action.names) {
      const auto [place, is_new] = actions_.try_emplace(
          EntityUid{Qualify(space.name.text, "Action"), name.text});
      if (is_new) {
        place->second = {&action, &space, name.span};
        continue;
      }
      Error(name.span,
            absl::StrCat("the action `", name.text, "` is declared twice"))
          .Note(place->second.span, "the first is here");
    }
  }
}

// A short name must not mean one thing inside and another outside of a
// namespace.
void SchemaResolver::CheckShadowing() {
  const auto check = [&](const auto& declared) {
    for (const auto& [name, type] : declared) {
      if (type.space->name.text.empty()) continue;
      const std::string base = Basename(name);
      const auto entity = entities_.find(base);
      const auto common = common_types_.find(base);
      if (entity == entities_.end() && common == common_types_.end()) continue;
      Error(type.span, absl::StrCat("`", name, "` hides `", base,
                                    "`, which is declared outside of "
                                    "namespaces"))
          .Note(entity != entities_.end() ? entity->second.span
                                          : common->second.span,
                "it is here")
          .Help("rename one of them");
    }
  };
  check(entities_);
  check(common_types_);
  for (const auto& [uid, action] : actions_) {
    if (action.space->name.text.empty()) continue;
    const auto outside = actions_.find(EntityUid{"Action", uid.id});
    if (outside == actions_.end()) continue;
    Error(action.span, absl::StrCat("`", uid.ToString(), "` hides `",
                                    outside->first.ToString(), "`"))
        .Note(outside->second.span, "it is here")
        .Help("rename one of them");
  }
}

// ---- Names -----------------------------------------------------------------

std::vector<std::string> SchemaResolver::Candidates(const std::string& name,
                                                    const Namespace& space) {
  if (space.name.text.empty() || absl::StrContains(name, "::")) return {name};
  return {Qualify(space.name.text, name), name};
}

std::optional<std::string> SchemaResolver::FindCommonType(
    const std::string& name, TypeExpr::Meaning meaning,
    const Namespace& space) const {
  if (meaning == TypeExpr::Meaning::kEntityType) return std::nullopt;
  for (const std::string& candidate : Candidates(name, space)) {
    if (common_types_.contains(candidate)) return candidate;
    if (meaning == TypeExpr::Meaning::kAnyType &&
        entities_.contains(candidate)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

Resolved SchemaResolver::ResolveName(const TypeExpr& type,
                                     const Namespace& space) {
  const Name& name = type.name;
  if (type.meaning == TypeExpr::Meaning::kEntityType) {
    const auto entity = ResolveEntityName(name, space);
    return entity ? Resolved{Type::Entity(*entity)} : Resolved{};
  }
  if (const auto common = FindCommonType(name.text, type.meaning, space)) {
    const auto it = resolved_.find(*common);
    // Absent if it is part of a cycle, which has been reported.
    return it == resolved_.end() ? Resolved{} : it->second;
  }
  bool is_entity = false;
  for (const std::string& candidate : Candidates(name.text, space)) {
    is_entity |= entities_.contains(candidate);
    if (is_entity && type.meaning == TypeExpr::Meaning::kAnyType) {
      return {Type::Entity(candidate)};
    }
  }
  absl::string_view builtin = name.text;
  absl::ConsumePrefix(&builtin, kBuiltinPrefix);
  if (builtin == "Bool") return {Type::Bool()};
  if (builtin == "Long") return {Type::Long()};
  if (builtin == "String") return {Type::String()};
  for (const FunctionSignature& function : Functions()) {
    if (!function.is_method && KindName(function.result) == builtin) {
      return {Type::Of(function.result)};
    }
  }
  if (is_entity) {
    Error(name.span, absl::StrCat("`", name.text, "` is an entity type"))
        .Help("write `{\"type\": \"Entity\", \"name\": ..}`");
    return {};
  }
  ReportUnknownType(name, space, /*entities_only=*/false);
  return {};
}

std::optional<std::string> SchemaResolver::ResolveEntityName(
    const Name& name, const Namespace& space) {
  for (const std::string& candidate : Candidates(name.text, space)) {
    if (entities_.contains(candidate)) return candidate;
  }
  if (const auto common =
          FindCommonType(name.text, TypeExpr::Meaning::kCommonType, space)) {
    Error(name.span, absl::StrCat("`", name.text, "` is not an entity type"))
        .Note(common_types_.at(*common).span, "it is declared here");
    return std::nullopt;
  }
  ReportUnknownType(name, space, /*entities_only=*/true);
  return std::nullopt;
}

void SchemaResolver::ReportUnknownType(const Name& name, const Namespace& space,
                                       bool entities_only) {
  Diagnostics::Detail error = Error(
      name.span, absl::StrCat("there is no ", entities_only ? "entity " : "",
                              "type `", name.text, "`"));
  if (errors_ > kMaxErrors) return;
  std::vector<std::string> names;
  // As they would be written here.
  const auto add = [&](const std::string& qualified) {
    const std::string base = Basename(qualified);
    if (Qualify(space.name.text, base) == qualified) names.push_back(base);
    names.push_back(qualified);
  };
  for (const auto& [type, declared] : entities_) add(type);
  if (!entities_only) {
    for (const auto& [type, declared] : common_types_) add(type);
    for (const absl::string_view builtin : kBuiltins) {
      names.emplace_back(builtin.data(), builtin.size());
    }
  }
  std::string nearest = Nearest(name.text, names);
  if (!entities_only && name.text == "Boolean") nearest = "Bool";
  if (nearest.empty()) {
    // The right name in the wrong namespace.
    for (const std::string& candidate : names) {
      if (Basename(candidate) == Basename(name.text)) nearest = candidate;
    }
  }
  if (!nearest.empty()) {
    error.Help(absl::StrCat("did you mean `", nearest, "`?"));
  }
}

// ---- Types -----------------------------------------------------------------

Resolved SchemaResolver::ResolveType(const TypeExpr& type,
                                     const Namespace& space) {
  switch (type.kind) {
    case TypeExpr::Kind::kName:
      return ResolveName(type, space);
    case TypeExpr::Kind::kSet: {
      Resolved element = ResolveType(*type.element, space);
      return {Type::Set(std::move(element.type)), element.depth + 1,
              element.size + 1};
    }
    case TypeExpr::Kind::kRecord:
      return ResolveRecord(type, space);
  }
  return {};
}

Resolved SchemaResolver::ResolveRecord(const TypeExpr& type,
                                       const Namespace& space) {
  Resolved record;
  RecordType attributes;
  for (const Attribute& attribute : type.attributes) {
    Resolved value = ResolveType(attribute.type, space);
    record.depth = std::max(record.depth, value.depth + 1);
    record.size = std::min(record.size + value.size, kMaxNodes + 1);
    attributes[attribute.name.text] = {std::move(value.type),
                                       attribute.required};
  }
  record.type = Type::Record(std::move(attributes));
  return record;
}

Type SchemaResolver::Use(Resolved resolved, const Span& span) {
  if (resolved.depth > kMaxDepth) {
    Error(span, absl::StrCat("the type has more than ", kMaxDepth,
                             " levels of nesting"));
    return {};
  }
  const bool had_room = size_ <= kMaxNodes;
  size_ = std::min(size_ + resolved.size, kMaxNodes + 1);
  if (size_ <= kMaxNodes) return std::move(resolved.type);
  if (had_room) {
    Error(span,
          absl::StrCat("with common types written out, the schema is larger "
                       "than ",
                       kMaxNodes, " types up to here"));
  }
  return {};
}

// Calls `found` for every name in `type`.
template <typename Found>
void ForEachName(const TypeExpr& type, const Found& found) {
  if (type.kind == TypeExpr::Kind::kName) found(type);
  if (type.element != nullptr) ForEachName(*type.element, found);
  for (const Attribute& attribute : type.attributes) {
    ForEachName(attribute.type, found);
  }
}

void SchemaResolver::ResolveCommonTypes() {
  std::vector<std::string> order;
  OrderCommonTypes(&order);
  for (const std::string& name : order) {
    const auto& declared = common_types_.at(name);
    Resolved resolved =
        ResolveType(declared.declaration->type, *declared.space);
    if (resolved.depth > kMaxDepth) {
      Error(declared.span, absl::StrCat("the type has more than ", kMaxDepth,
                                        " levels of nesting"));
      // Once; what is made of it is not too deep for that reason.
      resolved = {};
    }
    resolved_[name] = std::move(resolved);
  }
}

// Depth first, with a stack of our own, as chains of declarations can be long.
void SchemaResolver::OrderCommonTypes(std::vector<std::string>* order) {
  absl::flat_hash_map<std::string, std::vector<std::string>> parts;
  for (const auto& [name, declared] : common_types_) {
    std::vector<std::string>& names = parts[name];
    ForEachName(declared.declaration->type, [&, space = declared.space](
                                                const TypeExpr& part) {
      if (auto common = FindCommonType(part.name.text, part.meaning, *space)) {
        names.push_back(*std::move(common));
      }
    });
  }
  absl::flat_hash_set<std::string> done;
  absl::flat_hash_set<std::string> open;
  for (const auto& [root, declared] : common_types_) {
    if (done.contains(root)) continue;
    // The path from the root, and how many parts of each were looked at.
    std::vector<std::string> path = {root};
    std::vector<size_t> next = {0};
    open.insert(root);
    while (!path.empty()) {
      const std::vector<std::string>& names = parts[path.back()];
      if (next.back() == names.size()) {
        order->push_back(path.back());
        done.insert(path.back());
        open.erase(path.back());
        path.pop_back();
        next.pop_back();
        continue;
      }
      const std::string& part = names[next.back()++];
      if (done.contains(part)) continue;
      if (!open.insert(part).second) {
        ReportCycle({std::find(path.begin(), path.end(), part), path.end()});
        continue;
      }
      path.push_back(part);
      next.push_back(0);
    }
  }
}

// The members of a cycle in a message: all of a short one.
std::string DescribeCycle(std::vector<std::string> members) {
  constexpr size_t kMaxShown = 8;
  const std::string first = members.front();
  if (members.size() > kMaxShown) {
    members.resize(kMaxShown);
    members.push_back("...");
  }
  members.push_back(first);
  return absl::StrJoin(members, " -> ");
}

void SchemaResolver::ReportCycle(const std::vector<std::string>& path) {
  Error(common_types_.at(path.front()).span,
        absl::StrCat("the type `", path.front(), "` is made of itself"))
      .Help(absl::StrCat(DescribeCycle(path),
                         "; refer to an entity type to break the cycle"));
}

// ---- Entity types and actions ----------------------------------------------

void SchemaResolver::ResolveEntityType(
    const std::string& name, const Declared<EntityDeclaration>& declared) {
  const EntityDeclaration& declaration = *declared.declaration;
  EntityType& entity = schema_.entity_types[name];
  for (const Name& parent : declaration.parents) {
    if (auto type = ResolveEntityName(parent, *declared.space)) {
      entity.member_of.insert(*std::move(type));
    }
  }
  if (declaration.attributes) {
    const TypeExpr& attributes = *declaration.attributes;
    const size_t errors_before = errors_;
    const Type record =
        Use(ResolveType(attributes, *declared.space), declared.span);
    if (record.attributes != nullptr) {
      entity.attributes = *record.attributes;
    } else if (errors_ == errors_before && size_ <= kMaxNodes) {
      Error(attributes.span, "the attributes of an entity must be a record");
    }
  }
  if (declaration.tags) {
    entity.tags = Use(ResolveType(*declaration.tags, *declared.space),
                      declaration.tags->span);
  }
  for (const Name& id : declaration.enum_ids) {
    if (!entity.enum_ids.insert(id.text).second) {
      diagnostics_.Warning(
          id.span, absl::StrCat("the id `", id.text, "` is there twice"));
    }
  }
}

void SchemaResolver::ResolveAction(
    const EntityUid& uid, const Declared<ActionDeclaration>& declared) {
  const ActionDeclaration& declaration = *declared.declaration;
  ActionType& action = schema_.actions[uid];
  absl::flat_hash_set<EntityUid> seen;
  for (const ActionReference& parent : declaration.parents) {
    auto group = ResolveActionReference(parent, *declared.space);
    if (group && seen.insert(*group).second) {
      action.member_of.push_back(*std::move(group));
    }
  }
  const auto resolve = [&](const std::optional<std::vector<Name>>& names,
                           absl::btree_set<std::string>* types) {
    if (!names) return;
    for (const Name& name : *names) {
      if (auto type = ResolveEntityName(name, *declared.space)) {
        types->insert(*std::move(type));
      }
    }
  };
  resolve(declaration.principals, &action.principal_types);
  resolve(declaration.resources, &action.resource_types);
  if (!declaration.context) return;
  const TypeExpr& context = *declaration.context;
  const size_t errors_before = errors_;
  const Type type = Use(ResolveType(context, *declared.space), context.span);
  if (type.kind == Type::Kind::kRecord) {
    action.context = *type.attributes;
  } else if (errors_ == errors_before && size_ <= kMaxNodes) {
    Error(context.span, "a context must be a record")
        .Help("write `{...}`, or the name of a type that is one");
  }
}

std::optional<EntityUid> SchemaResolver::ResolveActionReference(
    const ActionReference& reference, const Namespace& space) {
  const std::string type = reference.type.empty() ? "Action" : reference.type;
  if (Basename(type) != "Action") {
    Error(reference.id.span,
          absl::StrCat("`", type, "` is not a type of actions"))
        .Help(absl::StrCat("write `Action::", Quote(reference.id.text), "`"));
    return std::nullopt;
  }
  for (const std::string& candidate : Candidates(type, space)) {
    EntityUid uid{candidate, reference.id.text};
    if (actions_.contains(uid)) return uid;
  }
  Diagnostics::Detail error =
      Error(reference.id.span,
            absl::StrCat("there is no action `", reference.id.text, "`"));
  if (errors_ > kMaxErrors) return std::nullopt;
  std::vector<std::string> ids;
  for (const auto& [uid, declared] : actions_) ids.push_back(uid.id);
  const std::string nearest = Nearest(reference.id.text, ids);
  if (nearest == reference.id.text) {
    error.Help("there is one in another namespace");
  } else if (!nearest.empty()) {
    error.Help(absl::StrCat("did you mean `", nearest, "`?"));
  } else if (reference.type.empty()) {
    error.Help(absl::StrCat("a group is declared as an action, `action ",
                            Quote(reference.id.text), ";`"));
  }
  return std::nullopt;
}

void SchemaResolver::CheckActionCycles() {
  absl::flat_hash_set<EntityUid> done;
  absl::flat_hash_set<EntityUid> open;
  for (const auto& [root, action] : schema_.actions) {
    if (done.contains(root)) continue;
    std::vector<EntityUid> path = {root};
    std::vector<size_t> next = {0};
    open.insert(root);
    while (!path.empty()) {
      const auto& groups = schema_.actions.at(path.back()).member_of;
      if (next.back() == groups.size()) {
        done.insert(path.back());
        open.erase(path.back());
        path.pop_back();
        next.pop_back();
        continue;
      }
      const EntityUid& group = groups[next.back()++];
      if (done.contains(group)) continue;
      if (open.insert(group).second) {
        path.push_back(group);
        next.push_back(0);
        continue;
      }
      std::vector<std::string> members;
      for (auto it = std::find(path.begin(), path.end(), group);
           it != path.end(); ++it) {
        members.push_back(it->ToString());
      }
      Error(actions_.at(group).span,
            absl::StrCat("the action `", group.id, "` is in itself"))
          .Help(DescribeCycle(std::move(members)));
    }
  }
}

}  // namespace

std::optional<Schema> ParseSchema(const SourceSet& sources, SourceId source,
                                  Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  std::vector<Namespace> namespaces =
      schema_syntax::Parse(sources, source, diagnostics);
  // Names that syntax errors left undeclared are not worth reporting.
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return ResolveSchema(sources, std::move(namespaces), diagnostics);
}

std::optional<Schema> ResolveSchema(const SourceSet& sources,
                                    std::vector<Namespace> namespaces,
                                    Diagnostics* diagnostics) {
  return SchemaResolver(&sources, std::move(namespaces), diagnostics).Resolve();
}

}  // namespace sekisho
