#include "compiler/language/schema_index.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "engine/model/value.h"

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

constexpr size_t kMaxShownBytes = 400;

std::string Qualify(const Namespace& space, const std::string& name) {
  return space.name.text.empty() ? name
                                 : absl::StrCat(space.name.text, "::", name);
}

// What a name in a namespace may mean, the nearer first.
std::vector<std::string> Candidates(const std::string& name,
                                    const Namespace& space) {
  if (space.name.text.empty() || absl::StrContains(name, "::")) return {name};
  return {Qualify(space, name), name};
}

std::string ActionName(const Namespace& space, const std::string& id) {
  return EntityUid{Qualify(space, "Action"), id}.ToString();
}

// Cut at a character.
std::string Shortened(absl::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  size_t end = kMaxShownBytes;
  while ((text[end] & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), " ...");
}

// The `//` lines right above the line of `offset`.
std::string CommentAbove(absl::string_view text, size_t offset) {
  std::vector<std::string> lines;
  size_t begin = text.substr(0, offset).rfind('\n');
  while (begin != absl::string_view::npos) {
    const size_t before =
        begin == 0 ? absl::string_view::npos : text.rfind('\n', begin - 1);
    const size_t from = before == absl::string_view::npos ? 0 : before + 1;
    absl::string_view line =
        absl::StripAsciiWhitespace(text.substr(from, begin - from));
    if (!absl::ConsumePrefix(&line, "//")) break;
    lines.emplace_back(absl::StripAsciiWhitespace(line));
    begin = before;
  }
  std::reverse(lines.begin(), lines.end());
  return absl::StrJoin(lines, "\n");
}

}  // namespace

// ---- Building --------------------------------------------------------------

class SchemaIndex::Builder {
 public:
  Builder(absl::string_view text, SchemaIndex* index)
      : text_(text), index_(*index) {}

  void Declare() {
    for (const Space& space : index_.spaces_) {
      for (const EntityDeclaration& entity : space.entities) {
        for (const Name& name : entity.names) {
          index_.entities_.emplace(Qualify(space, name.text),
                                   Entity{&entity, &space});
        }
      }
      for (const TypeDeclaration& type : space.types) {
        index_.commons_.emplace(Qualify(space, type.name.text),
                                Written{&type.type, &space});
      }
      for (const ActionDeclaration& action : space.actions) {
        for (const Name& name : action.names) {
          const std::string symbol = ActionName(space, name.text);
          actions_.insert(symbol);
          if (!action.context) continue;
          index_.contexts_.emplace(symbol, Written{&*action.context, &space});
        }
      }
    }
  }

  void Walk() {
    for (const Space& space : index_.spaces_) {
      for (const EntityDeclaration& entity : space.entities) {
        WalkEntity(entity, space);
      }
      for (const TypeDeclaration& type : space.types) WalkType(type, space);
      for (const ActionDeclaration& action : space.actions) {
        WalkAction(action, space);
      }
    }
  }

 private:
  absl::string_view Text(const Span& span) const {
    return text_.substr(span.begin, span.end - span.begin);
  }

  void Add(SymbolKind kind, std::string symbol, const Span& span,
           bool is_definition) {
    TextSpan place{span.begin, span.end};
    const absl::string_view written = Text(span);
    if (absl::EndsWith(written, "\"")) {
      // Of `A::Action::"view"` too.
      place.begin += written.find('"') + 1;
      --place.end;
    } else if (const size_t colon = written.rfind(':');
               colon != absl::string_view::npos) {
      place.begin += written.find_first_not_of(" \t\r\n", colon + 1);
    }
    index_.occurrences_.push_back(
        {{kind, std::move(symbol)}, place, is_definition});
  }

  void Define(SymbolKind kind, const std::string& symbol, const Name& name,
              std::string text, const std::vector<Annotation>& annotations) {
    Add(kind, symbol, name.span, true);
    Declaration declaration;
    declaration.text = std::move(text);
    size_t begin = name.span.begin;
    for (const Annotation& annotation : annotations) {
      begin = std::min<size_t>(begin, annotation.span.begin);
      if (annotation.name == "doc") {
        declaration.documentation = annotation.value;
      }
    }
    const std::string comment = CommentAbove(text_, begin);
    if (!comment.empty()) {
      absl::StrAppend(&declaration.documentation,
                      declaration.documentation.empty() ? "" : "\n", comment);
    }
    declaration.documentation = Shortened(declaration.documentation);
    index_.declarations_.emplace(Symbol{kind, symbol}, std::move(declaration));
  }

