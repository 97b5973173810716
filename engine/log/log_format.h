// The files of a log. docs/log_format.md has the same byte by byte, with an
// example.
//
//   directory   := 00000001.log 00000002.log ..  segments, all but the last
//                                                complete
//                  checkpoints                   every checkpoint, the oldest
//                                                first
//                  checkpoint                    the latest, as it is published
//                  lock                          held by whoever writes
//
//   segment     := frame* zeros                  the first frame is a header
//   frame       := length check type position payload padding
//   length      := 4 bytes                       of the payload plus 1
//   check       := 4 bytes                       CRC-32C of the payload, then
//                                                type and position
//   type        := byte
//   position    := 7 bytes                       how many records are before it
//                                                in the log
//   padding     := zeros up to a multiple of 8 bytes
//
//   type 1, header:     "SEKISHO\n" version number origin
//                       version := 0x01; number := varint, the segment's;
//                       origin := string; position is that of its first record
//   type 2, evidence:   any bytes; known by their SHA-256
//   type 3, record:     a leaf of the tree, see record_format.h
//   type 4, compressed: a Zstandard frame with its content size; the content
//                       is frames of types 2 and 3
//
//   checkpoints := (signed note, line feed)*
//
// Numbers are little-endian. Evidence stands before the first record that cites
// it. The layout and the numbers are frozen.
//
// A frame is published by its first 8 bytes, which are one aligned store after
// all others: where they are zero, the segment ends.
#ifndef SEKISHO_ENGINE_LOG_LOG_FORMAT_H_
#define SEKISHO_ENGINE_LOG_LOG_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

enum class FrameType : uint8_t {
  kHeader = 1,
  kEvidence = 2,
  kRecord = 3,
  kCompressed = 4,
};

inline constexpr size_t kFrameHeaderSize = 16;
inline constexpr uint64_t kMaxPosition = (uint64_t{1} << 56) - 1;
// Of a payload, and of what is compressed in one.
inline constexpr size_t kMaxPayloadSize = size_t{256} << 20;
// Of a segment.
inline constexpr size_t kMaxSegmentSize = size_t{1} << 30;

inline constexpr char kCheckpointsFile[] = "checkpoints";
inline constexpr char kCheckpointFile[] = "checkpoint";
inline constexpr char kLockFile[] = "lock";

// What a frame with such a payload takes.
constexpr size_t FrameSize(size_t payload_size) {
  return (kFrameHeaderSize + payload_size + 7) / 8 * 8;
}

// A frame whose position is not known yet. Making one takes the time that the
// checksum takes; writing it is a copy.
class FrameDraft {
 public:
  // REQUIRES: at most kMaxPayloadSize bytes, which outlive this.
  FrameDraft(FrameType type, absl::string_view payload);

  size_t size() const { return FrameSize(payload_.size()); }
  absl::string_view payload() const { return payload_; }
  // Writes the frame to `to`: its first 8 bytes last, in one store.
  // REQUIRES: `to` is a multiple of 8, and size() zeros are there.
  void WriteTo(uint64_t position, char* to) const;
  void AppendTo(uint64_t position, std::string* out) const;

 private:
  FrameType type_;
  uint32_t crc_;
  absl::string_view payload_;
};

// A frame in place.
struct Frame {
  FrameType type = FrameType::kRecord;
  uint64_t position = 0;
  // In the bytes that were read.
  absl::string_view payload;
  // Where the next one begins.
  size_t end = 0;
};

enum class FrameState {
  kFrame,
  // There is none: zeros, or the end of the bytes.
  kEnd,
  // There are other bytes than a frame's.
  kDamaged,
};

// Reads the frame at `offset`, a multiple of 8 and at most `bytes.size()`.
FrameState ReadFrame(absl::string_view bytes, size_t offset, Frame* frame);

// The payload of a segment's first frame.
struct SegmentHeader {
  uint64_t number = 0;
  std::string origin;

  std::string ToString() const;
  // DataLoss if it is none, Unimplemented if it is of a later version.
  static absl::StatusOr<SegmentHeader> Parse(absl::string_view payload);
};

// `00000001.log`
std::string SegmentName(uint64_t number);
// The numbers of the segments in `directory`, ascending. NotFound if there is
// no such directory.
absl::StatusOr<std::vector<uint64_t>> ListSegments(
    const std::string& directory);

// Replaces `*frames` by the frames in a compressed frame, in its memory if that
// is enough. DataLoss if it does not decompress.
absl::Status Decompress(absl::string_view payload, std::string* frames);
// The opposite.
void Compress(absl::string_view frames, int level, std::string* payload);

// The notes of a `checkpoints` file. Views into `bytes`, each a whole note.
// `*rest` is what follows the last whole one.
std::vector<absl::string_view> SplitCheckpoints(absl::string_view bytes,
                                                absl::string_view* rest);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_LOG_FORMAT_H_
