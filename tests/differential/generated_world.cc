#include "tests/differential/generated_world.h"

#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/model/extension.h"

namespace sekisho {
namespace {

// Ids of each type: e0, e1, ..
constexpr int kIds = 4;
// In the hierarchy, entities are below those of higher ids only.
constexpr int kMostEntityTypes = 4;

class SchemaWriter {
 public:
  explicit SchemaWriter(Random* random) : random_(*random) {}

  std::string Write() {
    entity_types_ = 1 + static_cast<int>(random_.Below(kMostEntityTypes));
    const bool named = random_.Chance(40);
    color_ = random_.Chance(30) ? "Paint::Color" : "Color";
    const std::string color =
        "entity Color enum [\"red\", \"green\", \"dark blue\"];\n";
    std::string out;
    if (color_ == "Paint::Color") {
      out = absl::StrCat("namespace Paint {\n", color, "}\n");
    }
    absl::StrAppend(&out, named ? "namespace App::V1 {\n" : "");
    if (color_ == "Color") absl::StrAppend(&out, color);
    absl::StrAppend(&out, "type Info = ", RecordText(0, 4), ";\n",
                    "type Colors = Set<", color_, ">;\n");
    for (int i = 0; i < entity_types_; ++i) WriteEntityType(i, &out);
    WriteActions(&out);
    return out + (named ? "}\n" : "");
  }

 private:
  void WriteEntityType(int number, std::string* out) {
    absl::StrAppend(out, "@doc(\"one of them\") entity E", number);
    std::string parents;
    for (int i = number; i < entity_types_; ++i) {
      if (random_.Chance(60)) {
        absl::StrAppend(&parents, parents.empty() ? "" : ", ", "E", i);
      }
    }
    if (!parents.empty()) absl::StrAppend(out, " in [", parents, "]");
    absl::StrAppend(out, " = ", RecordText(2, 12));
    if (random_.Chance(60)) absl::StrAppend(out, " tags ", TypeText(1));
    absl::StrAppend(out, ";\n");
  }

  void WriteActions(std::string* out) {
    absl::StrAppend(out, "action g0;\naction g1 in [g0];\n");
    const uint64_t count = 1 + random_.Below(3);
    for (uint64_t i = 0; i < count; ++i) {
      absl::StrAppend(out, "action \"a ", i, "\"",
                      random_.Pick({"", " in [g0]", " in [g1]"}),
                      " appliesTo { principal: [", TypeList(), "], resource: [",
                      TypeList(), "], context: ", RecordText(2, 10), " };\n");
    }
  }

  std::string EntityTypeName() {
    return absl::StrCat("E", random_.Below(entity_types_));
  }
  std::string TypeList() {
    std::string list = EntityTypeName();
    if (random_.Chance(40)) {
      const std::string other = EntityTypeName();
      if (other != list) absl::StrAppend(&list, ", ", other);
    }
    return list;
  }

  std::string TypeText(int depth) {
    switch (random_.Below(depth > 0 ? 13 : 9)) {
      case 0:
        return "Bool";
      case 1:
      case 2:
        return "Long";
      case 3:
        return "String";
      case 4:
        return color_;
      case 5:
        return EntityTypeName();
      case 6:
        return random_.Pick({"datetime", "duration"});
      case 7:
        return "decimal";
      case 8:
        return "ipaddr";
      case 9:
        return "Colors";
      case 10:
        return "Info";
      case 11:
        return absl::StrCat("Set<", TypeText(depth - 1), ">");
      default:
        return RecordText(depth - 1, 3);
    }
  }

  // Attributes of one name have mostly one type, so that policies can read them
  // whatever the type of the principal or resource is.
  std::string RecordText(int depth, int most) {
    const std::pair<const char*, const char*> kNames[] = {
        {"flag", "Bool"},    {"n", "Long"},        {"m", "Long"},
        {"s", "String"},     {"when", "datetime"}, {"span", "duration"},
        {"cost", "decimal"}, {"addr", "ipaddr"},   {"\"a b\"", "Bool"},
        {"日数", "Long"},    {"who", "E0"},        {"color", ""},
        {"any", ""},         {"list", ""},         {"\"if\"", ""},
        {"info", ""}};
    std::string text;
    for (const auto& [name, usual] : kNames) {
      if (random_.Below(std::size(kNames)) >= static_cast<uint64_t>(most)) {
        continue;
      }
      std::string type = usual;
      if (type.empty() || random_.Chance(10)) type = TypeText(depth);
      const bool identifier = name[0] == '"' || (name[0] & 0x80) == 0;
      absl::StrAppend(&text, text.empty() ? "" : ", ",
                      identifier ? name : absl::StrCat("\"", name, "\""),
                      random_.Chance(25) ? "?: " : ": ", type);
    }
    return absl::StrCat("{ ", text, " }");
  }

