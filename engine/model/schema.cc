#include "engine/model/schema.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {

Type Type::Set(Type element) {
  return {Kind::kSet, "", std::make_shared<const Type>(std::move(element)),
          nullptr};
}

Type Type::Record(RecordType attributes) {
  return {Kind::kRecord, "", nullptr,
          std::make_shared<const RecordType>(std::move(attributes))};
}

std::string Type::ToString() const {
  switch (kind) {
    case Kind::kBool:
      return "Bool";
    case Kind::kLong:
      return "Long";
    case Kind::kString:
      return "String";
    case Kind::kEntity:
      return entity_type;
    case Kind::kSet:
      return absl::StrCat("Set<", element->ToString(), ">");
    case Kind::kRecord:
      return absl::StrCat(
          "{",
          absl::StrJoin(*attributes, ", ",
                        [](std::string* out, const auto& attribute) {
                          absl::StrAppend(out, attribute.first,
                                          attribute.second.required ? "" : "?",
                                          ": ",
                                          attribute.second.type.ToString());
                        }),
          "}");
    case Kind::kDecimal:
    case Kind::kIpAddress:
    case Kind::kDatetime:
    case Kind::kDuration:
      return std::string(KindName(kind));
  }
  return "";
}

bool Type::operator==(const Type& other) const {
  if (kind != other.kind || entity_type != other.entity_type) return false;
  if (kind == Kind::kSet) return *element == *other.element;
  if (kind == Kind::kRecord) return *attributes == *other.attributes;
  return true;
}

bool Schema::ActionIn(const EntityUid& action,
                      const EntityUid& ancestor) const {
  absl::btree_set<EntityUid> seen;
  std::vector<EntityUid> open = {action};
  while (!open.empty()) {
    EntityUid uid = std::move(open.back());
    open.pop_back();
    if (uid == ancestor) return true;
    if (!seen.insert(uid).second) continue;
    auto it = actions.find(uid);
    if (it == actions.end()) continue;
    open.insert(open.end(), it->second.member_of.begin(),
                it->second.member_of.end());
  }
  return false;
}

bool IsActionType(absl::string_view type) {
  return type == "Action" || absl::EndsWith(type, "::Action");
}

bool TypeMayBeIn(const Schema& schema, absl::string_view type,
                 absl::string_view ancestor) {
  if (type == ancestor) return true;
  if (IsActionType(type)) {
    for (const auto& [group, declared_group] : schema.actions) {
      if (group.type != ancestor) continue;
      for (const auto& [action, declared] : schema.actions) {
        if (action.type == type && schema.ActionIn(action, group)) return true;
      }
    }
    return false;
  }
  std::vector<absl::string_view> open = {type};
  absl::btree_set<absl::string_view> seen;
  while (!open.empty()) {
    auto it = schema.entity_types.find(open.back());
    open.pop_back();
    if (it == schema.entity_types.end()) continue;
    for (const std::string& parent : it->second.member_of) {
      if (parent == ancestor) return true;
      if (seen.insert(parent).second) open.push_back(parent);
    }
  }
  return false;
}

}  // namespace sekisho
