#ifndef SEKISHO_ENGINE_GRAPH_NODE_LENGTH_H_
#define SEKISHO_ENGINE_GRAPH_NODE_LENGTH_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "engine/graph/graph.h"

namespace sekisho {

// The number of words that the node at `at` takes, or 0 if it does not fit.
inline size_t NodeLength(absl::Span<const uint32_t> nodes, size_t at) {
  const uint32_t word = nodes[at];
  const size_t left = nodes.size() - at;
  size_t length = 0;
  switch (word & 0xff) {
    case static_cast<uint32_t>(NodeKind::kBranch):
      length = 3 + 2 * size_t{NodeCountOf(word)};
      break;
    case static_cast<uint32_t>(NodeKind::kEmit):
      if (left < 3) return 0;
      length = 3 + size_t{NodeCountOf(word)} + nodes[at + 1];
      break;
    case static_cast<uint32_t>(NodeKind::kSplit):
      length = 1 + size_t{NodeCountOf(word)};
      break;
    case static_cast<uint32_t>(NodeKind::kEnd):
      length = 1;
      break;
    case static_cast<uint32_t>(NodeKind::kTable):
      if (left < 3) return 0;
      length = nodes[at + 1];
      break;
    default:
      return 0;
  }
  // What a table says of itself may be shorter than its head.
  return length >= 1 && length <= left ? length : 0;
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_NODE_LENGTH_H_
