// Entities in memory, for the command line and tests.
//
//   MemoryEntities entities;
//   entities.Put(nurse);
//   Decide(artifact, request, entities);
#ifndef SEKISHO_ENGINE_ENTITIES_MEMORY_H_
#define SEKISHO_ENGINE_ENTITIES_MEMORY_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "engine/model/entity.h"

namespace sekisho {

// Find may be called from several threads while none calls Put or Delete.
class MemoryEntities : public EntityReader {
 public:
  MemoryEntities() = default;
  // Of two entities with one uid the later one stays.
  explicit MemoryEntities(std::vector<Entity> entities);

  // Takes the place of an entity with the same uid.
  void Put(Entity entity);
  void Delete(const EntityUid& uid);
  size_t size() const { return entities_.size(); }

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;

 private:
  using Shared = std::shared_ptr<const Entity>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(const EntityUid& uid) const {
      return absl::Hash<EntityUid>()(uid);
    }
    size_t operator()(const Shared& entity) const {
      return absl::Hash<EntityUid>()(entity->uid);
    }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(const Shared& a, const EntityUid& b) const {
      return a->uid == b;
    }
    bool operator()(const Shared& a, const Shared& b) const {
      return a->uid == b->uid;
    }
  };

  // Each by its name.
  absl::flat_hash_set<Shared, Hash, Same> entities_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_MEMORY_H_
