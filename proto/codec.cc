// Fields are named by a chain of path elements on the stack, which is turned
// into text only for an error. Tested by codec_test.cc.
#include "proto/codec.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

struct Path {
  const Path* parent = nullptr;
  absl::string_view name;
  // Used instead of the name if not negative.
  int index = -1;

  std::string ToString() const {
    std::string prefix = parent == nullptr ? "" : parent->ToString();
    if (index >= 0) return absl::StrCat(prefix, "[", index, "]");
    return absl::StrCat(prefix, prefix.empty() || name.empty() ? "" : ".",
                        name);
  }

  absl::Status Error(absl::string_view message) const {
    std::string field = ToString();
    return absl::InvalidArgumentError(
        absl::StrCat(field, field.empty() ? "" : ": ", message));
  }
};

absl::StatusOr<EntityUid> ReadUid(const v1::EntityUid& uid, const Path& path) {
  if (uid.type().empty()) return path.Error("the entity type is not set");
  return EntityUid{uid.type(), uid.id()};
}

absl::StatusOr<Value> ReadValue(const v1::Value& value, const Path& path,
                                int depth);

// `depth` is how many records and sets there are around it.
absl::StatusOr<Value> ReadRecord(const v1::Record& record, const Path& path,
                                 int depth) {
  if (depth >= kMaxValueDepth) return path.Error("is nested too deeply");
  Value::Attributes attributes;
  attributes.reserve(record.attributes_size());
  for (const v1::Attribute& attribute : record.attributes()) {
    Path field{&path, attribute.name()};
    ASSIGN_OR_RETURN(Value value,
                     ReadValue(attribute.value(), field, depth + 1));
    attributes.emplace_back(attribute.name(), std::move(value));
  }
  Value value = Value::Record(std::move(attributes));
  const std::string* twice = FirstRepeatedName(value);
  if (twice == nullptr) return value;
  return Path{&path, *twice}.Error("is given twice");
}

absl::StatusOr<Value> ReadSet(const v1::Set& set, const Path& path, int depth) {
  if (depth >= kMaxValueDepth) return path.Error("is nested too deeply");
  Value::Elements elements;
  elements.reserve(set.elements_size());
  for (int i = 0; i < set.elements_size(); ++i) {
    Path field{&path, "", i};
    ASSIGN_OR_RETURN(Value element,
                     ReadValue(set.elements(i), field, depth + 1));
    elements.push_back(std::move(element));
  }
  return Value::Set(std::move(elements));
}

absl::StatusOr<Value> ReadValue(const v1::Value& value, const Path& path,
                                int depth) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return Value::Bool(value.bool_value());
    case v1::Value::kLongValue:
      return Value::Long(value.long_value());
    case v1::Value::kStringValue:
      return Value::String(value.string_value());
    case v1::Value::kEntity: {
      ASSIGN_OR_RETURN(EntityUid uid, ReadUid(value.entity(), path));
      return Value::Entity(std::move(uid));
    }
    case v1::Value::kSet:
      return ReadSet(value.set(), path, depth);
    case v1::Value::kRecord:
      return ReadRecord(value.record(), path, depth);
    case v1::Value::kExtension: {
      const v1::Extension& extension = value.extension();
      std::optional<Value> parsed =
          ParseExtension(extension.type(), extension.text());
      if (parsed) return *std::move(parsed);
      return path.Error(absl::StrCat(Quote(extension.text()),
                                     " is not an extension value of type `",
                                     extension.type(), "`"));
    }
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return path.Error("value is not set");
}

template <typename Message>
absl::StatusOr<Request> ReadRequest(const Message& message) {
  const Path none;
  Path principal{&none, "principal"};
  Path action{&none, "action"};
  Path resource{&none, "resource"};
  Path context{&none, "context"};
  if (!message.has_principal()) return principal.Error("is not set");
  if (!message.has_action()) return action.Error("is not set");
  if (!message.has_resource()) return resource.Error("is not set");
  Request request;
  ASSIGN_OR_RETURN(request.principal, ReadUid(message.principal(), principal));
  ASSIGN_OR_RETURN(request.action, ReadUid(message.action(), action));
  ASSIGN_OR_RETURN(request.resource, ReadUid(message.resource(), resource));
  ASSIGN_OR_RETURN(request.context, ReadRecord(message.context(), context, 0));
  return request;
}

template <typename Message>
void WriteRequest(const Request& request, Message* out) {
  EntityUidToProto(request.principal, out->mutable_principal());
  EntityUidToProto(request.action, out->mutable_action());
  EntityUidToProto(request.resource, out->mutable_resource());
  RecordToProto(request.context, out->mutable_context());
}

}  // namespace

const std::string* FirstRepeatedName(const Value& record) {
  const Value::Attributes& attributes = record.AsRecord();
  const auto twice = std::adjacent_find(
      attributes.begin(), attributes.end(),
      [](const Value::Attribute& a, const Value::Attribute& b) {
        return a.first == b.first;
      });
  return twice == attributes.end() ? nullptr : &twice->first;
}

