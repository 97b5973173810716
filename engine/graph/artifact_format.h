// The layout of an artifact file, shared by the writer and the reader.
//
//   header    ArtifactHeader
//   table     section_count * SectionEntry
//   sections  each at a multiple of 8 bytes, zero bytes between
//
// Numbers are little-endian. The hash is SHA-256 of the whole file with the
// hash field itself taken as zeros.
#ifndef SEKISHO_ENGINE_GRAPH_ARTIFACT_FORMAT_H_
#define SEKISHO_ENGINE_GRAPH_ARTIFACT_FORMAT_H_

#include <bit>
#include <cstdint>

namespace sekisho {

static_assert(std::endian::native == std::endian::little,
              "artifacts are mapped into memory as they are");

inline constexpr char kArtifactMagic[8] = {'S', 'E', 'K', 'I',
                                           'S', 'H', 'O', '\n'};
inline constexpr uint32_t kArtifactVersion = 1;

struct ArtifactHeader {
  char magic[8];
  uint32_t version;
  uint32_t section_count;
  uint64_t file_size;
  uint8_t hash[32];
};
static_assert(sizeof(ArtifactHeader) == 56);

// Frozen.
enum class SectionKind : uint32_t {
  kMeta = 1,          // artifact.proto: Meta
  kNodes = 2,         // 32-bit words
  kCode = 3,          // 32-bit words
  kSources = 4,       // Zstandard frame of artifact.proto: Sources
  kExplanations = 5,  // explanation.proto: Explanations
};

struct SectionEntry {
  uint32_t kind;
  uint32_t reserved;
  uint64_t offset;
  uint64_t size;
};
static_assert(sizeof(SectionEntry) == 24);

inline constexpr uint32_t kMaxSections = 16;
// Offsets into an artifact fit into an int.
inline constexpr uint64_t kMaxArtifactBytes = (uint64_t{1} << 31) - 1;
// Messages in messages. A type in a schema takes two for each of its levels, of
// which there are at most 200 (kMaxDepth of the compiler).
inline constexpr int kMaxMessageDepth = 500;
// Sources are refused if they would unpack to more.
inline constexpr uint64_t kMaxSourceBytes = uint64_t{1} << 30;

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_ARTIFACT_FORMAT_H_
