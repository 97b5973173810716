// The interface that OpenSSL 3 calls deprecated: it has the same code for the
// CPU's own instructions below it, and costs a third of EVP's for the short
// texts that a Merkle tree is made of.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/base/sha256.h"

#include <openssl/sha.h>

namespace sekisho {

Sha256Digest Sha256(std::initializer_list<absl::string_view> pieces) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (absl::string_view piece : pieces) {
    SHA256_Update(&context, piece.data(), piece.size());
  }
  Sha256Digest digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace sekisho
