// A Cedar schema in resolved form: entity types, their attributes, actions and
// what they apply to. The compiler makes it from text and puts it into the
// artifact; the checker types policies with it, and the decision service
// validates requests and entities against it.
//
// Names are fully qualified; common types are already replaced by what they
// stand for. A Schema does not change once it is built and may be read from
// several threads.
#ifndef SEKISHO_ENGINE_MODEL_SCHEMA_H_
#define SEKISHO_ENGINE_MODEL_SCHEMA_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "engine/model/value.h"

namespace sekisho {

struct AttributeType;

// The declared type of an attribute, tag or context.
struct Type {
  // Values of a type are of the kind with the same number.
  using Kind = Value::Kind;

  Kind kind = Kind::kBool;
  // kEntity: the entity type's name.
  std::string entity_type;
  // kSet: the type of every element.
  std::shared_ptr<const Type> element;
  // kRecord: by attribute name.
  std::shared_ptr<const absl::btree_map<std::string, AttributeType>> attributes;

  static Type Bool() { return {Kind::kBool, "", nullptr, nullptr}; }
  static Type Long() { return {Kind::kLong, "", nullptr, nullptr}; }
  static Type String() { return {Kind::kString, "", nullptr, nullptr}; }
  // REQUIRES: `kind` says all, so it is no entity, set or record.
  static Type Of(Kind kind) { return {kind, "", nullptr, nullptr}; }
  static Type Entity(std::string type) {
    return {Kind::kEntity, std::move(type), nullptr, nullptr};
  }
  static Type Set(Type element);
  static Type Record(absl::btree_map<std::string, AttributeType> attributes);

  // The schema's notation: `Set<Role>`, `{grantee: Organization, kind?: Kind}`.
  std::string ToString() const;
  bool operator==(const Type& other) const;
};

struct AttributeType {
  Type type;
  bool required = true;

  bool operator==(const AttributeType& other) const = default;
};

using RecordType = absl::btree_map<std::string, AttributeType>;

struct EntityType {
  RecordType attributes;
  std::optional<Type> tags;
  // Types that entities of this type may have as parents, `in [..]`.
  absl::btree_set<std::string> member_of;
  // Enumerated entities: the only ids there are. Empty otherwise.
  absl::btree_set<std::string> enum_ids;
};

struct ActionType {
  // Direct parents in the action hierarchy.
  std::vector<EntityUid> member_of;
  // Empty where the action applies to nothing.
  absl::btree_set<std::string> principal_types;
  absl::btree_set<std::string> resource_types;
  RecordType context;
};

struct Schema {
  absl::btree_map<std::string, EntityType> entity_types;
  absl::btree_map<EntityUid, ActionType> actions;

  // True if `action` is `ancestor` or below it in the action hierarchy.
  bool ActionIn(const EntityUid& action, const EntityUid& ancestor) const;
};

// `Action`, or `Health::Action`: entities of such types are actions.
bool IsActionType(absl::string_view type);

// True if entities of type `type` may be in ones of type `ancestor`: by the
// entity types' hierarchy or by that of the actions, every type in itself.
bool TypeMayBeIn(const Schema& schema, absl::string_view type,
                 absl::string_view ancestor);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_SCHEMA_H_
