// Asks for memory before it is needed, so that several waits become one.
#ifndef SEKISHO_ENGINE_BASE_PREFETCH_H_
#define SEKISHO_ENGINE_BASE_PREFETCH_H_

#include <algorithm>
#include <cstddef>

namespace sekisho {

inline constexpr size_t kCacheLine = 64;

// Asks for the first of the bytes at `data`: as many as a processor has on
// their way at once. Any address will do; nothing is read.
inline void Prefetch(const void* data, size_t bytes) {
  constexpr size_t kMost = 20 * kCacheLine;
  const char* const begin = static_cast<const char*>(data);
  for (size_t at = 0; at < std::min(bytes, kMost); at += kCacheLine) {
    __builtin_prefetch(begin + at);
  }
}

// The same for bytes that will be written.
inline void PrefetchToWrite(const void* data, size_t bytes) {
  const char* const begin = static_cast<const char*>(data);
  for (size_t at = 0; at < bytes; at += kCacheLine) {
    __builtin_prefetch(begin + at, /*rw=*/1);
  }
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_PREFETCH_H_
