#include "engine/model/request_checker.h"

#include <algorithm>
#include <utility>

#include "engine/base/same_text.h"

namespace sekisho {

RequestChecker::RequestChecker(const Schema* schema) {
  for (const auto& [name, type] : schema->entity_types) {
    if (IsActionType(name)) continue;
    Ids& ids = ids_[name];
    ids.any = type.enum_ids.empty();
    ids.listed.insert(type.enum_ids.begin(), type.enum_ids.end());
  }
  for (const auto& [uid, action] : schema->actions) {
    ids_[uid.type].listed.insert(uid.id);
  }
  for (const auto& [uid, type] : schema->actions) {
    Action& action = actions_[uid];
    for (const std::string& name : type.principal_types) {
      action.principals.push_back({name, IdsOf(name)});
    }
    for (const std::string& name : type.resource_types) {
      action.resources.push_back({name, IdsOf(name)});
    }
    action.context = Flatten(type.context);
  }
}

const RequestChecker::Ids* RequestChecker::IdsOf(absl::string_view type) const {
  const auto it = ids_.find(type);
  return it == ids_.end() ? &none_ : &it->second;
}

RequestChecker::FlatType RequestChecker::Flatten(const Type& type) const {
  FlatType flat;
  flat.kind = type.kind;
  if (type.kind == Type::Kind::kEntity) {
    flat.entity_type = type.entity_type;
    flat.ids = IdsOf(type.entity_type);
  } else if (type.kind == Type::Kind::kSet) {
    flat.parts.push_back({"", true, Flatten(*type.element)});
  } else if (type.kind == Type::Kind::kRecord) {
    flat.parts = Flatten(*type.attributes);
  }
  return flat;
}

std::vector<RequestChecker::Attribute> RequestChecker::Flatten(
    const RecordType& record) const {
  std::vector<Attribute> flat;
  for (const auto& [name, attribute] : record) {
    flat.push_back({name, attribute.required, Flatten(attribute.type)});
  }
  return flat;
}

bool RequestChecker::Fits(const Request& request) const {
  const auto it = actions_.find(request.action);
  return it != actions_.end() &&
         Fits(request.principal, it->second.principals) &&
         Fits(request.resource, it->second.resources) &&
         request.context.is_record() &&
         Fits(request.context, it->second.context);
}

bool RequestChecker::Fits(const EntityUid& uid,
                          const std::vector<Party>& parties) {
  for (const Party& party : parties) {
    if (SameText(party.type, uid.type)) return party.ids->Has(uid.id);
  }
  return false;
}

// The recursion follows the declared type, so that a deep value cannot exhaust
// the stack.
bool RequestChecker::Fits(const Value& value, const FlatType& type) {
  if (value.kind() != type.kind) return false;
  switch (type.kind) {
    case Value::Kind::kEntity: {
      const EntityUid& uid = value.AsEntity();
      return SameText(uid.type, type.entity_type) && type.ids->Has(uid.id);
    }
    case Value::Kind::kSet: {
      const Value::Elements& elements = value.AsSet();
      return std::all_of(elements.begin(), elements.end(),
                         [&](const Value& element) {
                           return Fits(element, type.parts[0].type);
                         });
    }
    case Value::Kind::kRecord:
      return Fits(value, type.parts);
    default:
      return true;
  }
}

// Both ascend by name.
bool RequestChecker::Fits(const Value& value,
                          const std::vector<Attribute>& declared) {
  auto next = declared.begin();
  for (const auto& [name, content] : value.AsRecord()) {
    while (next != declared.end() && !SameText(next->name, name)) {
      // Where the name is not declared, this ends at a required attribute or
      // at the end.
      if (next->required) return false;
      ++next;
    }
    if (next == declared.end() || !Fits(content, next->type)) return false;
    ++next;
  }
  return std::none_of(next, declared.end(), [](const Attribute& attribute) {
    return attribute.required;
  });
}

}  // namespace sekisho
