// Tested by log_format_test.cc.
#include "engine/log/log_format.h"

#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "engine/base/bytes.h"
#include "engine/base/crc32c.h"

namespace sekisho {
namespace {

constexpr char kMagic[] = "SEKISHO\n";
constexpr char kVersion = 1;
constexpr char kSegmentSuffix[] = ".log";

static_assert(std::endian::native == std::endian::little);

uint64_t LoadWord(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

absl::string_view WordBytes(const uint64_t& word) {
  return absl::string_view(reinterpret_cast<const char*>(&word), sizeof(word));
}

uint64_t Publication(uint32_t crc, size_t payload_size) {
  return uint64_t{crc} << 32 | (payload_size + 1);
}

uint64_t Place(FrameType type, uint64_t position) {
  return position << 8 | static_cast<uint8_t>(type);
}

bool AllZero(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

FrameDraft::FrameDraft(FrameType type, absl::string_view payload)
    : type_(type), crc_(Crc32c(payload)), payload_(payload) {}

void FrameDraft::WriteTo(uint64_t position, char* to) const {
  const uint64_t place = Place(type_, position);
  std::memcpy(to + 8, &place, sizeof(place));
  std::memcpy(to + kFrameHeaderSize, payload_.data(), payload_.size());
  std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(to))
      .store(Publication(ExtendCrc32c(crc_, WordBytes(place)), payload_.size()),
             std::memory_order_release);
}

void FrameDraft::AppendTo(uint64_t position, std::string* out) const {
  const uint64_t place = Place(type_, position);
  const uint64_t publication =
      Publication(ExtendCrc32c(crc_, WordBytes(place)), payload_.size());
  const size_t end = out->size() + size();
  out->append(WordBytes(publication).data(), sizeof(publication));
  out->append(WordBytes(place).data(), sizeof(place));
  out->append(payload_.data(), payload_.size());
  out->resize(end);
}

FrameState ReadFrame(absl::string_view bytes, size_t offset, Frame* frame) {
  bytes.remove_prefix(offset);
  if (bytes.size() < kFrameHeaderSize) {
    return AllZero(bytes) ? FrameState::kEnd : FrameState::kDamaged;
  }
  const uint64_t publication = LoadWord(bytes.data());
  if (publication == 0) return FrameState::kEnd;
  const uint64_t length = publication & 0xffffffff;
  if (length == 0 || length - 1 > kMaxPayloadSize) return FrameState::kDamaged;
  const size_t size = FrameSize(length - 1);
  if (size > bytes.size()) return FrameState::kDamaged;

  const uint64_t place = LoadWord(bytes.data() + 8);
  const absl::string_view payload = bytes.substr(kFrameHeaderSize, length - 1);
  const uint32_t crc = ExtendCrc32c(Crc32c(payload), WordBytes(place));
  const size_t padding = kFrameHeaderSize + payload.size();
  const uint8_t type = place & 0xff;
  if (crc != publication >> 32 || type < 1 || type > 4 ||
      !AllZero(bytes.substr(padding, size - padding))) {
    return FrameState::kDamaged;
  }
  frame->type = static_cast<FrameType>(type);
  frame->position = place >> 8;
  frame->payload = payload;
  frame->end = offset + size;
  return FrameState::kFrame;
}

std::string SegmentHeader::ToString() const {
  std::string out = kMagic;
  out.push_back(kVersion);
  PutVarint(number, &out);
  PutString(origin, &out);
  return out;
}

absl::StatusOr<SegmentHeader> SegmentHeader::Parse(absl::string_view payload) {
  if (!absl::ConsumePrefix(&payload, kMagic) || payload.empty()) {
    return absl::DataLossError("this is not the beginning of a log's segment");
  }
  if (payload[0] != kVersion) {
    return absl::UnimplementedError(
        "the log was written by a later version of this program");
  }
  ByteReader in(payload.substr(1));
  SegmentHeader header;
  absl::string_view origin;
  if (!in.Varint(&header.number) || !in.String(&origin) || !in.empty()) {
    return absl::DataLossError("the header of the segment is damaged");
  }
  header.origin = std::string(origin);
  return header;
}

std::string SegmentName(uint64_t number) {
  return absl::StrFormat("%08d%s", number, kSegmentSuffix);
}

absl::StatusOr<std::vector<uint64_t>> ListSegments(
    const std::string& directory) {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    absl::string_view digits = name;
    uint64_t number;
    if (absl::ConsumeSuffix(&digits, kSegmentSuffix) &&
        absl::SimpleAtoi(digits, &number) && SegmentName(number) == name) {
      numbers.push_back(number);
    }
  }
  if (error) {
    return absl::ErrnoToStatus(error.value(),
                               absl::StrCat("cannot read ", directory));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::Status Decompress(absl::string_view payload, std::string* frames) {
  const unsigned long long size =
      ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size > kMaxPayloadSize) {
    return absl::DataLossError("a compressed frame is damaged");
  }
  frames->resize(size);
  if (ZSTD_findFrameCompressedSize(payload.data(), payload.size()) !=
          payload.size() ||
      ZSTD_decompress(frames->data(), size, payload.data(), payload.size()) !=
          size) {
    return absl::DataLossError("a compressed frame is damaged");
  }
  return absl::OkStatus();
}

void Compress(absl::string_view frames, int level, std::string* payload) {
  payload->resize(ZSTD_compressBound(frames.size()));
  const size_t size = ZSTD_compress(payload->data(), payload->size(),
                                    frames.data(), frames.size(), level);
  // The only other reason is that there is no memory.
  if (ZSTD_isError(size)) abort();
  payload->resize(size);
}

std::vector<absl::string_view> SplitCheckpoints(absl::string_view bytes,
                                                absl::string_view* rest) {
  // A checkpoint has no blank line in its text: the first one ends the text,
  // the second one the signatures.
  std::vector<absl::string_view> notes;
  while (true) {
    const size_t text = bytes.find("\n\n");
    const size_t end = text == bytes.npos ? text : bytes.find("\n\n", text + 2);
    if (end == bytes.npos) break;
    notes.push_back(bytes.substr(0, end + 1));
    bytes.remove_prefix(end + 2);
  }
  *rest = bytes;
  return notes;
}

}  // namespace sekisho
