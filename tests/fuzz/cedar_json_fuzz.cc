// Property: whatever the bytes of a JSON file are, they are refused with
// places, or what they say is the same after it was written as text and read
// again.
#include <cstdlib>
#include <optional>
#include <string>

#include "compiler/cedar_source.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/read_source.h"
#include "compiler/source/source.h"
#include "tests/fuzz/convert.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

void Check(Converter convert, const std::string& json) {
  const auto text = Convert(convert, json, CedarForm::kText);
  // Only JSON says some schemas; then there is an error and no text.
  if (!text) return;
  // Templates come last in JSON, so the text may be in another order, but its
  // JSON is the same from then on.
  const auto again = Convert(convert, *text, CedarForm::kJson);
  if (!again) abort();
  const auto settled = Convert(convert, *again, CedarForm::kText);
  if (!settled || Convert(convert, *settled, CedarForm::kJson) != again) {
    abort();
  }
}

constexpr char kPolicy[] = R"({"effect": "permit",
 "principal": {"op": "is", "entity_type": "U",
               "in": {"entity": {"type": "G", "id": "g"}}},
 "action": {"op": "in", "entities": [{"type": "Action", "id": "a"}]},
 "resource": {"op": "==", "entity": {"__entity": {"type": "R", "id": "r"}}},
 "conditions": [{"kind": "when", "body": %s}, {"kind": "unless", "body": %s}],
 "annotations": {"id": "x", "note": null}})";

constexpr char kTemplates[] = R"({"staticPolicies": {}, "templates": {"t":
 {"effect": "forbid", "principal": {"op": "==", "slot": "?principal"},
  "action": {"op": "All"}, "resource": {"op": "in", "slot": "?resource"},
  "conditions": []}}, "templateLinks": [{"templateId": "t", "newId": "l",
  "values": {"?principal": {"type": "U", "id": "u"},
             "?resource": {"type": "R", "id": "r"}}}]})";

constexpr char kSchema[] = R"({"N": {"entityTypes": {
 "U": {"memberOfTypes": ["U"], "tags": {"type": "Long"}, "shape": {"type":
   "Record", "attributes": {"a": {"type": "Set", "element": {"type": "Entity",
   "name": "U"}, "required": false}, "b": {"type": "C"}}}},
 "E": {"enum": ["x", "y"], "annotations": {"doc": "e"}}},
 "actions": {"g": {}, "a": {"memberOf": [{"id": "g"}], "appliesTo": {
   "principalTypes": ["U"], "resourceTypes": ["N::E"], "context": {"type":
   "Record", "attributes": {"x": {"type": "EntityOrCommon", "name": "C"},
   "y": {"type": "Extension", "name": "ipaddr"}}}}}},
 "commonTypes": {"C": {"type": "String"}}}})";

}  // namespace

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds = {kTemplates, kSchema};
  const char* const bodies[] = {
      R"({"&&": {"left": {"Var": "context"}, "right": {"||": {"left":
         {"Value": true}, "right": {"!": {"arg": {"Var": "action"}}}}}}})",
      R"({"has": {"left": {".": {"left": {"Var": "principal"}, "attr": "a b"}},
         "attr": ["c", "d"]}})",
      R"({"like": {"left": {"Value": "\u00e9"}, "pattern":
         ["Wildcard", {"Literal": "a*"}]}})",
      R"({"is": {"left": {"Var": "resource"}, "entity_type": "N::T", "in":
         {"Value": {"__entity": {"type": "A", "id": ""}}}}})",
      R"({"if-then-else": {"if": {"==": {"left": {"neg": {"arg": {"Value":
         -9}}}, "right": {"Set": []}}}, "then": {"Value": [1, {"a": 2}]},
         "else": {"Record": {"k": {"isEmpty": {"arg": {"Value": []}}}}}}})",
      R"({"isInRange": [{"ip": [{"Value": "::1"}]}, {"Value": {"__extn":
         {"fn": "ip", "arg": "10.0.0.0/8"}}}]})",
  };
  for (const char* const body : bodies) {
    std::string policy = kPolicy;
    for (size_t at; (at = policy.find("%s")) != std::string::npos;) {
      policy.replace(at, 2, body);
    }
    seeds.push_back(policy);
  }
  return seeds;
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string json(reinterpret_cast<const char*>(data), size);
  // What no source may be is refused before it is one.
  if (!sekisho::CheckSource("x", json).ok()) return 0;
  sekisho::Check(sekisho::ConvertPolicies, json);
  sekisho::Check(sekisho::ConvertSchema, json);
  return 0;
}
