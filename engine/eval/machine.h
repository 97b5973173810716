// Runs predicate programs on one request and the entities it reaches.
#ifndef SEKISHO_ENGINE_EVAL_MACHINE_H_
#define SEKISHO_ENGINE_EVAL_MACHINE_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/container/fixed_array.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "engine/eval/evaluate.h"
#include "engine/eval/operand.h"
#include "engine/graph/graph.h"
#include "engine/graph/graph_index.h"
#include "engine/graph/program.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"

namespace sekisho {

// One decision's evaluation of tests. Each entity is fetched at most once.
// Lives no longer than the graph, request and reader given to it; one thread.
class Machine {
 public:
  // `links`, those made at run time, may be null. `environment`, the request's,
  // makes it faster.
  Machine(const DecisionGraph& graph, const Request& request,
          EntityReader& entities, const LinkSet* links = nullptr,
          const Environment* environment = nullptr);

  // The outcome of the test; kErrorOutcome if it fails, as Cedar defines it.
  // Evaluated on the first call, remembered afterwards. Also kErrorOutcome once
  // the reader has failed: see status().
  Outcome Ask(TestIndex test);

  // Leaves the value that the test's program computes in *value; false if it
  // fails. Not remembered.
  bool Read(TestIndex test, Value* value);

  // The links of graph.templates[index] that fit the request, compiled or made
  // at run time. Found on the first call, remembered afterwards. Incomplete
  // once the reader has failed.
  const std::vector<LinkPtr>& Matches(uint32_t index);

  // Fetches what any policy of the environment may read.
  absl::Status FetchSlice(const Environment& environment);
  // All that has been fetched. No calls after this.
  Evidence TakeEvidence();

  // Not ok once `entities` could not be read: then no decision can be made.
  const absl::Status& status() const { return status_; }

 private:
  using Ancestors = absl::InlinedVector<const EntityUid*, 16>;

  Outcome Evaluate(TestIndex test);
  // Which of the test's symbols it is.
  size_t SymbolOf(TestIndex test, const Operand& value) const;
  // Leaves the program's value in *result, good until the next Run; false if it
  // failed.
  bool Run(uint32_t begin, uint32_t end, Operand* result);
  // Does that if it is a program that reads an attribute of the request.
  std::optional<bool> ReadAttribute(uint32_t begin, uint32_t end,
                                    Operand* result);
  // The operations that take the two topmost values; the result replaces *a.
  bool RunBinary(Op op, Operand* a, const Operand& b);
  bool RunGet(uint32_t name, Operand* a);
  bool RunHas(uint32_t name, Operand* a);
  // The attribute of a record, or of an entity that is there; or null.
  const Value* Attribute(uint32_t name, const Operand& of);
  bool RunIn(Operand* a, const Operand& b);
  // What the topmost `count` operands of the stack make takes their place.
  void Replace(size_t count, Value made);

  // The entity, or nullptr if it is absent (or cannot be read).
  const Entity* Fetch(const EntityUid& uid);
  // Into fetched_, or its size.
  size_t FindFetched(const EntityUid& uid) const;
  // Those of the request's own entity of that name, which is told by where it
  // is; null for others.
  Ancestors* OwnAncestors(const EntityUid& uid);
  // Makes all tests of its kind at once, if the ancestors are known that they
  // ask for; false if not.
  bool TestMemberships(const MembershipTests& tests);
  // The direct parents: of an action by the schema, of others by the store.
  const std::vector<EntityUid>* Parents(const EntityUid& uid);
  // Calls visit(entity) for the entity and each of its ancestors until it
  // returns true, and returns whether it did.
  template <typename Visit>
  bool AnyAncestor(const EntityUid& uid, Visit visit);
  // What may stand for a slot that is used like that, ascending.
  std::vector<EntityUid> SlotEntities(SlotUse use, const EntityUid& uid);

  const DecisionGraph& graph_;
  const Request& request_;
  EntityReader& entities_;
  const LinkSet* const links_;
  // May be null.
  const AttributePlaces* places_ = nullptr;
  absl::Status status_;
  // By TestIndex; what was not asked has no value.
  absl::FixedArray<Outcome, 1024> outcomes_;
  // A bit for each test.
  absl::FixedArray<uint64_t, 64> asked_;
  Evidence fetched_;
  // Of fetched_, plus 1: where the request's own entities are, or 0.
  uint32_t principal_ = 0;
  uint32_t resource_ = 0;
  // The request's own entities with their ancestors, once all were read;
  // before, none.
  Ancestors principal_ancestors_;
  Ancestors resource_ancestors_;
  // Where an entity is in fetched_, once there are many.
  absl::flat_hash_map<EntityUid, size_t> fetched_index_;
  absl::InlinedVector<Operand, 16> stack_;
  // What the program has made and operands refer to.
  std::vector<std::unique_ptr<const Value>> made_;
  // By index of the template.
  std::vector<std::optional<std::vector<LinkPtr>>> matches_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_MACHINE_H_
