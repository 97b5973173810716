// Entities in memory, for the command line and tests.
//
//   MemoryEntities entities;
//   entities.Put(nurse);
//   Decide(artifact, request, entities);
#ifndef SEKISHO_ENGINE_ENTITIES_MEMORY_H_
#define SEKISHO_ENGINE_ENTITIES_MEMORY_H_

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
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

  absl::StatusOr<std::shared_ptr<const Entity>> Find(
      const EntityUid& uid) override;

 private:
  absl::flat_hash_map<EntityUid, std::shared_ptr<const Entity>> entities_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_MEMORY_H_
