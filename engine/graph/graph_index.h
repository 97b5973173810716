// Look-up tables over a graph, made when it is loaded, so that a decision finds
// its environment, attributes and symbols with fewer comparisons. They change
// how fast a decision is made, and nothing else.
#ifndef SEKISHO_ENGINE_GRAPH_GRAPH_INDEX_H_
#define SEKISHO_ENGINE_GRAPH_GRAPH_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {

struct Environment;
struct Test;

// Finds a string, or the id of an entity of one type, among symbols.
class SymbolIndex {
 public:
  // Finds nothing.
  SymbolIndex() = default;
  // Finds nothing either, unless there are enough symbols, all of them strings,
  // or entities of one type. `symbols` must outlive this object.
  explicit SymbolIndex(const std::vector<Value>& symbols);

  // Whether Find is to be asked.
  bool usable() const { return !slots_.empty(); }
  Value::Kind kind() const { return kind_; }
  // Of the symbols, if they are entities.
  absl::string_view entity_type() const { return entity_type_; }
  // The place among the symbols, or their number. REQUIRES: usable().
  size_t Find(absl::string_view text) const;

 private:
  // A symbol's text, in a table of 2^n places, where its hash leads to or in
  // the next free one.
  struct Slot {
    uint32_t hash = 0;
    uint32_t symbol = kFree;
    absl::string_view text;
  };
  static constexpr uint32_t kFree = ~uint32_t{0};
  static uint32_t HashOf(absl::string_view text);

  Value::Kind kind_ = Value::Kind::kString;
  absl::string_view entity_type_;
  size_t symbols_ = 0;
  std::vector<Slot> slots_;
};

// Where attributes stand in records of an environment's types, by their place
// among the graph's names: no further behind than here, as optional ones may be
// missing before them.
struct AttributePlaces {
  std::vector<uint16_t> context;
  std::vector<uint16_t> principal;
  std::vector<uint16_t> resource;
};

// The tests that ask whether the principal, or the resource, is in an entity,
// or in one of several, that a policy names.
class MembershipTests {
 public:
  // The entities must outlive this object.
  void Add(uint32_t test, absl::Span<const EntityUid* const> entities);

  // All of them.
  const std::vector<uint32_t>& tests() const { return tests_; }
  // Those that hold if `ancestor` is one of its ancestors, or itself.
  absl::Span<const uint32_t> HoldFor(const EntityUid& ancestor) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(const EntityUid* uid) const {
      return absl::Hash<EntityUid>()(*uid);
    }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(const EntityUid* a, const EntityUid* b) const {
      return *a == *b;
    }
  };

  std::vector<uint32_t> tests_;
  absl::flat_hash_map<const EntityUid*, absl::InlinedVector<uint32_t, 2>, Hash,
                      Same>
      by_entity_;
};

class GraphIndex {
 public:
  // What is given must outlive this object.
  GraphIndex(const std::vector<Test>& tests, absl::Span<const uint32_t> code,
             const std::vector<Value>& constants,
             const std::vector<std::string>& names,
             const std::vector<Environment>& environments,
             const Schema& schema);

  // Null if the test is none of these.
  const MembershipTests* MembershipTestsWith(uint32_t test) const {
    return membership_[test];
  }
  const MembershipTests& of_principal() const { return of_principal_; }
  const MembershipTests& of_resource() const { return of_resource_; }

  const SymbolIndex& symbols(uint32_t test) const { return symbols_[test]; }
  // Of the environment of that number; null if there are too many.
  const AttributePlaces* places(size_t environment) const {
    return places_.empty() ? nullptr : &places_[environment];
  }

 private:
  MembershipTests of_principal_;
  MembershipTests of_resource_;
  // By test: one of the two, or null.
  std::vector<const MembershipTests*> membership_;
  std::vector<SymbolIndex> symbols_;
  std::vector<AttributePlaces> places_;
};

// The attribute of that name; it is found fastest if it stands at `place`, or a
// little before.
const Value* FindNear(const Value::Attributes& attributes,
                      absl::string_view name, size_t place);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_GRAPH_INDEX_H_
