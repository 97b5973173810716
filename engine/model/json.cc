// Reading. Text becomes a tree first (the only part that knows the JSON
// library), and the tree becomes requests and entities; of many entities, one
// tree at a time. The tree's depth is at
// most kMaxJsonDepth, so that everything after it may recurse. Tested by
// json_test.cc.
#include "engine/model/json.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/status_macros.h"
#include "engine/base/utf8.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

struct Json {
  enum class Kind { kNull, kBool, kLong, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  int64_t number = 0;
  std::string text;
  // The elements of an array, the members' values of an object.
  std::vector<Json> items;
  // An object's names, distinct, one for each item.
  std::vector<std::string> names;

  const Json* Find(absl::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return &items[i];
    }
    return nullptr;
  }
};

absl::Status ErrorAt(absl::string_view path, absl::string_view message) {
  return absl::InvalidArgumentError(
      path.empty() ? absl::StrCat(message) : absl::StrCat(path, ": ", message));
}

bool IsIdentifier(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

std::string Member(absl::string_view path, absl::string_view name) {
  if (!IsIdentifier(name)) return absl::StrCat(path, "[", Quote(name), "]");
  return path.empty() ? absl::StrCat(name) : absl::StrCat(path, ".", name);
}

std::string Item(absl::string_view path, size_t index) {
  return absl::StrCat(path, "[", index, "]");
}

// Receives the library's events. Each returns false to stop the parser, which
// reports malformed text through parse_error and throws nothing.
class TreeBuilder {
 public:
  // Takes the elements of an outermost array, which are not kept then. The
  // parser is stopped by what is not OK.
  using Sink = std::function<absl::Status(size_t index, const Json& element)>;

  TreeBuilder(absl::string_view text, Sink sink)
      : text_(text), sink_(std::move(sink)) {}

  absl::StatusOr<Json> Take() {
    if (!status_.ok()) return status_;
    return std::move(root_);
  }

  bool null() { return AddScalar({}); }
  bool boolean(bool value) {
    Json node;
    node.kind = Json::Kind::kBool;
    node.boolean = value;
    return AddScalar(std::move(node));
  }
  bool number_integer(int64_t value) {
    Json node;
    node.kind = Json::Kind::kLong;
    node.number = value;
    return AddScalar(std::move(node));
  }
  bool number_unsigned(uint64_t value) {
    if (value > uint64_t{std::numeric_limits<int64_t>::max()}) {
      return NotALong(absl::StrCat(value));
    }
    return number_integer(static_cast<int64_t>(value));
  }
  bool number_float(double, const std::string& text) { return NotALong(text); }
  bool string(std::string& value) {
    Json node;
    node.kind = Json::Kind::kString;
    node.text = std::move(value);
    return AddScalar(std::move(node));
  }
  bool binary(std::vector<uint8_t>&) { return Fail("is binary"); }
  bool start_array(size_t) { return Open(Json::Kind::kArray); }
  bool start_object(size_t) { return Open(Json::Kind::kObject); }
  bool end_array() { return Close(); }
  bool end_object() { return Close(); }
  bool key(std::string& name) {
    Level& level = open_.back();
    bool is_new = level.names.insert(name).second;
    level.node->names.push_back(std::move(name));
    return is_new || Fail("given twice");
  }
  bool parse_error(size_t offset, const std::string&,
                   const nlohmann::detail::exception&) {
    // The offset is that of the byte after the offending one.
    size_t line = 1, column = 1;
    for (size_t i = 0; i + 1 < offset && i < text_.size(); ++i) {
      ++column;
      if (text_[i] == '\n') {
        ++line;
        column = 1;
      }
    }
    status_ = absl::InvalidArgumentError(
        absl::StrCat("line ", line, ", column ", column, ": this is not JSON"));
    return false;
  }

 private:
  struct Level {
    Json* node;
    absl::flat_hash_set<std::string> names;
    // How many items there have been.
    size_t count = 0;
  };

  // The value's place in the innermost open array or object. Pointers to open
  // nodes stay valid: only the innermost one grows.
  Json* Add(Json node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    ++open_.back().count;
    Json& parent = *open_.back().node;
    parent.items.push_back(std::move(node));
    return &parent.items.back();
  }

  bool AddScalar(Json node) {
    Add(std::move(node));
    return Finish();
  }

  // What was added last is complete.
  bool Finish() {
    if (sink_ == nullptr || open_.size() != 1 ||
        root_.kind != Json::Kind::kArray) {
      return true;
    }
    status_ = sink_(open_.back().count - 1, root_.items.back());
    root_.items.clear();
    return status_.ok();
  }

  bool Open(Json::Kind kind) {
    Json node;
    node.kind = kind;
    Json* place = Add(std::move(node));
    open_.push_back({place, {}, 0});
    if (open_.size() > size_t{kMaxJsonDepth}) {
      open_.pop_back();
      return Fail(absl::StrCat("nested deeper than ", kMaxJsonDepth));
    }
    return true;
  }

  bool Close() {
    open_.pop_back();
    return Finish();
  }

  bool NotALong(absl::string_view text) {
    Add({});
    return Fail(absl::StrCat("`", text, "` is not a 64-bit integer"));
  }

  // At the value added last.
  bool Fail(absl::string_view message) {
    std::string path;
    for (const Level& level : open_) {
      path = level.node->kind == Json::Kind::kArray
                 ? Item(path, level.count - 1)
                 : Member(path, level.node->names.back());
    }
    status_ = ErrorAt(path, message);
    return false;
  }

  absl::string_view text_;
  const Sink sink_;
  Json root_;
  std::vector<Level> open_;
  absl::Status status_;
};

absl::StatusOr<Json> ParseTree(absl::string_view text,
                               TreeBuilder::Sink sink = nullptr) {
  TreeBuilder builder(text, std::move(sink));
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.Take();
}

absl::Status OnlyMembers(const Json& json, const std::string& path,
                         std::initializer_list<absl::string_view> names) {
  for (const std::string& name : json.names) {
    bool known = false;
    for (absl::string_view allowed : names) known |= name == allowed;
    if (!known) {
      return ErrorAt(Member(path, name),
                     absl::StrCat("expected only `",
                                  absl::StrJoin(names, "`, `"), "` here"));
    }
  }
  return absl::OkStatus();
}

// Has the members `type` and `id`, and no others, both strings.
bool IsTypeAndId(const Json& json) {
  if (json.kind != Json::Kind::kObject || json.items.size() != 2) {
    return false;
  }
  const Json* type = json.Find("type");
  const Json* id = json.Find("id");
  return type != nullptr && type->kind == Json::Kind::kString &&
         id != nullptr && id->kind == Json::Kind::kString;
}

absl::StatusOr<EntityUid> UidFromMembers(const Json& json,
                                         const std::string& path) {
  if (!IsTypeAndId(json)) {
    return ErrorAt(path, "expected an entity, {\"type\": .., \"id\": ..}");
  }
  EntityUid uid = {json.Find("type")->text, json.Find("id")->text};
  if (!IsTypeName(uid.type)) {
    return ErrorAt(Member(path, "type"),
                   absl::StrCat("`", uid.type, "` is not a type's name"));
  }
  return uid;
}

// Where nothing but an entity may stand.
absl::StatusOr<EntityUid> ReadUid(const Json& json, const std::string& path) {
  if (json.kind == Json::Kind::kString) {
    absl::StatusOr<EntityUid> uid = UidFromText(json.text);
    if (!uid.ok()) return ErrorAt(path, uid.status().message());
    return uid;
  }
  if (const Json* escaped = json.Find("__entity")) {
    absl::Status only = OnlyMembers(json, path, {"__entity"});
    if (!only.ok()) return only;
    return UidFromMembers(*escaped, Member(path, "__entity"));
  }
  return UidFromMembers(json, path);
}

absl::StatusOr<Value> ReadCall(const Json& json, const std::string& path);

// An argument: a string or integer, or another call.
absl::StatusOr<Value> ReadArgument(const Json& json, const std::string& path) {
  if (json.kind == Json::Kind::kString) return Value::String(json.text);
  if (const Json* call = json.Find("__extn")) {
    return ReadCall(*call, Member(path, "__extn"));
  }
  return ErrorAt(path, "expected a string or an extension value");
}

// {"fn": .., "arg": ..} or {"fn": .., "args": [..]}
absl::StatusOr<Value> ReadCall(const Json& json, const std::string& path) {
  const Json* name = json.Find("fn");
  const Json* one = json.Find("arg");
  const Json* several = json.Find("args");
  if (json.items.size() != 2 || name == nullptr ||
      name->kind != Json::Kind::kString ||
      (one == nullptr &&
       (several == nullptr || several->kind != Json::Kind::kArray))) {
    return ErrorAt(path, "expected a call, {\"fn\": .., \"arg\": ..}");
  }
  const FunctionSignature* function = FindFunction(name->text);
  if (function == nullptr) {
    return ErrorAt(Member(path, "fn"),
                   absl::StrCat("`", name->text, "` is not a function"));
  }
  std::vector<Value> arguments;
  const size_t count = one != nullptr ? 1 : several->items.size();
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(
        Value argument,
        one != nullptr
            ? ReadArgument(*one, Member(path, "arg"))
            : ReadArgument(several->items[i], Item(Member(path, "args"), i)));
    arguments.push_back(std::move(argument));
  }
  std::optional<Value> value = CallFunction(function->function, arguments);
  if (!value) {
    return ErrorAt(path,
                   absl::StrCat("`", name->text, "` cannot be called with ",
                                one != nullptr && !arguments.empty()
                                    ? arguments[0].ToString()
                                    : "these arguments"));
  }
  return *std::move(value);
}

