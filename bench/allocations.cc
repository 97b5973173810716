// The C library's allocation functions are replaced by such that count and call
// what it calls them itself; `free` stays. The sanitizers have replaced them
// already, and call a hook.
#include "bench/allocations.h"

#include <cerrno>
#include <cstddef>

#if defined(__has_feature)
#define SEKISHO_HAS_FEATURE(feature) __has_feature(feature)
#else
#define SEKISHO_HAS_FEATURE(feature) 0
#endif

namespace {

// Touched within malloc, so it must not need memory itself.
__attribute__((
    tls_model("initial-exec"))) thread_local constinit uint64_t allocations = 0;

}  // namespace

extern "C" {

#if SEKISHO_HAS_FEATURE(address_sanitizer) || \
    SEKISHO_HAS_FEATURE(thread_sanitizer)

void __sanitizer_malloc_hook(const volatile void*, size_t) { ++allocations; }

#else

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
  ++allocations;
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) noexcept {
  ++allocations;
  return __libc_calloc(count, size);
}

void* realloc(void* block, size_t size) noexcept {
  ++allocations;
  return __libc_realloc(block, size);
}

void* memalign(size_t alignment, size_t size) noexcept {
  ++allocations;
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) noexcept {
  ++allocations;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
  ++allocations;
  const bool is_power_of_two =
      alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!is_power_of_two || alignment % sizeof(void*) != 0) return EINVAL;
  void* const got = __libc_memalign(alignment, size);
  if (got == nullptr) return ENOMEM;
  *block = got;
  return 0;
}

#endif

}  // extern "C"

namespace sekisho {

uint64_t AllocationsOfThisThread() { return allocations; }

}  // namespace sekisho
