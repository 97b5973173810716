#include "tests/cases/healthcare.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sekisho {

const CompiledCases& Healthcare() {
  static const CompiledCases* const kAll = [] {
    auto all = CompileWithCases("policies/healthcare");
    if (!all.ok()) {
      std::cerr << all.status().message() << "\n";
      std::abort();
    }
    return all->release();
  }();
  return *kAll;
}

std::vector<Entity> EntitiesOf(const CaseSet& set, const Case& c) {
  absl::btree_map<EntityUid, Entity> entities;
  for (const Entity& entity : set.population) entities[entity.uid] = entity;
  for (const Entity& entity : c.put) entities[entity.uid] = entity;
  for (const EntityUid& uid : c.deleted) entities.erase(uid);
  std::vector<Entity> out;
  for (auto& [uid, entity] : entities) out.push_back(std::move(entity));
  return out;
}

std::string Describe(const Case& c) {
  return absl::StrCat(
      c.Label(), " at cases.tsv:", Healthcare().case_sources.LineOf(c.span),
      c.change.empty() ? "" : absl::StrCat(", after ", c.change));
}

std::vector<std::string> PolicyIds(const PolicyIndexes& policies) {
  std::vector<std::string> ids;
  for (PolicyIndex i : policies) {
    ids.push_back(Healthcare().compilation.policies[i].id);
  }
  return ids;
}

bool NamesField(absl::string_view message, absl::string_view field) {
  if (!absl::StartsWith(message, field)) return false;
  message.remove_prefix(field.size());
  return !message.empty() && absl::StrContains(":.[", message.substr(0, 1));
}

}  // namespace sekisho