// Where the schema says an extension type.
absl::StatusOr<Value> ReadExtension(const Json& json, Type::Kind kind,
                                    const std::string& path) {
  if (const Json* call = json.Find("__extn")) {
    return ReadCall(*call, Member(path, "__extn"));
  }
  if (json.kind == Json::Kind::kObject) return ReadCall(json, path);
  std::optional<Value> value =
      CallFunction(ConstructorOf(kind)->function, {Value::String(json.text)});
  if (!value) {
    return ErrorAt(
        path, absl::StrCat(Quote(json.text), " is no `", KindName(kind), "`"));
  }
  return *std::move(value);
}

// What the value ought to be, where the schema says; a value of another shape
// is read as it stands, and is for validation to refuse.
absl::StatusOr<Value> ReadValue(const Json& json, const Type* type,
                                const std::string& path);

absl::StatusOr<Value> ReadSet(const Json& json, const Type* type,
                              const std::string& path) {
  const Type* element = type != nullptr && type->kind == Type::Kind::kSet
                            ? type->element.get()
                            : nullptr;
  Value::Elements elements;
  elements.reserve(json.items.size());
  for (size_t i = 0; i < json.items.size(); ++i) {
    absl::StatusOr<Value> value =
        ReadValue(json.items[i], element, Item(path, i));
    if (!value.ok()) return value.status();
    elements.push_back(*std::move(value));
  }
  return Value::Set(std::move(elements));
}