  Random& random_;
  int entity_types_ = 0;
  std::string color_;
};

}  // namespace

std::string GenerateSchema(Random* random) {
  return SchemaWriter(random).Write();
}

// The least and the greatest too, so that arithmetic overflows.
int64_t Worlds::Number(int64_t unit) {
  if (random_.Chance(3)) return std::numeric_limits<int64_t>::max();
  if (random_.Chance(3)) return std::numeric_limits<int64_t>::min();
  return (static_cast<int64_t>(random_.Below(8)) - 2) * unit;
}

EntityUid Worlds::UidOf(const std::string& type) {
  auto it = schema_.entity_types.find(type);
  if (it != schema_.entity_types.end() && !it->second.enum_ids.empty()) {
    const auto& ids = it->second.enum_ids;
    return {type, *std::next(ids.begin(), random_.Below(ids.size()))};
  }
  return {type, absl::StrCat("e", random_.Below(kIds))};
}

std::string Worlds::AncestorTypeOf(const std::string& type) {
  std::string at = type;
  for (uint64_t steps = random_.Below(3); steps > 0; --steps) {
    const auto& above = schema_.entity_types.at(at).member_of;
    if (above.empty()) break;
    at = *std::next(above.begin(), random_.Below(above.size()));
  }
  return at;
}

Value Worlds::ExtensionOf(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kDecimal:
      return Value::Extension(
          Decimal{static_cast<int64_t>(random_.Below(5)) * 5'000 - 10'000});
    case Value::Kind::kIpAddress:
      return Value::Extension(*IpAddress::Parse(random_.Pick(
          {"10.0.0.1", "10.0.0.0/8", "10.1.2.3/16", "127.0.0.1", "224.0.0.1",
           "0.0.0.0/0", "::1", "fe80::1", "ff02::/16", "::/0"})));
    case Value::Kind::kDatetime:
      return Value::Extension(Datetime{Number(43'200'000)});
    default:
      return Value::Extension(Duration{Number(21'600'000)});
  }
}

Value Worlds::RecordOf(const RecordType& declared) {
  Value::Attributes attributes;
  for (const auto& [name, attribute] : declared) {
    if (!attribute.required && random_.Chance(50)) continue;
    if (!typed_ && random_.Chance(3)) continue;
    attributes.emplace_back(name, ValueOf(attribute.type));
  }
  return Value::Record(std::move(attributes));
}

Value Worlds::ValueOf(const Type& type) {
  if (!typed_ && random_.Chance(2)) {
    return random_.Chance(50) ? Value::Long(Number(1)) : Value::String("s");
  }
  switch (type.kind) {
    case Type::Kind::kBool:
      return Value::Bool(random_.Chance(60));
    case Type::Kind::kLong:
      return Value::Long(Number(1));
    case Type::Kind::kString:
      return Value::String(random_.Pick({"", "s", "a*b", "t0", "日本"}));
    case Type::Kind::kEntity:
      return Value::Entity(UidOf(type.entity_type));
    case Type::Kind::kSet: {
      Value::Elements elements;
      for (uint64_t n = random_.Below(4); n > 0; --n) {
        elements.push_back(ValueOf(*type.element));
      }
      return Value::Set(std::move(elements));
    }
    case Type::Kind::kRecord:
      return RecordOf(*type.attributes);
    default:
      return ExtensionOf(type.kind);
  }
}

Entity Worlds::MakeEntity(const std::string& name, const EntityType& type,
                          int id) {
  Entity entity;
  entity.uid = {name, absl::StrCat("e", id)};
  entity.attributes = RecordOf(type.attributes);
  Value::Attributes tags;
  for (const char* tag : kTagNames) {
    if (type.tags && random_.Chance(60)) {
      tags.emplace_back(tag, ValueOf(*type.tags));
    }
  }
  entity.tags = Value::Record(std::move(tags));
  for (const std::string& above : type.member_of) {
    if (id + 1 >= kIds || random_.Chance(40)) continue;
    entity.parents.push_back(
        {above, absl::StrCat("e", id + 1 + random_.Below(kIds - id - 1))});
  }
  return entity;
}

std::vector<Entity> Worlds::Entities() {
  std::vector<Entity> entities;
  const int absent = random_.Chance(20) ? 0 : 12;
  for (const auto& [name, type] : schema_.entity_types) {
    for (int id = 0; type.enum_ids.empty() && id < kIds; ++id) {
      if (random_.Chance(absent)) continue;
      entities.push_back(MakeEntity(name, type, id));
    }
  }
  return entities;
}

Request Worlds::MakeRequest() {
  std::vector<const EntityUid*> actions;
  for (const auto& [uid, action] : schema_.actions) {
    if (!action.principal_types.empty()) actions.push_back(&uid);
  }
  const EntityUid& uid = *random_.Pick(actions);
  const ActionType& action = schema_.actions.at(uid);
  const auto pick = [this](const auto& types) {
    return *std::next(types.begin(), random_.Below(types.size()));
  };
  Request request;
  request.principal = UidOf(pick(action.principal_types));
  request.action = uid;
  request.resource = UidOf(pick(action.resource_types));
  request.context = RecordOf(action.context);
  if (!typed_ && random_.Chance(5))
    std::swap(request.principal, request.resource);
  if (!typed_ && random_.Chance(3)) request.action.id = "unheard of";
  return request;
}

}  // namespace sekisho
