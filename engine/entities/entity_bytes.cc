// Tested by cache_test.cc against what the allocator says.
#include "engine/entities/entity_bytes.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace sekisho {
namespace {

// A vector that is shared, and the counts of those who share it.
constexpr size_t kSharedVectorBytes =
    sizeof(std::vector<Value>) + 2 * sizeof(void*);

size_t HeapBytes(const std::string& text) {
  static const size_t kInline = std::string().capacity();
  return text.capacity() <= kInline ? 0 : AllocatedBytes(text.capacity() + 1);
}

size_t HeapBytes(const EntityUid& uid) {
  return HeapBytes(uid.type) + HeapBytes(uid.id);
}

template <typename T>
size_t ArrayBytes(const std::vector<T>& elements) {
  return elements.capacity() == 0
             ? 0
             : AllocatedBytes(elements.capacity() * sizeof(T));
}

// Values nest at most kMaxFormatDepth deep.
size_t HeapBytes(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kString:
      return HeapBytes(value.AsString());
    case Value::Kind::kEntity:
      return HeapBytes(value.AsEntity());
    case Value::Kind::kSet: {
      size_t bytes =
          AllocatedBytes(kSharedVectorBytes) + ArrayBytes(value.AsSet());
      for (const Value& element : value.AsSet()) bytes += HeapBytes(element);
      return bytes;
    }
    case Value::Kind::kRecord: {
      size_t bytes =
          AllocatedBytes(kSharedVectorBytes) + ArrayBytes(value.AsRecord());
      for (const auto& [name, attribute] : value.AsRecord()) {
        bytes += HeapBytes(name) + HeapBytes(attribute);
      }
      return bytes;
    }
    default:
      return 0;
  }
}

}  // namespace

size_t AllocatedBytes(size_t size) {
  constexpr size_t kHeader = 8;
  constexpr size_t kAlignment = 16;
  constexpr size_t kLeast = 32;
  return std::max(kLeast,
                  (size + kHeader + kAlignment - 1) / kAlignment * kAlignment);
}

size_t HeapBytes(const Entity& entity) {
  size_t bytes = HeapBytes(entity.uid) + HeapBytes(entity.attributes) +
                 HeapBytes(entity.tags) + ArrayBytes(entity.parents);
  for (const EntityUid& parent : entity.parents) bytes += HeapBytes(parent);
  return bytes;
}

}  // namespace sekisho