// `attribute_type` returns the type expected of an attribute, or null.
template <typename AttributeTypeOf>
absl::StatusOr<Value> ReadRecord(const Json& json, const std::string& path,
                                 const AttributeTypeOf& attribute_type) {
  if (json.kind != Json::Kind::kObject) {
    return ErrorAt(path, "expected an object");
  }
  Value::Attributes attributes;
  attributes.reserve(json.items.size());
  for (size_t i = 0; i < json.items.size(); ++i) {
    const std::string& name = json.names[i];
    if (name == "__entity" || name == "__extn" || name == "__expr") {
      return ErrorAt(Member(path, name), "this name is reserved");
    }
    absl::StatusOr<Value> value =
        ReadValue(json.items[i], attribute_type(name), Member(path, name));
    if (!value.ok()) return value.status();
    attributes.emplace_back(name, *std::move(value));
  }
  return Value::Record(std::move(attributes));
}

const Type* Find(const RecordType* attributes, const std::string& name) {
  if (attributes == nullptr) return nullptr;
  auto it = attributes->find(name);
  return it == attributes->end() ? nullptr : &it->second.type;
}

absl::StatusOr<Value> ReadRecord(const Json& json, const RecordType* attributes,
                                 const std::string& path) {
  return ReadRecord(json, path, [attributes](const std::string& name) {
    return Find(attributes, name);
  });
}

