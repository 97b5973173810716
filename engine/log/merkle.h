// The Merkle tree of RFC 6962 over the records of a log: its root commits to
// every record and to their order.
//
//   MerkleTree tree;
//   tree.Append(LeafHash(record));
//   tree.Root();
//
// Functions and values; a MerkleTree may be read from several threads while
// none changes it.
#ifndef SEKISHO_ENGINE_LOG_MERKLE_H_
#define SEKISHO_ENGINE_LOG_MERKLE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/base/sha256.h"

namespace sekisho {

// Leaves and inner nodes are hashed with different prefixes, so that no leaf
// can pass for a node.
Sha256Digest LeafHash(absl::string_view data);
Sha256Digest NodeHash(const Sha256Digest& left, const Sha256Digest& right);

// A tree that grows at its right end. Keeps only the roots of the perfect
// subtrees, one for each bit set in the size.
class MerkleTree {
 public:
  uint64_t size() const { return size_; }
  // Amortized: one NodeHash.
  void Append(const Sha256Digest& leaf_hash);
  // The root of all leaves; of no leaves, the hash of nothing.
  Sha256Digest Root() const;

 private:
  uint64_t size_ = 0;
  // The largest first.
  std::vector<Sha256Digest> subtrees_;
};

using MerkleProof = std::vector<Sha256Digest>;

// The root of the tree with these leaf hashes.
Sha256Digest MerkleRoot(absl::Span<const Sha256Digest> leaves);

// What leads from the leaf `index` to the root of the tree of all `leaves`.
// OutOfRange if there is no such leaf. Time: proportional to the leaves.
absl::StatusOr<MerkleProof> InclusionProof(
    uint64_t index, absl::Span<const Sha256Digest> leaves);

// What shows that the tree of the first `first_size` leaves is the beginning of
// the tree of all `leaves`. OutOfRange unless it is 1 to all of them.
absl::StatusOr<MerkleProof> ConsistencyProof(
    uint64_t first_size, absl::Span<const Sha256Digest> leaves);

// OK if `proof` shows that the tree of `size` leaves with this root has this
// leaf at `index`; DataLoss, saying why, if not.
absl::Status VerifyInclusion(uint64_t index, uint64_t size,
                             const Sha256Digest& leaf_hash,
                             absl::Span<const Sha256Digest> proof,
                             const Sha256Digest& root);

// OK if `proof` shows that the tree of `second_size` leaves begins with the
// tree of `first_size`; DataLoss if not, or if `first_size` is 0: the empty
// tree is the beginning of every other and needs no proof.
absl::Status VerifyConsistency(uint64_t first_size, uint64_t second_size,
                               const Sha256Digest& first_root,
                               const Sha256Digest& second_root,
                               absl::Span<const Sha256Digest> proof);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_MERKLE_H_
