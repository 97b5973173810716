// Tested by entity_file_test.cc.
#include "cli/csv_entities.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/base/status_macros.h"
#include "engine/base/utf8.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

constexpr char kListSeparator = ';';

// How cells may be written, whatever the schema says.
constexpr absl::string_view kWritten[] = {"bool", "long", "string", "entity",
                                          "json"};

bool IsOneOf(absl::string_view word,
             absl::Span<const absl::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A header that cannot be understood leaves nothing to go on with.
absl::Status BadHeader(absl::string_view message) {
  return absl::FailedPreconditionError(message);
}

absl::Status NotA(absl::string_view kind, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("`", text, "` is not ", kind));
}

absl::StatusOr<Value> ReadBool(absl::string_view text) {
  if (text == "true") return Value::Bool(true);
  if (text == "false") return Value::Bool(false);
  return NotA("`true` or `false`", text);
}

absl::StatusOr<Value> ReadLong(absl::string_view text) {
  int64_t number;
  if (!absl::SimpleAtoi(text, &number)) return NotA("a 64-bit integer", text);
  return Value::Long(number);
}

// `A::"x"; B::"y"`, in which ids may have the separator too.
absl::StatusOr<std::vector<EntityUid>> ReadUids(absl::string_view text) {
  std::vector<EntityUid> uids;
  while (!(text = absl::StripAsciiWhitespace(text)).empty()) {
    size_t end = 0;
    bool in_quotes = false;
    for (; end < text.size(); ++end) {
      if (in_quotes && text[end] == '\\') {
        ++end;
      } else if (text[end] == '"') {
        in_quotes = !in_quotes;
      } else if (!in_quotes && text[end] == kListSeparator) {
        break;
      }
    }
    ASSIGN_OR_RETURN(
        EntityUid uid,
        UidFromText(absl::StripAsciiWhitespace(text.substr(0, end))));
    uids.push_back(std::move(uid));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return uids;
}

// A value as its type has it.
absl::StatusOr<Value> ReadTyped(absl::string_view text, const Type& type,
                                absl::string_view title) {
  if (type.kind == Type::Kind::kBool) return ReadBool(text);
  if (type.kind == Type::Kind::kLong) return ReadLong(text);
  if (type.kind == Type::Kind::kString) return Value::String(text);
  if (type.kind == Type::Kind::kEntity) {
    return Value::Entity({type.entity_type, std::string(text)});
  }
  if (type.kind == Type::Kind::kSet) {
    Value::Elements elements;
    if (!text.empty()) {
      for (absl::string_view part : absl::StrSplit(text, kListSeparator)) {
        ASSIGN_OR_RETURN(
            Value element,
            ReadTyped(absl::StripAsciiWhitespace(part), *type.element, title));
        elements.push_back(std::move(element));
      }
    }
    return Value::Set(std::move(elements));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a cell cannot hold a ", type.ToString(),
                   "; name the column `", title, ":json` and write JSON"));
}

}  // namespace

absl::Status CsvEntities::ReadHeader() {
  absl::StatusOr<std::optional<CsvRecord>> header = csv_.Next();
  place_ = csv_.place();
  RETURN_IF_ERROR(header.status());
  if (!header->has_value()) {
    return BadHeader("there is no header; it names the columns: `uid`, ..");
  }
  absl::flat_hash_set<std::string> titles;
  for (const CsvField& field : **header) {
    place_ = field.place;
    if (FindInvalidUtf8(field.text) != absl::string_view::npos) {
      return BadHeader("this is not UTF-8");
    }
    ASSIGN_OR_RETURN(Column column, ReadColumn(field.text));
    if (!titles
             .insert(
                 absl::StrCat(static_cast<int>(column.kind), " ", column.name))
             .second) {
      return BadHeader(
          absl::StrCat("there are two columns for `", column.title, "`"));
    }
    columns_.push_back(std::move(column));
  }
  auto has = [this](Kind kind) {
    return std::any_of(
        columns_.begin(), columns_.end(),
        [kind](const Column& column) { return column.kind == kind; });
  };
  place_ = (*header)->front().place;
  if (has(Kind::kType) != has(Kind::kId) || has(Kind::kUid) == has(Kind::kId)) {
    return BadHeader(
        "the columns must be either `uid`, or both `type` and `id`; an "
        "attribute of such a name is `attrs.id`");
  }
  return absl::OkStatus();
}