absl::StatusOr<Value> ReadValue(const Json& json, const Type* type,
                                const std::string& path) {
  if (type != nullptr && Value::IsExtension(type->kind) &&
      (json.kind == Json::Kind::kString || json.kind == Json::Kind::kObject)) {
    return ReadExtension(json, type->kind, path);
  }
  switch (json.kind) {
    case Json::Kind::kNull:
      return ErrorAt(path, "null is not a value; leave the attribute out");
    case Json::Kind::kBool:
      return Value::Bool(json.boolean);
    case Json::Kind::kLong:
      return Value::Long(json.number);
    case Json::Kind::kString:
      return Value::String(json.text);
    case Json::Kind::kArray:
      return ReadSet(json, type, path);
    case Json::Kind::kObject:
      break;
  }
  bool entity_expected = type != nullptr && type->kind == Type::Kind::kEntity;
  if (json.Find("__entity") != nullptr ||
      (entity_expected && IsTypeAndId(json))) {
    absl::StatusOr<EntityUid> uid = ReadUid(json, path);
    if (!uid.ok()) return uid.status();
    return Value::Entity(*std::move(uid));
  }
  if (const Json* call = json.Find("__extn")) {
    absl::Status only = OnlyMembers(json, path, {"__extn"});
    if (!only.ok()) return only;
    return ReadCall(*call, Member(path, "__extn"));
  }
  return ReadRecord(json,
                    type != nullptr && type->kind == Type::Kind::kRecord
                        ? type->attributes.get()
                        : nullptr,
                    path);
}

absl::StatusOr<Entity> ReadEntity(const Json& json, const std::string& path,
                                  const Schema* schema) {
  if (json.kind != Json::Kind::kObject) {
    return ErrorAt(path, "expected an object");
  }
  absl::Status only =
      OnlyMembers(json, path, {"uid", "attrs", "tags", "parents"});
  if (!only.ok()) return only;
  const Json* uid_json = json.Find("uid");
  if (uid_json == nullptr) return ErrorAt(path, "`uid` is missing");
  absl::StatusOr<EntityUid> uid = ReadUid(*uid_json, Member(path, "uid"));
  if (!uid.ok()) return uid.status();

  Entity entity;
  entity.uid = *std::move(uid);
  const EntityType* type = nullptr;
  if (schema != nullptr) {
    auto it = schema->entity_types.find(entity.uid.type);
    if (it != schema->entity_types.end()) type = &it->second;
  }
  if (const Json* attrs = json.Find("attrs")) {
    absl::StatusOr<Value> attributes =
        ReadRecord(*attrs, type == nullptr ? nullptr : &type->attributes,
                   Member(path, "attrs"));
    if (!attributes.ok()) return attributes.status();
    entity.attributes = *std::move(attributes);
  }
  if (const Json* tags_json = json.Find("tags")) {
    const Type* tag_type =
        type != nullptr && type->tags ? &*type->tags : nullptr;
    absl::StatusOr<Value> tags =
        ReadRecord(*tags_json, Member(path, "tags"),
                   [tag_type](const std::string&) { return tag_type; });
    if (!tags.ok()) return tags.status();
    entity.tags = *std::move(tags);
  }
  if (const Json* parents = json.Find("parents")) {
    const std::string place = Member(path, "parents");
    if (parents->kind != Json::Kind::kArray) {
      return ErrorAt(place, "expected an array");
    }
    for (size_t i = 0; i < parents->items.size(); ++i) {
      absl::StatusOr<EntityUid> parent =
          ReadUid(parents->items[i], Item(place, i));
      if (!parent.ok()) return parent.status();
      entity.parents.push_back(*std::move(parent));
    }
  }
  return entity;
}

