#include "engine/model/validate.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace sekisho {
namespace {

std::string TypeList(const absl::btree_set<std::string>& types) {
  return absl::StrJoin(types, " or ", [](std::string* out, const auto& type) {
    absl::StrAppend(out, "`", type, "`");
  });
}

// A field's place. Only an error needs its text.
struct Field {
  absl::string_view name;
  const Field* record = nullptr;
  // Behind `record`, which has no text of its own then.
  std::optional<size_t> index = std::nullopt;

  std::string ToString() const;
};

// Collects what is wrong, and where.
class Validator {
 public:
  explicit Validator(const Schema& schema) : schema_(schema) {}

  void Request(const sekisho::Request& request);
  void Entity(const sekisho::Entity& entity);

  std::vector<FieldError> TakeErrors() { return std::move(errors_); }

 private:
  void Error(const Field& field, std::string message) {
    errors_.push_back({field.ToString(), std::move(message)});
  }

  // A principal or resource of the action.
  void Party(const Field& field, const EntityUid& uid, const EntityUid& action,
             const absl::btree_set<std::string>& types);
  // Actions are declared; enumerated entities are among their ids.
  void Id(const Field& field, const EntityUid& uid);
  // The recursion follows the declared type, so that a deep value cannot
  // exhaust the stack.
  void Typed(const Field& field, const Value& value, const Type& type);
  void Attributes(const Field& field, const Value& value,
                  const RecordType& declared);
  void Tags(const Value& tags, const std::optional<Type>& declared,
            const EntityUid& uid);
  void Parents(const std::vector<EntityUid>& parents, const EntityUid& uid);
  // True if entities of type `type` may be below ones of type `ancestor`.
  bool MayBeIn(const std::string& type, const std::string& ancestor) const;

