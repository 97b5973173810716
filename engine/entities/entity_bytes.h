// The memory that an entity takes.
#ifndef SEKISHO_ENGINE_ENTITIES_ENTITY_BYTES_H_
#define SEKISHO_ENGINE_ENTITIES_ENTITY_BYTES_H_

#include <cstddef>

#include "engine/model/entity.h"

namespace sekisho {

// What the allocator sets aside for an object of `size` bytes, its own
// bookkeeping included: glibc's.
size_t AllocatedBytes(size_t size);

// What the entity refers to on the heap, itself not included. What it shares
// with another one is counted for both.
size_t HeapBytes(const Entity& entity);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_ENTITY_BYTES_H_
