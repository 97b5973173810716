#include "engine/graph/artifact_proto.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "engine/base/status_macros.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

absl::Status Damaged() {
  return absl::DataLossError("the artifact is damaged: a value has no kind");
}

void ToProto(const Type& type, artifact::Type* proto);

template <typename Repeated>
void ToProto(const RecordType& record, Repeated* attributes) {
  for (const auto& [name, attribute] : record) {
    artifact::Attribute* proto = attributes->Add();
    proto->set_name(name);
    ToProto(attribute.type, proto->mutable_type());
    proto->set_optional(!attribute.required);
  }
}

void ToProto(const Type& type, artifact::Type* proto) {
  proto->set_kind(static_cast<uint32_t>(type.kind));
  proto->set_entity_type(type.entity_type);
  if (type.element != nullptr) ToProto(*type.element, proto->add_element());
  if (type.attributes != nullptr) {
    ToProto(*type.attributes, proto->mutable_attributes());
  }
}

absl::StatusOr<Type> FromProto(const artifact::Type& proto);

template <typename Repeated>
absl::StatusOr<RecordType> RecordFromProto(const Repeated& attributes) {
  RecordType record;
  for (const artifact::Attribute& proto : attributes) {
    ASSIGN_OR_RETURN(Type type, FromProto(proto.type()));
    record[proto.name()] = AttributeType{std::move(type), !proto.optional()};
  }
  return record;
}

absl::StatusOr<Type> FromProto(const artifact::Type& proto) {
  switch (proto.kind()) {
    case static_cast<uint32_t>(Type::Kind::kBool):
      return Type::Bool();
    case static_cast<uint32_t>(Type::Kind::kLong):
      return Type::Long();
    case static_cast<uint32_t>(Type::Kind::kString):
      return Type::String();
    case static_cast<uint32_t>(Type::Kind::kEntity):
      return Type::Entity(proto.entity_type());
    case static_cast<uint32_t>(Type::Kind::kSet): {
      if (proto.element_size() != 1) return Damaged();
      ASSIGN_OR_RETURN(Type element, FromProto(proto.element(0)));
      return Type::Set(std::move(element));
    }
    case static_cast<uint32_t>(Type::Kind::kRecord): {
      ASSIGN_OR_RETURN(RecordType record, RecordFromProto(proto.attributes()));
      return Type::Record(std::move(record));
    }
    case static_cast<uint32_t>(Type::Kind::kDecimal):
    case static_cast<uint32_t>(Type::Kind::kIpAddress):
    case static_cast<uint32_t>(Type::Kind::kDatetime):
    case static_cast<uint32_t>(Type::Kind::kDuration):
      return Type::Of(static_cast<Type::Kind>(proto.kind()));
    default:
      return Damaged();
  }
}

}  // namespace

void ToProto(const EntityUid& uid, artifact::Uid* proto) {
  proto->set_type(uid.type);
  proto->set_id(uid.id);
}

void ToProto(const Value& value, artifact::Value* proto) {
  switch (value.kind()) {
    case Value::Kind::kBool:
      proto->set_bool_value(value.AsBool());
      break;
    case Value::Kind::kLong:
      proto->set_long_value(value.AsLong());
      break;
    case Value::Kind::kString:
      proto->set_string_value(value.AsString());
      break;
    case Value::Kind::kEntity:
      ToProto(value.AsEntity(), proto->mutable_entity());
      break;
    case Value::Kind::kSet:
      proto->mutable_set();
      for (const Value& element : value.AsSet()) {
        ToProto(element, proto->mutable_set()->add_elements());
      }
      break;
    case Value::Kind::kRecord:
      proto->mutable_record();
      for (const auto& [name, attribute] : value.AsRecord()) {
        proto->mutable_record()->add_names(name);
        ToProto(attribute, proto->mutable_record()->add_values());
      }
      break;
    case Value::Kind::kDecimal:
    case Value::Kind::kIpAddress:
    case Value::Kind::kDatetime:
    case Value::Kind::kDuration:
      proto->mutable_extension()->set_type(std::string(KindName(value.kind())));
      proto->mutable_extension()->set_text(ExtensionText(value));
      break;
  }
}

void ToProto(const Schema& schema, artifact::Schema* proto) {
  for (const auto& [name, type] : schema.entity_types) {
    artifact::EntityType* entity = proto->add_entity_types();
    entity->set_name(name);
    ToProto(type.attributes, entity->mutable_attributes());
    if (type.tags) ToProto(*type.tags, entity->mutable_tags());
    for (const std::string& parent : type.member_of) {
      entity->add_member_of(parent);
    }
    for (const std::string& id : type.enum_ids) entity->add_enum_ids(id);
  }
  for (const auto& [uid, type] : schema.actions) {
    artifact::ActionType* action = proto->add_actions();
    ToProto(uid, action->mutable_uid());
    for (const EntityUid& parent : type.member_of) {
      ToProto(parent, action->add_member_of());
    }
    for (const std::string& name : type.principal_types) {
      action->add_principal_types(name);
    }
    for (const std::string& name : type.resource_types) {
      action->add_resource_types(name);
    }
    ToProto(type.context, action->mutable_context());
  }
}