absl::StatusOr<CsvEntities::Column> CsvEntities::ReadColumn(
    const std::string& title) {
  Column column = {Kind::kAttribute, title, title, ""};
  constexpr std::pair<absl::string_view, Kind> kNamed[] = {
      {"uid", Kind::kUid},
      {"type", Kind::kType},
      {"id", Kind::kId},
      {"parents", Kind::kParents}};
  for (const auto& [name, kind] : kNamed) {
    if (title == name) return Column{kind, title, "", ""};
  }
  const size_t colon = title.rfind(':');
  if (colon != std::string::npos) {
    column.written_as = title.substr(colon + 1);
    column.name = title.substr(0, colon);
    if (!IsOneOf(column.written_as, kWritten)) {
      return BadHeader(absl::StrCat("`", column.written_as, "` is not one of `",
                                    absl::StrJoin(kWritten, "`, `"), "`"));
    }
  }
  absl::string_view name = column.name;
  if (absl::ConsumePrefix(&name, "tags.")) {
    column.kind = Kind::kTag;
  } else {
    absl::ConsumePrefix(&name, "attrs.");
  }
  column.name = std::string(name);
  if (column.name.empty()) {
    return BadHeader("a column has no name; leave it out of the file");
  }
  return column;
}

absl::StatusOr<std::optional<Entity>> CsvEntities::Next() {
  absl::StatusOr<std::optional<CsvRecord>> record = csv_.Next();
  place_ = csv_.place();
  RETURN_IF_ERROR(record.status());
  if (!record->has_value()) return std::optional<Entity>();
  ASSIGN_OR_RETURN(Entity entity, ReadEntity(**record));
  place_ = csv_.place();
  return std::make_optional(std::move(entity));
}

absl::StatusOr<Entity> CsvEntities::ReadEntity(const CsvRecord& record) {
  if (record.size() != columns_.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the record has ", record.size(),
                     " fields and the header ", columns_.size()));
  }
  Entity entity;
  RETURN_IF_ERROR(ReadUid(record, &entity.uid));
  auto found = schema_->entity_types.find(entity.uid.type);
  const EntityType* type =
      found == schema_->entity_types.end() ? nullptr : &found->second;
  Value::Attributes attributes, tags;
  for (size_t i = 0; i < record.size(); ++i) {
    const Column& column = columns_[i];
    const CsvField& field = record[i];
    // An empty cell is nothing; between quotes it is an empty value.
    if (field.text.empty() && !field.quoted) continue;
    place_ = field.place;
    if (FindInvalidUtf8(field.text) != absl::string_view::npos) {
      return absl::InvalidArgumentError("this is not UTF-8");
    }
    if (column.kind == Kind::kParents) {
      ASSIGN_OR_RETURN(entity.parents, ReadUids(field.text));
    } else if (column.kind == Kind::kAttribute || column.kind == Kind::kTag) {
      ASSIGN_OR_RETURN(Value value, ReadCell(column, field, type));
      (column.kind == Kind::kTag ? tags : attributes)
          .emplace_back(column.name, std::move(value));
    }
  }
  entity.attributes = Value::Record(std::move(attributes));
  entity.tags = Value::Record(std::move(tags));
  return entity;
}

absl::Status CsvEntities::ReadUid(const CsvRecord& record, EntityUid* uid) {
  for (size_t i = 0; i < record.size(); ++i) {
    const Kind kind = columns_[i].kind;
    if (kind != Kind::kUid && kind != Kind::kType && kind != Kind::kId) {
      continue;
    }
    const std::string& text = record[i].text;
    place_ = record[i].place;
    if (FindInvalidUtf8(text) != absl::string_view::npos) {
      return absl::InvalidArgumentError("this is not UTF-8");
    }
    if (text.empty() && !record[i].quoted) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", columns_[i].title, "` is empty"));
    }
    if (kind == Kind::kType && !IsTypeName(text)) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", text, "` is not a type's name"));
    }
    if (kind == Kind::kUid) {
      ASSIGN_OR_RETURN(*uid, UidFromText(text));
    } else {
      (kind == Kind::kType ? uid->type : uid->id) = text;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Value> CsvEntities::ReadCell(const Column& column,
                                            const CsvField& field,
                                            const EntityType* type) const {
  const Type* declared = nullptr;
  if (type != nullptr && column.kind == Kind::kTag && type->tags.has_value()) {
    declared = &*type->tags;
  } else if (type != nullptr && column.kind == Kind::kAttribute) {
    auto it = type->attributes.find(column.name);
    if (it != type->attributes.end()) declared = &it->second.type;
  }
  const std::string& text = field.text;
  if (column.written_as == "bool") return ReadBool(text);
  if (column.written_as == "long") return ReadLong(text);
  if (column.written_as == "string") return Value::String(text);
  if (column.written_as == "json") return ValueFromJson(text, declared);
  if (column.written_as == "entity") {
    ASSIGN_OR_RETURN(EntityUid uid, UidFromText(text));
    return Value::Entity(std::move(uid));
  }
  if (declared == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the schema has no `", column.name,
                     "` here; leave the cell empty, or "
                     "name the column `",
                     column.title, ":string`"));
  }
  return ReadTyped(text, *declared, column.title);
}

}  // namespace sekisho
