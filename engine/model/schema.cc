#include "engine/model/schema.h"

#include <utility>

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

}  // namespace sekisho
