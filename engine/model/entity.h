// What the engine knows about a person, record, device or organization, and
// the interface through which a decision reads it.
#ifndef SEKISHO_ENGINE_MODEL_ENTITY_H_
#define SEKISHO_ENGINE_MODEL_ENTITY_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/sha256.h"
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

// What a reader found: an entity, or none. A pointer; what it points to is the
// reader's.
class FoundEntity {
 public:
  FoundEntity() = default;
  FoundEntity(std::nullptr_t) {}
  explicit FoundEntity(const Entity* entity,
                       const Sha256Digest* digest = nullptr)
      : entity_(entity), digest_(digest) {}

  const Entity* get() const { return entity_; }
  const Entity& operator*() const { return *entity_; }
  const Entity* operator->() const { return entity_; }
  // SHA-256 of the entity's byte form (entity_format.h), if its source knows
  // it, or null.
  const Sha256Digest* digest() const { return digest_; }

  friend bool operator==(const FoundEntity& found, std::nullptr_t) {
    return found.entity_ == nullptr;
  }

 private:
  const Entity* entity_ = nullptr;
  const Sha256Digest* digest_ = nullptr;
};

// A source of entities. One decision reads through one EntityReader, which
// shows it one revision of the store from beginning to end.
class EntityReader {
 public:
  virtual ~EntityReader() = default;

  // The entity, or null if there is none of that name; good for as long as the
  // reader lives. An error means that the source could not be asked, and that
  // no decision can be made.
  virtual absl::StatusOr<FoundEntity> Find(const EntityUid& uid) = 0;

  // Says that Find will be asked for this, so that what it looks at can be on
  // its way from memory meanwhile. What is said again a little later goes a
  // step further. Costs little, and has no other effect.
  virtual void Expect(const EntityUid&) {}
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_ENTITY_H_
