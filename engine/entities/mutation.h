// Changes of entities, and what they make of them.
//
//   ASSIGN_OR_RETURN(
//       std::vector<WrittenEntity> written,
//       ApplyMutations({PatchEntity{nurse, ...}}, *entities, check));
//
// Knows no database: the entities that patches begin from come from any
// EntityReader.
#ifndef SEKISHO_ENGINE_ENTITIES_MUTATION_H_
#define SEKISHO_ENGINE_ENTITIES_MUTATION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/model/entity.h"

namespace sekisho {

// Stores the entity in place of any with the same uid.
struct PutEntity {
  Entity entity;
};
// No error if there is no such entity.
struct DeleteEntity {
  EntityUid uid;
};
// Changes the named parts of an entity and leaves the rest as it is. What is
// set replaces what was there; no error if what is removed is not there.
// Nothing may be both set and removed.
struct PatchEntity {
  EntityUid uid;
  Value set_attributes = Value::Record({});
  std::vector<std::string> removed_attributes;
  Value set_tags = Value::Record({});
  std::vector<std::string> removed_tags;
  std::vector<EntityUid> added_parents;
  std::vector<EntityUid> removed_parents;
};
using EntityMutation = std::variant<PutEntity, DeleteEntity, PatchEntity>;

// An entity's record (engine/model/entity_format.h) is at most this long.
inline constexpr size_t kMaxEntityBytes = size_t{1} << 20;
// The entities that are patched in one go are at most this long together, as
// they are before.
inline constexpr size_t kMaxPatchedBytes = size_t{64} << 20;

// What an entity is after the mutations.
struct WrittenEntity {
  EntityUid uid;
  // Nothing: there is none.
  std::optional<std::string> record;
};

// Applies `mutations` one after the other to what `before` shows and returns
// what they make, each entity once, in the order of their first mutations.
// `check` sees what becomes of each entity whose last mutation is a patch, and
// the number of that mutation; its error is returned. Errors begin with the
// mutation: `mutations[3].patch: ...`
//   FailedPrecondition  a patch of an entity that is not there
//   InvalidArgument     a patch that contradicts itself, a value that is nested
//                       too deeply
//   ResourceExhausted   beyond kMaxEntityBytes or kMaxPatchedBytes
absl::StatusOr<std::vector<WrittenEntity>> ApplyMutations(
    absl::Span<const EntityMutation> mutations, EntityReader& before,
    absl::FunctionRef<absl::Status(size_t, const Entity&)> check);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_MUTATION_H_
