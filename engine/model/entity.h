// What the engine knows about a person, record, device or organization, and
// the interface through which a decision reads it.
#ifndef SEKISHO_ENGINE_MODEL_ENTITY_H_
#define SEKISHO_ENGINE_MODEL_ENTITY_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/model/value.h"

namespace sekisho {

struct Entity {
  EntityUid uid;
  // Both are records; an entity without attributes has an empty one.
  Value attributes = Value::Record({});
  Value tags = Value::Record({});
  // Direct parents, in any order.
  std::vector<EntityUid> parents;
};

// A source of entities. One decision reads through one EntityReader, which
// shows it one revision of the store from beginning to end.
class EntityReader {
 public:
  virtual ~EntityReader() = default;

  // The entity, or nullptr if there is none of that name. An error means that
  // the source could not be asked, and that no decision can be made.
  virtual absl::StatusOr<std::shared_ptr<const Entity>> Find(
      const EntityUid& uid) = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_ENTITY_H_
