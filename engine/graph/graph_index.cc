#include "engine/graph/graph_index.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "engine/base/same_text.h"
#include "engine/graph/graph.h"
#include "engine/graph/program.h"

namespace sekisho {
namespace {

// So few are found as fast by comparing.
constexpr size_t kFewSymbols = 3;
// Beyond it there are no places.
constexpr size_t kMaxPlaces = 1'000'000;
constexpr size_t kMaxEntities = 4096;

const std::string& TextOf(const Value& symbol) {
  return symbol.is_entity() ? symbol.AsEntity().id : symbol.AsString();
}

std::vector<uint16_t> PlacesIn(const RecordType& record,
                               const std::vector<std::string>& names) {
  absl::flat_hash_map<absl::string_view, uint16_t> declared;
  for (const auto& [name, type] : record) {
    if (declared.size() > UINT16_MAX) break;
    declared.emplace(name, static_cast<uint16_t>(declared.size()));
  }
  std::vector<uint16_t> places;
  for (const std::string& name : names) {
    const auto it = declared.find(name);
    places.push_back(it == declared.end() ? 0 : it->second);
  }
  return places;
}

// What is on the right of `in`: an entity or a set of them; nothing if it is
// neither, or so large that it is better searched than kept twice.
std::optional<std::vector<const EntityUid*>> EntitiesOf(const Value& value) {
  if (value.is_entity()) return {{&value.AsEntity()}};
  if (!value.is_set() || value.AsSet().size() > kMaxEntities) {
    return std::nullopt;
  }
  std::vector<const EntityUid*> entities;
  for (const Value& element : value.AsSet()) {
    if (!element.is_entity()) return std::nullopt;
    entities.push_back(&element.AsEntity());
  }
  return entities;
}

}  // namespace

SymbolIndex::SymbolIndex(const std::vector<Value>& symbols)
    : symbols_(symbols.size()) {
  if (symbols.size() <= kFewSymbols) return;
  kind_ = symbols[0].kind();
  if (kind_ == Value::Kind::kEntity) {
    entity_type_ = symbols[0].AsEntity().type;
  } else if (kind_ != Value::Kind::kString) {
    return;
  }
  for (const Value& symbol : symbols) {
    if (symbol.kind() != kind_) return;
    if (symbol.is_entity() && symbol.AsEntity().type != entity_type_) return;
  }
  size_t size = 1;
  while (size < 2 * symbols.size()) size *= 2;
  slots_.resize(size);
  for (size_t i = 0; i < symbols.size(); ++i) {
    const absl::string_view text = TextOf(symbols[i]);
    const uint32_t hash = HashOf(text);
    size_t at = hash & (size - 1);
    while (slots_[at].symbol != kFree) at = (at + 1) & (size - 1);
    slots_[at] = {hash, static_cast<uint32_t>(i), text};
  }
}

uint32_t SymbolIndex::HashOf(absl::string_view text) {
  if (text.size() > 16) {
    return static_cast<uint32_t>(absl::Hash<absl::string_view>()(text));
  }
  // Two odd numbers without a pattern.
  const TextEnds ends(text);
  const uint64_t mixed = (ends.first + text.size()) * 0x9e3779b97f4a7c15u ^
                         ends.last * 0xc2b2ae3d27d4eb4fu;
  return static_cast<uint32_t>(mixed >> 32 ^ mixed);
}

size_t SymbolIndex::Find(absl::string_view text) const {
  const uint32_t hash = HashOf(text);
  for (size_t at = hash & (slots_.size() - 1); slots_[at].symbol != kFree;
       at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && SameText(slots_[at].text, text)) {
      return slots_[at].symbol;
    }
  }
  return symbols_;
}

void MembershipTests::Add(uint32_t test,
                          absl::Span<const EntityUid* const> entities) {
  tests_.push_back(test);
  for (const EntityUid* entity : entities) by_entity_[entity].push_back(test);
}

absl::Span<const uint32_t> MembershipTests::HoldFor(
    const EntityUid& ancestor) const {
  const auto it = by_entity_.find(&ancestor);
  if (it == by_entity_.end()) return {};
  return it->second;
}

GraphIndex::GraphIndex(const std::vector<Test>& tests,
                       absl::Span<const uint32_t> code,
                       const std::vector<Value>& constants,
                       const std::vector<std::string>& names,
                       const std::vector<Environment>& environments,
                       const Schema& schema) {
  membership_.resize(tests.size());
  for (uint32_t i = 0; i < tests.size(); ++i) {
    const Test& test = tests[i];
    if (test.kind != TestKind::kBoolean || test.code_end - test.code_begin != 3)
      continue;
    const uint32_t* const program = code.data() + test.code_begin;
    MembershipTests* const of =
        OpOf(program[0]) == Op::kPrincipal  ? &of_principal_
        : OpOf(program[0]) == Op::kResource ? &of_resource_
                                            : nullptr;
    if (of == nullptr || OpOf(program[1]) != Op::kConstant ||
        OpOf(program[2]) != Op::kIn) {
      continue;
    }
    const std::optional<std::vector<const EntityUid*>> entities =
        EntitiesOf(constants[OperandOf(program[1])]);
    if (!entities.has_value()) continue;
    membership_[i] = of;
    of->Add(i, *entities);
  }
  symbols_.reserve(tests.size());
  for (const Test& test : tests) symbols_.emplace_back(test.symbols);
  if (names.size() * environments.size() > kMaxPlaces) return;
  static const auto* none = new RecordType;
  const auto attributes_of = [&](const std::string& type) -> const RecordType& {
    const auto it = schema.entity_types.find(type);
    return it == schema.entity_types.end() ? *none : it->second.attributes;
  };
  for (const Environment& environment : environments) {
    const auto action = schema.actions.find(environment.action);
    places_.push_back(
        {PlacesIn(
             action == schema.actions.end() ? *none : action->second.context,
             names),
         PlacesIn(attributes_of(environment.principal_type), names),
         PlacesIn(attributes_of(environment.resource_type), names)});
  }
}

const Value* FindNear(const Value::Attributes& attributes,
                      absl::string_view name, size_t place) {
  if (attributes.empty()) return nullptr;
  // As many optional ones as are usually left out.
  constexpr size_t kBefore = 4;
  size_t at = std::min(place, attributes.size() - 1);
  for (size_t i = 0; i <= kBefore; ++i) {
    if (SameText(attributes[at].first, name)) return &attributes[at].second;
    if (at-- == 0) break;
  }
  const auto it = std::lower_bound(
      attributes.begin(), attributes.end(), name,
      [](const Value::Attribute& attribute, absl::string_view wanted) {
        return absl::string_view(attribute.first) < wanted;
      });
  return it == attributes.end() || it->first != name ? nullptr : &it->second;
}

}  // namespace sekisho