  const Schema& schema_;
  std::vector<FieldError> errors_;
};

// `record.name`, `record["name"]` where the name is no identifier, or
// `record[index]`.
std::string Field::ToString() const {
  if (record == nullptr) return std::string(name);
  if (index.has_value())
    return absl::StrCat(record->ToString(), "[", *index, "]");
  const bool plain = !name.empty() && !absl::ascii_isdigit(name[0]) &&
                     absl::c_all_of(name, [](char c) {
                       return absl::ascii_isalnum(c) || c == '_';
                     });
  return plain ? absl::StrCat(record->ToString(), ".", name)
               : absl::StrCat(record->ToString(), "[", Quote(name), "]");
}

std::string Describe(const Value& value) {
  if (value.is_entity()) return absl::StrCat("a `", value.AsEntity().type, "`");
  return absl::StrCat("a ", KindName(value.kind()));
}

void Validator::Id(const Field& field, const EntityUid& uid) {
  if (IsActionType(uid.type)) {
    if (!schema_.actions.contains(uid)) {
      Error(field,
            absl::StrCat("`", uid.ToString(), "` is not a declared action"));
    }
    return;
  }
  auto it = schema_.entity_types.find(uid.type);
  if (it == schema_.entity_types.end()) {
    Error(field, absl::StrCat("`", uid.type, "` is not a declared type"));
    return;
  }
  const absl::btree_set<std::string>& ids = it->second.enum_ids;
  if (!ids.empty() && !ids.contains(uid.id)) {
    Error(field, absl::StrCat("`", uid.ToString(),
                              "` is not one of the ids of `", uid.type, "`"));
  }
}

void Validator::Typed(const Field& field, const Value& value,
                      const Type& type) {
  if (value.kind() != type.kind ||
      (value.is_entity() && value.AsEntity().type != type.entity_type)) {
    Error(field, absl::StrCat("expected `", type.ToString(), "`, found ",
                              Describe(value)));
  } else if (value.is_entity()) {
    Id(field, value.AsEntity());
  } else if (value.is_set()) {
    const Value::Elements& elements = value.AsSet();
    for (size_t i = 0; i < elements.size(); ++i) {
      Typed({"", &field, i}, elements[i], *type.element);
    }
  } else if (value.is_record()) {
    Attributes(field, value, *type.attributes);
  }
}

void Validator::Attributes(const Field& field, const Value& value,
                           const RecordType& declared) {
  if (!value.is_record()) {
    Error(field, absl::StrCat("expected a record, found ", Describe(value)));
    return;
  }
  // Both ascend by name.
  std::vector<absl::string_view> missing;
  auto next = declared.begin();
  const auto skip_until = [&](absl::string_view name) {
    for (; next != declared.end() && next->first < name; ++next) {
      if (next->second.required) missing.push_back(next->first);
    }
  };
  for (const auto& [name, content] : value.AsRecord()) {
    skip_until(name);
    if (next == declared.end() || next->first != name) {
      Error({name, &field}, "not declared in the schema");
      continue;
    }
    Typed({name, &field}, content, next->second.type);
    ++next;
  }
  for (; next != declared.end(); ++next) {
    if (next->second.required) missing.push_back(next->first);
  }
  for (absl::string_view name : missing) {
    Error({name, &field}, "required and missing");
  }
}

void Validator::Party(const Field& field, const EntityUid& uid,
                      const EntityUid& action,
                      const absl::btree_set<std::string>& types) {
  if (types.empty()) return;  // said of the action
  if (!types.contains(uid.type)) {
    Error(field, absl::StrCat("`", action.ToString(), "` does not apply to a ",
                              field.name, " of type `", uid.type, "`, only of ",
                              TypeList(types)));
    return;
  }
  Id(field, uid);
}

void Validator::Request(const sekisho::Request& request) {
  auto it = schema_.actions.find(request.action);
  if (it == schema_.actions.end()) {
    Error({"action"}, absl::StrCat("`", request.action.ToString(),
                                   "` is not a declared action"));
    return;
  }
  const ActionType& action = it->second;
  if (action.principal_types.empty() || action.resource_types.empty()) {
    Error({"action"}, absl::StrCat("`", request.action.ToString(),
                                   "` is a group and applies to nothing"));
    return;
  }
  Party({"principal"}, request.principal, request.action,
        action.principal_types);
  Party({"resource"}, request.resource, request.action, action.resource_types);
  Attributes({"context"}, request.context, action.context);
}

void Validator::Tags(const Value& tags, const std::optional<Type>& declared,
                     const EntityUid& uid) {
  if (!tags.is_record()) {
    Error({"tags"}, absl::StrCat("expected a record, found ", Describe(tags)));
    return;
  }
  const Field field = {"tags"};
  for (const auto& [name, content] : tags.AsRecord()) {
    if (!declared) {
      Error({"tags"}, absl::StrCat("`", uid.type, "` has no tags"));
      return;
    }
    Typed({name, &field}, content, *declared);
  }
}

bool Validator::MayBeIn(const std::string& type,
                        const std::string& ancestor) const {
  absl::btree_set<std::string> seen;
  std::vector<std::string> open = {type};
  while (!open.empty()) {
    std::string below = std::move(open.back());
    open.pop_back();
    auto it = schema_.entity_types.find(below);
    if (it == schema_.entity_types.end()) continue;
    for (const std::string& parent : it->second.member_of) {
      if (parent == ancestor) return true;
      if (seen.insert(parent).second) open.push_back(parent);
    }
  }
  return false;
}

// A type above the declared parents is as good as one of them: policies are
// checked against the whole hierarchy, and sources often list all ancestors.
void Validator::Parents(const std::vector<EntityUid>& parents,
                        const EntityUid& uid) {
  for (size_t i = 0; i < parents.size(); ++i) {
    const Field list = {"parents"};
    const Field field = {"", &list, i};
    if (!MayBeIn(uid.type, parents[i].type)) {
      Error(field, absl::StrCat("a `", uid.type, "` cannot be in a `",
                                parents[i].type, "`"));
    } else {
      Id(field, parents[i]);
    }
  }
}

void Validator::Entity(const sekisho::Entity& entity) {
  const EntityUid& uid = entity.uid;
  if (IsActionType(uid.type)) {
    Error({"uid"}, "actions come from the schema and are not stored");
    return;
  }
  auto it = schema_.entity_types.find(uid.type);
  if (it == schema_.entity_types.end()) {
    Error({"uid"}, absl::StrCat("`", uid.type, "` is not a declared type"));
    return;
  }
  const EntityType& type = it->second;
  if (!type.enum_ids.empty()) {
    Error({"uid"}, absl::StrCat("entities of the enumerated type `", uid.type,
                                "` come from the schema and are not stored"));
    return;
  }
  Attributes({"attributes"}, entity.attributes, type.attributes);
  Tags(entity.tags, type.tags, uid);
  Parents(entity.parents, uid);
}

}  // namespace

std::vector<FieldError> ValidateRequest(const Schema& schema,
                                        const Request& request) {
  Validator validator(schema);
  validator.Request(request);
  return validator.TakeErrors();
}

std::vector<FieldError> ValidateEntity(const Schema& schema,
                                       const Entity& entity) {
  Validator validator(schema);
  validator.Entity(entity);
  return validator.TakeErrors();
}

}  // namespace sekisho
