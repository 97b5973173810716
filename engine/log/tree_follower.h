// Advances the tree over what is stored in the segments of a log, behind those
// who store: hashes what they did not hash themselves.
//
// Not thread-safe.
#ifndef SEKISHO_ENGINE_LOG_TREE_FOLLOWER_H_
#define SEKISHO_ENGINE_LOG_TREE_FOLLOWER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"
#include "engine/log/merkle.h"

namespace sekisho {

// The leaf hash of the record `index`.
struct KnownLeaf {
  uint64_t index;
  Sha256Digest hash;
};

class TreeFollower {
 public:
  // `tree` is of all records before the first segment.
  explicit TreeFollower(MerkleTree tree = {}) : tree_(std::move(tree)) {}

  // Takes the frames of `segment` behind those that were taken already; the
  // bytes end with a frame. Those of `known` that it meets, which ascend, are
  // not hashed. DataLoss if the bytes are not what was stored there.
  absl::Status Follow(absl::string_view segment,
                      absl::Span<const KnownLeaf>* known);
  // The segment that was followed last is complete.
  void EndSegment() { offset_ = 0; }

  const MerkleTree& tree() const { return tree_; }

 private:
  MerkleTree tree_;
  size_t offset_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_TREE_FOLLOWER_H_
