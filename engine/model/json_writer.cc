// Writing; json.cc reads.
// Tested by json_test.cc.
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/model/functions.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

// A JSON string. What is not UTF-8 becomes U+FFFD.
std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text.data(), text.size()))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string UidToJson(const EntityUid& uid) {
  return absl::StrCat("{\"type\":", JsonString(uid.type),
                      ",\"id\":", JsonString(uid.id), "}");
}

}  // namespace

std::string ValueToJson(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool:
      return value.AsBool() ? "true" : "false";
    case Value::Kind::kLong:
      return absl::StrCat(value.AsLong());
    case Value::Kind::kString:
      return JsonString(value.AsString());
    case Value::Kind::kEntity:
      return absl::StrCat("{\"__entity\":", UidToJson(value.AsEntity()), "}");
    case Value::Kind::kSet:
      return absl::StrCat(
          "[",
          absl::StrJoin(value.AsSet(), ",",
                        [](std::string* out, const Value& element) {
                          absl::StrAppend(out, ValueToJson(element));
                        }),
          "]");
    case Value::Kind::kRecord:
      return absl::StrCat(
          "{",
          absl::StrJoin(value.AsRecord(), ",",
                        [](std::string* out, const Value::Attribute& member) {
                          absl::StrAppend(out, JsonString(member.first), ":",
                                          ValueToJson(member.second));
                        }),
          "}");
    case Value::Kind::kDatetime:
      // One that no literal has is written as Cedar can compute it.
      if (!Datetime::Parse(value.AsDatetime().ToString())) {
        return absl::StrCat(
            "{\"__extn\":{\"fn\":\"offset\",\"args\":[",
            ValueToJson(Value::Extension(Datetime())), ",",
            ValueToJson(Value::Extension(Duration{value.AsDatetime().ms})),
            "]}}");
      }
      [[fallthrough]];
    case Value::Kind::kDecimal:
    case Value::Kind::kIpAddress:
    case Value::Kind::kDuration:
      return absl::StrCat(
          "{\"__extn\":{\"fn\":\"", ConstructorOf(value.kind())->name,
          "\",\"arg\":", JsonString(ExtensionText(value)), "}}");
  }
  return "";
}

std::string EntityToJson(const Entity& entity) {
  std::string out = absl::StrCat("{\"uid\":", UidToJson(entity.uid),
                                 ",\"attrs\":", ValueToJson(entity.attributes));
  if (!entity.tags.AsRecord().empty()) {
    absl::StrAppend(&out, ",\"tags\":", ValueToJson(entity.tags));
  }
  absl::StrAppend(&out, ",\"parents\":[",
                  absl::StrJoin(entity.parents, ",",
                                [](std::string* list, const EntityUid& parent) {
                                  absl::StrAppend(list, UidToJson(parent));
                                }),
                  "]}");
  return out;
}

std::string EntitiesToJson(const std::vector<Entity>& entities) {
  if (entities.empty()) return "[]\n";
  return absl::StrCat("[\n",
                      absl::StrJoin(entities, ",\n",
                                    [](std::string* out, const Entity& entity) {
                                      out->append(EntityToJson(entity));
                                    }),
                      "\n]\n");
}

std::string RequestToJson(const Request& request) {
  return absl::StrCat("{\"principal\":", UidToJson(request.principal),
                      ",\"action\":", UidToJson(request.action),
                      ",\"resource\":", UidToJson(request.resource),
                      ",\"context\":", ValueToJson(request.context), "}");
}

std::string ObligationsToJson(const std::vector<Obligation>& obligations) {
  return absl::StrCat(
      "[",
      absl::StrJoin(obligations, ",",
                    [](std::string* out, const Obligation& obligation) {
                      absl::StrAppend(out,
                                      "{\"name\":", JsonString(obligation.name),
                                      ",\"parameters\":",
                                      ValueToJson(obligation.parameters), "}");
                    }),
      "]");
}

}  // namespace sekisho