  void WalkEntity(const EntityDeclaration& entity, const Space& space) {
    std::string text;
    if (!entity.parents.empty()) {
      absl::StrAppend(&text, " in [",
                      absl::StrJoin(entity.parents, ", ",
                                    [](std::string* out, const Name& name) {
                                      out->append(name.text);
                                    }),
                      "]");
    }
    if (entity.attributes) {
      absl::StrAppend(&text, " ", Shortened(Text(entity.attributes->span)));
    }
    if (entity.tags) {
      absl::StrAppend(&text, " tags ", Shortened(Text(entity.tags->span)));
    }
    if (entity.is_enum) {
      absl::StrAppend(
          &text, " enum [",
          Shortened(absl::StrJoin(entity.enum_ids, ", ",
                                  [](std::string* out, const Name& name) {
                                    absl::StrAppend(out, "\"", name.text, "\"");
                                  })),
          "]");
    }
    for (const Name& name : entity.names) {
      const std::string qualified = Qualify(space, name.text);
      Define(SymbolKind::kEntityType, qualified, name,
             absl::StrCat("entity ", qualified, text), entity.annotations);
      for (const Name& id : entity.enum_ids) {
        Add(SymbolKind::kEntity, EntityUid{qualified, id.text}.ToString(),
            id.span, true);
      }
    }
    for (const Name& parent : entity.parents) UseEntity(parent, space);
    if (entity.attributes) {
      WalkTypeExpr(*entity.attributes, space,
                   Qualify(space, entity.names.front().text));
    }
    if (entity.tags) {
      WalkTypeExpr(*entity.tags, space,
                   Qualify(space, entity.names.front().text) + ".tags");
    }
  }

  void WalkType(const TypeDeclaration& type, const Space& space) {
    const std::string qualified = Qualify(space, type.name.text);
    Define(SymbolKind::kCommonType, qualified, type.name,
           absl::StrCat("type ", qualified, " = ",
                        Shortened(Text(type.type.span))),
           type.annotations);
    WalkTypeExpr(type.type, space, qualified);
  }

  void WalkAction(const ActionDeclaration& action, const Space& space) {
    const auto list = [](const std::optional<std::vector<Name>>& names) {
      if (!names) return std::string();
      return absl::StrJoin(*names, ", ", [](std::string* out, const Name& n) {
        out->append(n.text);
      });
    };
    for (const Name& name : action.names) {
      const std::string symbol = ActionName(space, name.text);
      std::string text = absl::StrCat("action ", symbol);
      if (action.principals) {
        absl::StrAppend(&text, " appliesTo { principal: [",
                        list(action.principals), "], resource: [",
                        list(action.resources), "] }");
      }
      Define(SymbolKind::kAction, symbol, name, std::move(text),
             action.annotations);
    }
    for (const ActionReference& parent : action.parents) {
      const std::string type = parent.type.empty() ? "Action" : parent.type;
      for (const std::string& candidate : Candidates(type, space)) {
        const std::string symbol =
            EntityUid{candidate, parent.id.text}.ToString();
        if (!actions_.contains(symbol)) continue;
        Add(SymbolKind::kAction, symbol, parent.id.span, false);
        break;
      }
    }
    for (const auto* names : {&action.principals, &action.resources}) {
      if (!*names) continue;
      for (const Name& name : **names) UseEntity(name, space);
    }
    if (action.context) {
      WalkTypeExpr(*action.context, space,
                   ActionName(space, action.names.front().text));
    }
  }

  void UseEntity(const Name& name, const Space& space) {
    if (auto entity = index_.ResolveEntity(name.text, space)) {
      Add(SymbolKind::kEntityType, *std::move(entity), name.span, false);
    }
  }

