#include "engine/entities/memory.h"

#include <utility>

namespace sekisho {

MemoryEntities::MemoryEntities(std::vector<Entity> entities) {
  entities_.reserve(entities.size());
  for (Entity& entity : entities) Put(std::move(entity));
}

void MemoryEntities::Put(Entity entity) {
  auto shared = std::make_shared<const Entity>(std::move(entity));
  auto [it, is_new] = entities_.insert(shared);
  if (is_new) return;
  entities_.erase(it);
  entities_.insert(std::move(shared));
}

void MemoryEntities::Delete(const EntityUid& uid) { entities_.erase(uid); }

absl::StatusOr<FoundEntity> MemoryEntities::Find(const EntityUid& uid) {
  auto it = entities_.find(uid);
  if (it == entities_.end()) return nullptr;
  return FoundEntity(it->get());
}

}  // namespace sekisho