EntityUid FromProto(const artifact::Uid& proto) {
  return {proto.type(), proto.id()};
}

absl::StatusOr<Value> FromProto(const artifact::Value& proto) {
  switch (proto.kind_case()) {
    case artifact::Value::kBoolValue:
      return Value::Bool(proto.bool_value());
    case artifact::Value::kLongValue:
      return Value::Long(proto.long_value());
    case artifact::Value::kStringValue:
      return Value::String(proto.string_value());
    case artifact::Value::kEntity:
      return Value::Entity(FromProto(proto.entity()));
    case artifact::Value::kSet: {
      Value::Elements elements;
      for (const artifact::Value& element : proto.set().elements()) {
        ASSIGN_OR_RETURN(Value value, FromProto(element));
        elements.push_back(std::move(value));
      }
      return Value::Set(std::move(elements));
    }
    case artifact::Value::kRecord: {
      const artifact::Value::Record& record = proto.record();
      if (record.names_size() != record.values_size()) return Damaged();
      Value::Attributes attributes;
      std::set<std::string> names;
      for (int i = 0; i < record.names_size(); ++i) {
        if (!names.insert(record.names(i)).second) return Damaged();
        ASSIGN_OR_RETURN(Value value, FromProto(record.values(i)));
        attributes.emplace_back(record.names(i), std::move(value));
      }
      return Value::Record(std::move(attributes));
    }
    case artifact::Value::kExtension: {
      std::optional<Value> value =
          ParseExtension(proto.extension().type(), proto.extension().text());
      if (!value) return Damaged();
      return *std::move(value);
    }
    case artifact::Value::KIND_NOT_SET:
      return Damaged();
  }
  return Damaged();
}

absl::StatusOr<Schema> FromProto(const artifact::Schema& proto) {
  Schema schema;
  for (const artifact::EntityType& entity : proto.entity_types()) {
    EntityType type;
    ASSIGN_OR_RETURN(type.attributes, RecordFromProto(entity.attributes()));
    if (entity.has_tags()) {
      ASSIGN_OR_RETURN(type.tags, FromProto(entity.tags()));
    }
    type.member_of.insert(entity.member_of().begin(), entity.member_of().end());
    type.enum_ids.insert(entity.enum_ids().begin(), entity.enum_ids().end());
    schema.entity_types[entity.name()] = std::move(type);
  }
  for (const artifact::ActionType& action : proto.actions()) {
    ActionType type;
    for (const artifact::Uid& parent : action.member_of()) {
      type.member_of.push_back(FromProto(parent));
    }
    type.principal_types.insert(action.principal_types().begin(),
                                action.principal_types().end());
    type.resource_types.insert(action.resource_types().begin(),
                               action.resource_types().end());
    ASSIGN_OR_RETURN(type.context, RecordFromProto(action.context()));
    schema.actions[FromProto(action.uid())] = std::move(type);
  }
  return schema;
}

void ToProto(const ObligationDeclaration& obligation,
             artifact::ObligationDeclaration* proto) {
  proto->set_name(obligation.name);
  proto->set_is_advice(obligation.is_advice);
  for (const ObligationParameter& parameter : obligation.parameters) {
    artifact::ObligationParameter* out = proto->add_parameters();
    out->set_name(parameter.name);
    if (const auto* path = std::get_if<AttributePath>(&parameter.value)) {
      out->set_root(static_cast<uint32_t>(path->root));
      for (const std::string& name : path->names) out->add_path(name);
    } else {
      ToProto(std::get<Value>(parameter.value), out->mutable_constant());
    }
  }
}

absl::StatusOr<ObligationDeclaration> FromProto(
    const artifact::ObligationDeclaration& proto) {
  ObligationDeclaration obligation{proto.name(), proto.is_advice(), {}};
  for (const artifact::ObligationParameter& parameter : proto.parameters()) {
    ObligationParameter& out = obligation.parameters.emplace_back();
    out.name = parameter.name();
    if (parameter.has_constant()) {
      ASSIGN_OR_RETURN(out.value, FromProto(parameter.constant()));
      continue;
    }
    if (parameter.root() > static_cast<uint32_t>(PathRoot::kContext)) {
      return Damaged();
    }
    out.value =
        AttributePath{static_cast<PathRoot>(parameter.root()),
                      {parameter.path().begin(), parameter.path().end()}};
  }
  return obligation;
}

}  // namespace sekisho