  // `owner` is what the attributes are declared in.
  void WalkTypeExpr(const TypeExpr& type, const Space& space,
                    const std::string& owner) {
    if (type.kind == TypeExpr::Kind::kName) {
      if (auto common = index_.ResolveCommon(type.name.text, space)) {
        Add(SymbolKind::kCommonType, *std::move(common), type.name.span, false);
      } else {
        UseEntity(type.name, space);
      }
    }
    if (type.element != nullptr) WalkTypeExpr(*type.element, space, owner);
    for (const Attribute& attribute : type.attributes) {
      const std::string path = absl::StrCat(owner, ".", attribute.name.text);
      index_.paths_.emplace(&attribute, path);
      Define(SymbolKind::kAttribute, path, attribute.name,
             absl::StrCat(path, attribute.required ? "" : "?", ": ",
                          Shortened(Text(attribute.type.span))),
             attribute.annotations);
      WalkTypeExpr(attribute.type, space, path);
    }
  }

  const absl::string_view text_;
  SchemaIndex& index_;
  absl::flat_hash_set<std::string> actions_;
};

SchemaIndex::SchemaIndex(const SourceSet& sources, SourceId source,
                         std::vector<Space> namespaces)
    : spaces_(std::move(namespaces)) {
  Builder builder(sources.text(source), this);
  builder.Declare();
  builder.Walk();
}

// ---- Asking ----------------------------------------------------------------

bool SchemaIndex::HasSameNames(const SchemaIndex& other) const {
  return std::equal(occurrences_.begin(), occurrences_.end(),
                    other.occurrences_.begin(), other.occurrences_.end(),
                    [](const Occurrence& a, const Occurrence& b) {
                      return a.symbol == b.symbol;
                    });
}

const SchemaIndex::Declaration* SchemaIndex::Find(const Symbol& symbol) const {
  const auto it = declarations_.find(symbol);
  return it == declarations_.end() ? nullptr : &it->second;
}

std::optional<std::string> SchemaIndex::ResolveCommon(
    const std::string& name, const Space& space) const {
  // In each namespace a common type comes before an entity type.
  for (const std::string& candidate : Candidates(name, space)) {
    if (commons_.contains(candidate)) return candidate;
    if (entities_.contains(candidate)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> SchemaIndex::ResolveEntity(
    const std::string& name, const Space& space) const {
  for (const std::string& candidate : Candidates(name, space)) {
    if (entities_.contains(candidate)) return candidate;
  }
  return std::nullopt;
}

std::optional<SchemaIndex::Written> SchemaIndex::AttributesOf(
    absl::string_view entity_type) const {
  const auto it = entities_.find(entity_type);
  if (it == entities_.end() || !it->second.declaration->attributes) {
    return std::nullopt;
  }
  return Written{&*it->second.declaration->attributes, it->second.space};
}

std::optional<SchemaIndex::Written> SchemaIndex::TagsOf(
    absl::string_view entity_type) const {
  const auto it = entities_.find(entity_type);
  if (it == entities_.end() || !it->second.declaration->tags) {
    return std::nullopt;
  }
  return Written{&*it->second.declaration->tags, it->second.space};
}

std::optional<SchemaIndex::Written> SchemaIndex::ContextOf(
    const std::string& action) const {
  const auto it = contexts_.find(action);
  if (it == contexts_.end()) return std::nullopt;
  return it->second;
}

std::optional<SchemaIndex::Written> SchemaIndex::Resolve(Written type) const {
  // Common types may be made of themselves while they are being written.
  for (size_t steps = 0; steps <= commons_.size() + 1; ++steps) {
    if (type.type->kind != TypeExpr::Kind::kName) return type;
    const std::string& name = type.type->name.text;
    if (const auto common = ResolveCommon(name, *type.space)) {
      type = commons_.at(*common);
    } else if (const auto entity = ResolveEntity(name, *type.space)) {
      const auto attributes = AttributesOf(*entity);
      if (!attributes) return std::nullopt;
      type = *attributes;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<SchemaIndex::Written> SchemaIndex::ElementOf(
    const Written& type) const {
  const std::optional<Written> set = Resolve(type);
  if (!set || set->type->element == nullptr) return std::nullopt;
  return Written{set->type->element.get(), set->space};
}

std::optional<SchemaIndex::Member> SchemaIndex::FindMember(
    const Written& type, absl::string_view name) const {
  const std::optional<Written> record = Resolve(type);
  if (!record) return std::nullopt;
  for (const Attribute& attribute : record->type->attributes) {
    if (attribute.name.text != name) continue;
    return Member{{SymbolKind::kAttribute, paths_.at(&attribute)},
                  {&attribute.type, record->space}};
  }
  return std::nullopt;
}

}  // namespace sekisho
