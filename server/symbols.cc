// Tested by tests/server/compact_test.cc.
#include "server/symbols.h"

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"

namespace sekisho {

std::vector<std::string> SymbolsOf(const Schema& schema) {
  absl::btree_set<absl::string_view> symbols;
  const auto add_types = [&](const absl::btree_set<std::string>& types) {
    for (const std::string& type : types) {
      symbols.insert(type);
      const auto declared = schema.entity_types.find(type);
      if (declared == schema.entity_types.end()) continue;
      symbols.insert(declared->second.enum_ids.begin(),
                     declared->second.enum_ids.end());
    }
  };
  for (const auto& [uid, action] : schema.actions) {
    if (action.principal_types.empty()) continue;
    symbols.insert(uid.type);
    symbols.insert(uid.id);
    add_types(action.principal_types);
    add_types(action.resource_types);
    for (const auto& [name, type] : action.context) symbols.insert(name);
  }
  return {symbols.begin(), symbols.end()};
}

}  // namespace sekisho