absl::StatusOr<EntityUid> EntityUidFromProto(const v1::EntityUid& uid,
                                             absl::string_view field) {
  return ReadUid(uid, Path{nullptr, field});
}

absl::StatusOr<Value> ValueFromProto(const v1::Value& value,
                                     absl::string_view field) {
  return ReadValue(value, Path{nullptr, field}, 0);
}

absl::StatusOr<Value> RecordFromProto(const v1::Record& record,
                                      absl::string_view field) {
  return ReadRecord(record, Path{nullptr, field}, 0);
}

absl::StatusOr<Entity> EntityFromProto(const v1::Entity& entity,
                                       absl::string_view field) {
  Path root{nullptr, field};
  Path uid{&root, "uid"};
  Path attributes{&root, "attributes"};
  Path tags{&root, "tags"};
  Path parents{&root, "parents"};
  if (!entity.has_uid()) return uid.Error("is not set");
  Entity out;
  ASSIGN_OR_RETURN(out.uid, ReadUid(entity.uid(), uid));
  ASSIGN_OR_RETURN(out.attributes,
                   ReadRecord(entity.attributes(), attributes, 0));
  ASSIGN_OR_RETURN(out.tags, ReadRecord(entity.tags(), tags, 0));
  out.parents.reserve(entity.parents_size());
  for (int i = 0; i < entity.parents_size(); ++i) {
    ASSIGN_OR_RETURN(EntityUid parent,
                     ReadUid(entity.parents(i), Path{&parents, "", i}));
    out.parents.push_back(std::move(parent));
  }
  return out;
}

absl::StatusOr<Request> RequestFromProto(const v1::DecideRequest& request) {
  return ReadRequest(request);
}

absl::StatusOr<Request> RequestFromProto(const v1::DecideBatchItem& item) {
  return ReadRequest(item);
}

v1::Cause CauseToProto(Cause cause) {
  switch (cause) {
    case Cause::kPermitted:
      return v1::PERMITTED;
    case Cause::kForbidden:
      return v1::FORBIDDEN;
    case Cause::kForbidUndecided:
      return v1::FORBID_UNDECIDED;
    case Cause::kNotCovered:
      return v1::NOT_COVERED;
    case Cause::kObligationUnsupported:
      return v1::OBLIGATION_UNSUPPORTED;
  }
  return v1::NOT_COVERED;
}

Cause CauseFromProto(v1::Cause cause) {
  switch (cause) {
    case v1::PERMITTED:
      return Cause::kPermitted;
    case v1::FORBIDDEN:
      return Cause::kForbidden;
    case v1::FORBID_UNDECIDED:
      return Cause::kForbidUndecided;
    case v1::OBLIGATION_UNSUPPORTED:
      return Cause::kObligationUnsupported;
    default:
      return Cause::kNotCovered;
  }
}

void EntityUidToProto(const EntityUid& uid, v1::EntityUid* out) {
  out->set_type(uid.type);
  out->set_id(uid.id);
}

void RecordToProto(const Value& record, v1::Record* out) {
  out->mutable_attributes()->Reserve(
      static_cast<int>(record.AsRecord().size()));
  for (const auto& [name, value] : record.AsRecord()) {
    v1::Attribute* attribute = out->add_attributes();
    attribute->set_name(name);
    ValueToProto(value, attribute->mutable_value());
  }
}

void ValueToProto(const Value& value, v1::Value* out) {
  switch (value.kind()) {
    case Value::Kind::kBool:
      out->set_bool_value(value.AsBool());
      break;
    case Value::Kind::kLong:
      out->set_long_value(value.AsLong());
      break;
    case Value::Kind::kString:
      out->set_string_value(value.AsString());
      break;
    case Value::Kind::kEntity:
      EntityUidToProto(value.AsEntity(), out->mutable_entity());
      break;
    case Value::Kind::kSet: {
      v1::Set* set = out->mutable_set();
      set->mutable_elements()->Reserve(static_cast<int>(value.AsSet().size()));
      for (const Value& element : value.AsSet()) {
        ValueToProto(element, set->add_elements());
      }
      break;
    }
    case Value::Kind::kRecord:
      RecordToProto(value, out->mutable_record());
      break;
    case Value::Kind::kDecimal:
    case Value::Kind::kIpAddress:
    case Value::Kind::kDatetime:
    case Value::Kind::kDuration:
      out->mutable_extension()->set_type(std::string(KindName(value.kind())));
      out->mutable_extension()->set_text(ExtensionText(value));
      break;
  }
}

void EntityToProto(const Entity& entity, v1::Entity* out) {
  EntityUidToProto(entity.uid, out->mutable_uid());
  RecordToProto(entity.attributes, out->mutable_attributes());
  RecordToProto(entity.tags, out->mutable_tags());
  for (const EntityUid& parent : entity.parents) {
    EntityUidToProto(parent, out->add_parents());
  }
}

void RequestToProto(const Request& request, v1::DecideRequest* out) {
  WriteRequest(request, out);
}

void RequestToProto(const Request& request, v1::DecideBatchItem* out) {
  WriteRequest(request, out);
}

}  // namespace sekisho
