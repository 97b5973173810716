// Carries out the `change` cell of a case.
#ifndef SEKISHO_COMPILER_CASES_CHANGE_H_
#define SEKISHO_COMPILER_CASES_CHANGE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "compiler/matrix/table.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/value.h"

namespace sekisho {

// By uid; the entities outlive the index.
using EntityIndex = absl::flat_hash_map<EntityUid, const Entity*>;

struct ChangedWorld {
  Request request;
  // What is put in the population's place; nothing for what is deleted.
  absl::btree_map<EntityUid, std::optional<Entity>> entities;
};

// The parts of `cell` between ` ; `, which may also stand in strings.
std::vector<TableCell> SplitSteps(TableCell cell);

// `target = value`, `target in value` or `delete target`.
struct StepParts {
  enum class Kind { kNone, kAssign, kPutInto, kDelete };
  Kind kind = Kind::kNone;
  TableCell target;
  TableCell value;
};
// Of kind kNone if it is no step.
StepParts PartsOfStep(const TableCell& step);

// The trimmed rest of `cell` from that byte on.
TableCell Rest(const TableCell& cell, size_t begin);

// A value that is written out; nothing, with an error, if the cell is none.
std::optional<Value> ReadValue(const SourceSet& sources, const TableCell& cell,
                               Diagnostics* diagnostics);

// Applies the steps of `change` in order to `world`. False after an error: a
// step that cannot be parsed, leads nowhere, or changes nothing.
bool ApplyChange(const SourceSet& sources, const TableCell& change,
                 const EntityIndex& population, ChangedWorld* world,
                 Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CASES_CHANGE_H_
