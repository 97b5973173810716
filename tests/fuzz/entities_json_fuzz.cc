// Property: whatever the bytes of an entities or a request file are, with a
// schema or without, they are refused with a place, or what is written of them
// reads as the same again.
#include <cstdlib>
#include <string>

#include "engine/model/json.h"
#include "engine/model/schema.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

// With an attribute of each kind.
Schema SmallSchema() {
  EntityType user;
  user.attributes["boss"] = {Type::Entity("U"), false};
  user.attributes["friends"] = {Type::Set(Type::Entity("U")), false};
  RecordType address;
  address["zip"] = {Type::Long(), true};
  user.attributes["address"] = {Type::Record(address), false};
  user.tags = Type::Entity("U");
  ActionType view;
  view.context = user.attributes;
  Schema schema;
  schema.entity_types["U"] = user;
  schema.actions[EntityUid{"Action", "view"}] = view;
  return schema;
}

void Check(const std::string& json, const Schema* schema) {
  if (const auto entities = EntitiesFromJson(json, schema); entities.ok()) {
    const std::string written = EntitiesToJson(*entities);
    const auto again = EntitiesFromJson(written, schema);
    if (!again.ok() || EntitiesToJson(*again) != written) abort();
  }
  if (const auto request = RequestFromJson(json, schema); request.ok()) {
    const std::string written = RequestToJson(*request);
    const auto again = RequestFromJson(written, schema);
    if (!again.ok() || RequestToJson(*again) != written) abort();
  }
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  return {
      R"([{"uid": {"type": "U", "id": "a"}, "attrs": {"boss": {"type": "U",
          "id": "b"}, "friends": [{"__entity": {"type": "U", "id": "c"}}],
          "address": {"zip": -1}}, "tags": {"t": {"type": "U", "id": "a"}},
          "parents": [{"type": "U", "id": "b"}, "U::\"c\\u{e9}\""]},
         {"uid": "U::\"b\""}, {"uid": "U::\"b\"", "attrs": {}}])",
      R"([{"uid": "A::B::\"x\"", "attrs": {"s": "\u0000\ud83d\ude00",
          "b": [true, 9223372036854775807, {}], "ip": {"__extn": {"fn": "ip",
          "arg": "::1"}}}}])",
      R"({"principal": {"type": "U", "id": "a"}, "action": "Action::\"view\"",
          "resource": {"__entity": {"type": "U", "id": "b"}},
          "context": {"boss": {"type": "U", "id": "c"}}})",
  };
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const schema = new sekisho::Schema(sekisho::SmallSchema());
  const std::string json(reinterpret_cast<const char*>(data), size);
  sekisho::Check(json, nullptr);
  sekisho::Check(json, schema);
  return 0;
}
