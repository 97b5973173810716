// CRC-32C (Castagnoli): finds accidental damage. Not a protection against
// anyone.
#ifndef SEKISHO_ENGINE_BASE_CRC32C_H_
#define SEKISHO_ENGINE_BASE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace sekisho {

// The checksum of what `crc` is the checksum of, followed by `bytes`; 0 is that
// of nothing.
uint32_t ExtendCrc32c(uint32_t crc, absl::string_view bytes);
inline uint32_t Crc32c(absl::string_view bytes) {
  return ExtendCrc32c(0, bytes);
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_CRC32C_H_
