// Tested by json_symbols_test.cc.
#include "compiler/language/json_symbols.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "compiler/cases/json_places.h"
#include "compiler/language/schema_index.h"
#include "compiler/source/diagnostic.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

using Written = SchemaIndex::Written;

class JsonNames {
 public:
  JsonNames(const SourceSet& sources, const PolicyContext& context,
            Occurrences* out)
      : sources_(sources), context_(context), out_(*out) {}

  void FindRequest(const JsonNode& request) {
    Add(SymbolKind::kPolicy, request.name, request.name_span);
    for (const char* party : {"principal", "resource"}) {
      if (const JsonNode* uid = request.Find(party)) FindUid(*uid);
    }
    std::optional<EntityUid> action;
    if (const JsonNode* uid = request.Find("action")) action = FindUid(*uid);
    const JsonNode* attributes = request.Find("context");
    if (attributes == nullptr || !action) return;
    const auto declared = context_.schema.actions.find(*action);
    if (declared == context_.schema.actions.end()) return;
    FindRecord(*attributes, context_.index->ContextOf(action->ToString()),
               &declared->second.context);
  }

  void FindEntity(const JsonNode& entity) {
    const JsonNode* name = entity.Find("uid");
    if (name == nullptr) return;
    const std::optional<EntityUid> uid = FindUid(*name);
    if (const JsonNode* parents = entity.Find("parents")) {
      for (const JsonNode& parent : parents->items) FindUid(parent);
    }
    if (!uid) return;
    const auto declared = context_.schema.entity_types.find(uid->type);
    if (declared == context_.schema.entity_types.end()) return;
    if (const JsonNode* attributes = entity.Find("attrs")) {
      FindRecord(*attributes, context_.index->AttributesOf(uid->type),
                 &declared->second.attributes);
    }
    const JsonNode* tags = entity.Find("tags");
    if (tags == nullptr || !declared->second.tags) return;
    for (const JsonNode& tag : tags->items) {
      FindValue(tag, context_.index->TagsOf(uid->type),
                &*declared->second.tags);
    }
  }

 private:
  // Between the quotes; nothing where something is escaped.
  std::optional<absl::string_view> Plain(const Span& string) const {
    absl::string_view text = sources_.text(string);
    if (text.size() < 2 || text[0] != '"' || absl::StrContains(text, '\\')) {
      return std::nullopt;
    }
    text.remove_prefix(1);
    text.remove_suffix(1);
    return text;
  }

  void Add(SymbolKind kind, std::string name, const Span& string) {
    if (!Plain(string)) return;
    out_.push_back(
        {{kind, std::move(name)}, {string.begin + 1, string.end - size_t{1}}});
  }

  void AddUid(const EntityUid& uid, const TextSpan& type, const TextSpan& id) {
    const bool is_action =
        uid.type == "Action" || absl::EndsWith(uid.type, "::Action");
    if (!is_action) {
      const size_t colon = uid.type.rfind("::");
      const size_t last = colon == std::string::npos ? 0 : colon + 2;
      out_.push_back(
          {{SymbolKind::kEntityType, uid.type}, {type.begin + last, type.end}});
    }
    out_.push_back({{is_action ? SymbolKind::kAction : SymbolKind::kEntity,
                     uid.ToString()},
                    id});
  }

  // In any of the forms of an entity.
  std::optional<EntityUid> FindUid(const JsonNode& node) {
    if (const JsonNode* escaped = node.Find("__entity")) {
      return FindUid(*escaped);
    }
    const JsonNode* type = node.Find("type");
    const JsonNode* id = node.Find("id");
    if (type == nullptr || id == nullptr) return FindUidText(node);
    const auto type_text = Plain(type->span), id_text = Plain(id->span);
    if (!type_text || !id_text) return std::nullopt;
    EntityUid uid{std::string(*type_text), std::string(*id_text)};
    AddUid(uid, {type->span.begin + 1, type->span.end - size_t{1}},
           {id->span.begin + 1, id->span.end - size_t{1}});
    return uid;
  }

  // "Type::\"id\""
  std::optional<EntityUid> FindUidText(const JsonNode& node) {
    constexpr absl::string_view kOpen = "::\\\"", kClose = "\\\"\"";
    const absl::string_view text = sources_.text(node.span);
    const size_t open = text.find(kOpen);
    if (open == absl::string_view::npos || text[0] != '"') return std::nullopt;
    const size_t begin = open + kOpen.size();
    const size_t end = text.find('\\', begin);
    if (end == absl::string_view::npos || text.substr(end) != kClose) {
      return std::nullopt;
    }
    EntityUid uid{std::string(text.substr(1, open - 1)),
                  std::string(text.substr(begin, end - begin))};
    const size_t at = node.span.begin;
    AddUid(uid, {at + 1, at + open}, {at + begin, at + end});
    return uid;
  }

  void FindRecord(const JsonNode& record, const std::optional<Written>& written,
                  const RecordType* declared) {
    for (const JsonNode& item : record.items) {
      const auto type = declared->find(item.name);
      if (!record.is_object || type == declared->end()) continue;
      std::optional<SchemaIndex::Member> member;
      if (written) member = context_.index->FindMember(*written, item.name);
      if (member) {
        Add(SymbolKind::kAttribute, member->symbol.name, item.name_span);
      }
      FindValue(item,
                member ? std::optional<Written>(member->type) : std::nullopt,
                &type->second.type);
    }
  }

  void FindValue(const JsonNode& value, const std::optional<Written>& written,
                 const Type* type) {
    if (value.Find("__entity") != nullptr ||
        (value.is_object && type->kind == Type::Kind::kEntity)) {
      FindUid(value);
    } else if (type->attributes) {
      FindRecord(value, written, &*type->attributes);
    } else if (type->element) {
      const auto element =
          written ? context_.index->ElementOf(*written) : std::nullopt;
      for (const JsonNode& item : value.items) {
        FindValue(item, element, &*type->element);
      }
    }
  }

  const SourceSet& sources_;
  const PolicyContext& context_;
  Occurrences& out_;
};

}  // namespace

Occurrences FindRequestNames(const SourceSet& sources, SourceId source,
                             const PolicyContext& context) {
  Occurrences out;
  // What is wrong is said where the cases are read.
  Diagnostics said(&sources);
  const std::optional<JsonNode> requests = ReadJsonTree(sources, source, &said);
  if (!requests || !requests->is_object) return out;
  JsonNames names(sources, context, &out);
  for (const JsonNode& request : requests->items) names.FindRequest(request);
  return out;
}

Occurrences FindEntityNames(const SourceSet& sources, SourceId source,
                            const PolicyContext& context) {
  Occurrences out;
  // What is wrong is said where the cases are read.
  Diagnostics said(&sources);
  const std::optional<JsonNode> entities = ReadJsonTree(sources, source, &said);
  if (!entities) return out;
  JsonNames names(sources, context, &out);
  for (const JsonNode& entity : entities->items) names.FindEntity(entity);
  return out;
}

}  // namespace sekisho
