// The CPU's instruction where there is one, otherwise a table. The instruction
// takes three cycles and can begin each cycle, so that three parts of the bytes
// are done at a time and then put together.
//
// Tested by crc32c_test.cc.
#include "engine/base/crc32c.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#endif

namespace sekisho {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    }
    table[i] = crc;
  }
  return table;
}

uint32_t ExtendByTable(uint32_t crc, absl::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeTable();
  for (char byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  return crc;
}

#if defined(__x86_64__)
// Of one part.
constexpr size_t kMinWords = 4;
constexpr size_t kMaxWords = 128;

// At `i`, x^(64 i - 33), as crc32 has polynomials: with the bits reversed.
constexpr std::array<uint32_t, 2 * kMaxWords + 1> MakePowers() {
  std::array<uint32_t, 2 * kMaxWords + 1> powers{};
  uint32_t power = 1;
  for (size_t i = 1; i < powers.size(); ++i) {
    powers[i] = power;
    for (int bit = 0; bit < 64; ++bit) {
      power = (power >> 1) ^ ((power & 1) != 0 ? kPolynomial : 0);
    }
  }
  return powers;
}

uint64_t LoadWord(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// What `state` becomes by `words` words of zeros. The product of two reversed
// polynomials is theirs times x, and taking in a word multiplies by x^32.
__attribute__((target("sse4.2,pclmul"))) uint64_t PassZeros(uint64_t state,
                                                            size_t words) {
  static constexpr std::array<uint32_t, 2 * kMaxWords + 1> kPowers =
      MakePowers();
  const __m128i product = _mm_clmulepi64_si128(
      _mm_cvtsi64_si128(static_cast<int64_t>(state)),
      _mm_cvtsi32_si128(static_cast<int>(kPowers[words])), 0);
  return _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(product)));
}

__attribute__((target("sse4.2,pclmul"))) uint32_t ExtendByInstruction(
    uint32_t crc, absl::string_view bytes) {
  uint64_t state = crc;
  const char* next = bytes.data();
  size_t left = bytes.size();
  while (left >= 3 * 8 * kMinWords) {
    const size_t words = std::min(left / (3 * 8), kMaxWords);
    const size_t size = 8 * words;
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t i = 0; i < size; i += 8) {
      state = _mm_crc32_u64(state, LoadWord(next + i));
      second = _mm_crc32_u64(second, LoadWord(next + size + i));
      third = _mm_crc32_u64(third, LoadWord(next + 2 * size + i));
    }
    state = PassZeros(state, 2 * words) ^ PassZeros(second, words) ^ third;
    next += 3 * size;
    left -= 3 * size;
  }
  for (; left >= 8; left -= 8, next += 8) {
    state = _mm_crc32_u64(state, LoadWord(next));
  }
  crc = static_cast<uint32_t>(state);
  for (; left > 0; --left, ++next) {
    crc = _mm_crc32_u8(crc, static_cast<uint8_t>(*next));
  }
  return crc;
}
#endif

}  // namespace

uint32_t ExtendCrc32c(uint32_t crc, absl::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instructions =
      __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
  if (has_instructions) return ~ExtendByInstruction(~crc, bytes);
#endif
  return ~ExtendByTable(~crc, bytes);
}

}  // namespace sekisho
