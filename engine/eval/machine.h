// Runs predicate programs on one request and the entities it reaches.
#ifndef SEKISHO_ENGINE_EVAL_MACHINE_H_
#define SEKISHO_ENGINE_EVAL_MACHINE_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/graph.h"
#include "engine/graph/program.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"

namespace sekisho {

// One decision's evaluation of tests. Each entity is fetched at most once.
// Lives no longer than the graph, request and reader given to it; one thread.
class Machine {
 public:
  // `links`, those made at run time, may be null.
  Machine(const DecisionGraph& graph, const Request& request,
          EntityReader& entities, const LinkSet* links = nullptr);

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
  Outcome Evaluate(const Test& test);
  // Leaves the program's value in *result; false if it failed.
  bool Run(uint32_t begin, uint32_t end, Value* result);
  // The operations that take the two topmost values; the result replaces *a.
  bool RunBinary(Op op, Value* a, const Value& b);
  bool RunGet(const std::string& name, Value* a);
  bool RunHas(const std::string& name, Value* a);
  bool RunIn(Value* a, const Value& b);

  // The entity, or nullptr if it is absent (or cannot be read).
  const Entity* Fetch(const EntityUid& uid);
  // The direct parents: of an action by the schema, of others by the store.
  const std::vector<EntityUid>* Parents(const EntityUid& uid);
  // Calls visit(entity) for the entity and each of its ancestors until it
  // returns true, and returns whether it did.
  template <typename Visit>
  bool AnyAncestor(const EntityUid& uid, Visit visit);
  bool IsDescendant(const EntityUid& uid, const Value::Elements& ancestors);
  // What may stand for a slot that is used like that, ascending.
  std::vector<EntityUid> SlotEntities(SlotUse use, const EntityUid& uid);

  const DecisionGraph& graph_;
  const Request& request_;
  EntityReader& entities_;
  const LinkSet* const links_;
  absl::Status status_;
  std::vector<Outcome> outcomes_;
  std::vector<bool> asked_;
  absl::flat_hash_map<EntityUid, std::shared_ptr<const Entity>> fetched_;
  std::vector<Value> stack_;
  // By index of the template.
  std::vector<std::optional<std::vector<LinkPtr>>> matches_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_MACHINE_H_
