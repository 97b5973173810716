// The verification procedures are those of RFC 9162, section 2.1, which hashes
// as RFC 6962 does: walk from a leaf to the root, `node` and `last` being the
// positions of that leaf's ancestor and of the last node of the same level.
//
// Tested by merkle_test.cc against the RFC's recursive definitions, published
// vectors, and damage to proofs.
#include "engine/log/merkle.h"

#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

absl::string_view View(const Sha256Digest& digest) {
  return absl::string_view(reinterpret_cast<const char*>(digest.data()),
                           digest.size());
}

// The number of leaves to the left of the root's two children.
// REQUIRES: size > 1.
uint64_t Split(uint64_t size) { return std::bit_floor(size - 1); }

void CollectInclusion(uint64_t index, absl::Span<const Sha256Digest> leaves,
                      MerkleProof* proof) {
  if (leaves.size() == 1) return;
  const uint64_t split = Split(leaves.size());
  if (index < split) {
    CollectInclusion(index, leaves.subspan(0, split), proof);
    proof->push_back(MerkleRoot(leaves.subspan(split)));
  } else {
    CollectInclusion(index - split, leaves.subspan(split), proof);
    proof->push_back(MerkleRoot(leaves.subspan(0, split)));
  }
}

// `is_first` as long as the first tree's root is the root of these leaves'
// beginning, so that whoever verifies has it already.
void CollectConsistency(uint64_t first_size,
                        absl::Span<const Sha256Digest> leaves, bool is_first,
                        MerkleProof* proof) {
  if (first_size == leaves.size()) {
    if (!is_first) proof->push_back(MerkleRoot(leaves));
    return;
  }
  const uint64_t split = Split(leaves.size());
  if (first_size <= split) {
    CollectConsistency(first_size, leaves.subspan(0, split), is_first, proof);
    proof->push_back(MerkleRoot(leaves.subspan(split)));
  } else {
    CollectConsistency(first_size - split, leaves.subspan(split), false, proof);
    proof->push_back(MerkleRoot(leaves.subspan(0, split)));
  }
}

absl::Status Wrong(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the proof is wrong: ", what));
}

// One step up for a node that is a right child or has no sibling: past the
// levels on which it has none.
void SkipLonely(uint64_t* node, uint64_t* last) {
  while (*node != 0 && (*node & 1) == 0) {
    *node >>= 1;
    *last >>= 1;
  }
}

}  // namespace

Sha256Digest LeafHash(absl::string_view data) {
  return Sha256({absl::string_view("\0", 1), data});
}

Sha256Digest NodeHash(const Sha256Digest& left, const Sha256Digest& right) {
  return Sha256({absl::string_view("\1", 1), View(left), View(right)});
}

void MerkleTree::Append(const Sha256Digest& leaf_hash) {
  subtrees_.push_back(leaf_hash);
  for (uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    const Sha256Digest right = subtrees_.back();
    subtrees_.pop_back();
    subtrees_.back() = NodeHash(subtrees_.back(), right);
  }
  ++size_;
}

Sha256Digest MerkleTree::Root() const {
  if (subtrees_.empty()) return Sha256("");
  Sha256Digest root = subtrees_.back();
  for (size_t i = subtrees_.size() - 1; i-- > 0;) {
    root = NodeHash(subtrees_[i], root);
  }
  return root;
}

Sha256Digest MerkleRoot(absl::Span<const Sha256Digest> leaves) {
  MerkleTree tree;
  for (const Sha256Digest& leaf : leaves) tree.Append(leaf);
  return tree.Root();
}

absl::StatusOr<MerkleProof> InclusionProof(
    uint64_t index, absl::Span<const Sha256Digest> leaves) {
  if (index >= leaves.size()) {
    return absl::OutOfRangeError(
        absl::StrCat("no leaf ", index, " in a tree of ", leaves.size()));
  }
  MerkleProof proof;
  CollectInclusion(index, leaves, &proof);
  return proof;
}

absl::StatusOr<MerkleProof> ConsistencyProof(
    uint64_t first_size, absl::Span<const Sha256Digest> leaves) {
  if (first_size == 0 || first_size > leaves.size()) {
    return absl::OutOfRangeError(absl::StrCat(
        "no tree of ", first_size, " leaves begins one of ", leaves.size()));
  }
  MerkleProof proof;
  CollectConsistency(first_size, leaves, true, &proof);
  return proof;
}

absl::Status VerifyInclusion(uint64_t index, uint64_t size,
                             const Sha256Digest& leaf_hash,
                             absl::Span<const Sha256Digest> proof,
                             const Sha256Digest& root) {
  if (index >= size) return Wrong("the tree has no such leaf");
  uint64_t node = index;
  uint64_t last = size - 1;
  Sha256Digest hash = leaf_hash;
  for (const Sha256Digest& sibling : proof) {
    if (last == 0) return Wrong("too long");
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      if ((node & 1) == 0) SkipLonely(&node, &last);
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return Wrong("too short");
  if (hash != root) return Wrong("it leads to another root");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t first_size, uint64_t second_size,
                               const Sha256Digest& first_root,
                               const Sha256Digest& second_root,
                               absl::Span<const Sha256Digest> proof) {
  if (first_size == 0) return Wrong("an empty tree needs none");
  if (first_size > second_size) return Wrong("the first tree is larger");
  if (first_size == second_size) {
    if (!proof.empty()) return Wrong("too long");
    if (first_root != second_root) return Wrong("two roots of one size");
    return absl::OkStatus();
  }
  if (proof.empty()) return Wrong("too short");

  // A first tree that is perfect is a node of the second, and its root is
  // known.
  Sha256Digest first = first_root;
  if (!std::has_single_bit(first_size)) {
    first = proof.front();
    proof.remove_prefix(1);
  }
  Sha256Digest second = first;
  uint64_t node = first_size - 1;
  uint64_t last = second_size - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  for (const Sha256Digest& sibling : proof) {
    if (last == 0) return Wrong("too long");
    if ((node & 1) != 0 || node == last) {
      first = NodeHash(sibling, first);
      second = NodeHash(sibling, second);
      if ((node & 1) == 0) SkipLonely(&node, &last);
    } else {
      second = NodeHash(second, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return Wrong("too short");
  if (first != first_root) return Wrong("it leads to another first root");
  if (second != second_root) return Wrong("it leads to another second root");
  return absl::OkStatus();
}

}  // namespace sekisho
