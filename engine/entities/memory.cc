#include "engine/entities/memory.h"

#include <utility>

namespace sekisho {

MemoryEntities::MemoryEntities(std::vector<Entity> entities) {
  entities_.reserve(entities.size());
  for (Entity& entity : entities) Put(std::move(entity));
}

void MemoryEntities::Put(Entity entity) {
  auto shared = std::make_shared<const Entity>(std::move(entity));
  entities_.insert_or_assign(shared->uid, shared);
}

void MemoryEntities::Delete(const EntityUid& uid) { entities_.erase(uid); }

absl::StatusOr<std::shared_ptr<const Entity>> MemoryEntities::Find(
    const EntityUid& uid) {
  auto it = entities_.find(uid);
  if (it == entities_.end()) return std::shared_ptr<const Entity>();
  return it->second;
}

}  // namespace sekisho
