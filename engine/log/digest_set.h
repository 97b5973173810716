// A set of hashes.
#ifndef SEKISHO_ENGINE_LOG_DIGEST_SET_H_
#define SEKISHO_ENGINE_LOG_DIGEST_SET_H_

#include <cstring>

#include "absl/container/flat_hash_set.h"
#include "engine/base/sha256.h"

namespace sekisho {

// A digest is as good as random already.
struct DigestHash {
  size_t operator()(const Sha256Digest& digest) const {
    size_t hash;
    std::memcpy(&hash, digest.data(), sizeof(hash));
    return hash;
  }
};
using DigestSet = absl::flat_hash_set<Sha256Digest, DigestHash>;

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_DIGEST_SET_H_