bool HaveSameContent(const Entity& a, const Entity& b) {
  const auto parents = [](const Entity& entity) {
    return absl::flat_hash_set<EntityUid>(entity.parents.begin(),
                                          entity.parents.end());
  };
  return a.attributes == b.attributes && a.tags == b.tags &&
         parents(a) == parents(b);
}

// The place of an entity that is among its own ancestors, if there is one.
// `places` has the place of each entity.
std::optional<size_t> FindCycle(
    const std::vector<Entity>& entities,
    const absl::flat_hash_map<EntityUid, size_t>& places) {
  enum class State : uint8_t { kNew, kOpen, kDone };
  std::vector<State> states(entities.size(), State::kNew);
  for (size_t root = 0; root < entities.size(); ++root) {
    if (states[root] != State::kNew) continue;
    // The path from the root, with the next parent to look at.
    std::vector<std::pair<size_t, size_t>> path = {{root, 0}};
    states[root] = State::kOpen;
    while (!path.empty()) {
      auto& [place, next] = path.back();
      const std::vector<EntityUid>& parents = entities[place].parents;
      if (next == parents.size()) {
        states[place] = State::kDone;
        path.pop_back();
        continue;
      }
      const auto parent = places.find(parents[next++]);
      if (parent == places.end()) continue;
      if (states[parent->second] == State::kOpen) return parent->second;
      if (states[parent->second] == State::kDone) continue;
      states[parent->second] = State::kOpen;
      path.emplace_back(parent->second, 0);
    }
  }
  return std::nullopt;
}

// The character after a backslash and what it stands for. On success `text`
// starts after it.
std::optional<uint32_t> ReadEscape(absl::string_view* text) {
  if (text->empty()) return std::nullopt;
  char c = text->front();
  text->remove_prefix(1);
  size_t digits;
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '0':
      return 0;
    case '\\':
    case '"':
    case '\'':
      return c;
    case 'x':
      digits = 2;
      break;
    case 'u':
      digits = text->find('}');
      if (digits == absl::string_view::npos || text->front() != '{') {
        return std::nullopt;
      }
      text->remove_prefix(1);
      --digits;
      break;
    default:
      return std::nullopt;
  }
  if (digits < 1 || digits > 6 || text->size() < digits) return std::nullopt;
  uint32_t code;
  for (char digit : text->substr(0, digits)) {
    if (!absl::ascii_isxdigit(digit)) return std::nullopt;
  }
  if (!absl::SimpleHexAtoi(text->substr(0, digits), &code)) {
    return std::nullopt;
  }
  text->remove_prefix(digits + (c == 'u' ? 1 : 0));
  bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code > (c == 'x' ? 0x7fu : 0x10ffffu) || surrogate) return std::nullopt;
  return code;
}

}  // namespace

bool IsTypeName(absl::string_view name) {
  while (true) {
    size_t end = name.find("::");
    if (!IsIdentifier(name.substr(0, end))) return false;
    if (end == absl::string_view::npos) return true;
    name.remove_prefix(end + 2);
  }
}

