// Walks a decision graph: a pure function of graph, request and entities.
#ifndef SEKISHO_ENGINE_EVAL_EVALUATE_H_
#define SEKISHO_ENGINE_EVAL_EVALUATE_H_

#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/eval/decision.h"
#include "engine/graph/graph.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"

namespace sekisho {

// The decision that follows from which policies are satisfied and which fail,
// in any order: a satisfied forbid denies; then, with `fail_closed`, a failed
// forbid denies; then a satisfied permit permits; otherwise it is a denial.
Decision Combine(const std::vector<bool>& is_forbid, bool fail_closed,
                 absl::Span<const PolicyIndex> satisfied,
                 absl::Span<const PolicyIndex> failed);

// An entity that was looked for.
struct ReadEntity {
  FoundEntity found;
  // Its name, where there is none of it.
  EntityUid absent = {};

  const EntityUid& uid() const {
    return found == nullptr ? absent : found->uid;
  }
};

// The entities that policies may have read, ascending by name. Good for as long
// as the reader that they are from lives.
using Evidence = absl::InlinedVector<ReadEntity, 4>;

// Fetches only the entities that a policy applicable to the request can reach.
// An error comes from `entities` and means that there is no decision; policies
// that fail are part of the decision. With `evidence`, fetches and returns all
// that any policy applicable to the request may read: the slice, enough to make
// the decision again, or to see what other policies over the same entities
// would have decided.
// `links` are those made at run time, or null.
// REQUIRES: the request is valid under the schema the graph was compiled with
// (ValidateRequest), if it was compiled with one.
absl::StatusOr<Decision> Evaluate(const DecisionGraph& graph,
                                  const Request& request,
                                  EntityReader& entities,
                                  Evidence* evidence = nullptr,
                                  const LinkSet* links = nullptr);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_EVALUATE_H_
