// SHA-256, from OpenSSL.
#ifndef SEKISHO_ENGINE_BASE_SHA256_H_
#define SEKISHO_ENGINE_BASE_SHA256_H_

#include <array>
#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"

namespace sekisho {

using Sha256Digest = std::array<uint8_t, 32>;

// Of the pieces one after the other.
Sha256Digest Sha256(std::initializer_list<absl::string_view> pieces);
inline Sha256Digest Sha256(absl::string_view bytes) { return Sha256({bytes}); }

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_SHA256_H_