absl::StatusOr<EntityUid> UidFromText(absl::string_view text) {
  auto malformed = [whole = text]() {
    return absl::InvalidArgumentError(
        absl::StrCat("`", whole, "` is not of the form `Type::\"id\"`"));
  };
  size_t quote = text.find("::\"");
  if (quote == absl::string_view::npos) return malformed();
  EntityUid uid;
  uid.type = std::string(text.substr(0, quote));
  if (!IsTypeName(uid.type)) return malformed();
  text.remove_prefix(quote + 3);
  while (!text.empty() && text.front() != '"') {
    char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      uid.id.push_back(c);
      continue;
    }
    std::optional<uint32_t> code = ReadEscape(&text);
    if (!code) return malformed();
    AppendUtf8(*code, &uid.id);
  }
  if (text != "\"") return malformed();
  return uid;
}

absl::StatusOr<std::vector<Entity>> EntitiesFromJson(absl::string_view json,
                                                     const Schema* schema) {
  std::vector<Entity> entities;
  // In the array, by their places among the entities.
  std::vector<size_t> items;
  absl::flat_hash_map<EntityUid, size_t> places;
  const auto add = [&](size_t i, const Json& item) -> absl::Status {
    ASSIGN_OR_RETURN(Entity entity, ReadEntity(item, Item("", i), schema));
    const auto [it, is_new] = places.emplace(entity.uid, entities.size());
    if (is_new) {
      entities.push_back(std::move(entity));
      items.push_back(i);
    } else if (!HaveSameContent(entities[it->second], entity)) {
      return ErrorAt(
          Member(Item("", i), "uid"),
          absl::StrCat("`", entity.uid.ToString(), "` is also at [",
                       items[it->second], "], with another content"));
    }
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const Json tree, ParseTree(json, add));
  if (tree.kind != Json::Kind::kArray) {
    return ErrorAt("", "expected an array of entities");
  }
  if (const auto place = FindCycle(entities, places)) {
    return ErrorAt(Member(Item("", items[*place]), "parents"),
                   absl::StrCat("`", entities[*place].uid.ToString(),
                                "` is among its own ancestors"));
  }
  return entities;
}

absl::StatusOr<Entity> EntityFromJson(absl::string_view json,
                                      const Schema* schema) {
  absl::StatusOr<Json> tree = ParseTree(json);
  if (!tree.ok()) return tree.status();
  return ReadEntity(*tree, "", schema);
}

absl::StatusOr<Value> ValueFromJson(absl::string_view json, const Type* type) {
  absl::StatusOr<Json> tree = ParseTree(json);
  if (!tree.ok()) return tree.status();
  return ReadValue(*tree, type, "");
}

absl::StatusOr<Request> RequestFromJson(absl::string_view json,
                                        const Schema* schema) {
  absl::StatusOr<Json> tree = ParseTree(json);
  if (!tree.ok()) return tree.status();
  if (tree->kind != Json::Kind::kObject) {
    return ErrorAt("", "expected an object with a request");
  }
  absl::Status only =
      OnlyMembers(*tree, "", {"principal", "action", "resource", "context"});
  if (!only.ok()) return only;

  Request request;
  for (auto [name, place] : {std::pair("principal", &request.principal),
                             std::pair("action", &request.action),
                             std::pair("resource", &request.resource)}) {
    const Json* member = tree->Find(name);
    if (member == nullptr) {
      return ErrorAt("", absl::StrCat("`", name, "` is missing"));
    }
    absl::StatusOr<EntityUid> uid = ReadUid(*member, name);
    if (!uid.ok()) return uid.status();
    *place = *std::move(uid);
  }
  const RecordType* context_type = nullptr;
  if (schema != nullptr) {
    auto it = schema->actions.find(request.action);
    if (it != schema->actions.end()) context_type = &it->second.context;
  }
  if (const Json* member = tree->Find("context")) {
    absl::StatusOr<Value> context =
        ReadRecord(*member, context_type, "context");
    if (!context.ok()) return context.status();
    request.context = *std::move(context);
  }
  return request;
}

}  // namespace sekisho
