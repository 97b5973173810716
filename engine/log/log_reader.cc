// Tested by log_reader_test.cc, tests/log (damage everywhere) and
// tests/log/reader_fuzz.cc.
#include "engine/log/log_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_format.h"

namespace sekisho {
namespace {

// How many times its own size a damaged segment may make us check.
constexpr size_t kSearchFactor = 16;

absl::string_view Tail(absl::string_view bytes, size_t offset) {
  return bytes.substr(std::min(offset, bytes.size()));
}

bool IsZero(absl::string_view bytes) {
  // Each byte is as the one before it: what compares memory is fast.
  return bytes.empty() ||
         (bytes[0] == '\0' &&
          bytes.substr(1) == bytes.substr(0, bytes.size() - 1));
}

}  // namespace

std::string LogDamage::ToString() const {
  return absl::StrCat(SegmentName(segment), ", byte ", offset, ": ", what);
}

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::Open(
    const std::string& directory, const LogReaderOptions& options) {
  ASSIGN_OR_RETURN(std::vector<uint64_t> segments, ListSegments(directory));
  const auto is_other = [&options](uint64_t number) {
    return number < options.first_segment || number > options.last_segment;
  };
  segments.erase(std::remove_if(segments.begin(), segments.end(), is_other),
                 segments.end());
  if (segments.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no log in ", directory));
  }
  return std::unique_ptr<LogReader>(
      new LogReader(directory, options, std::move(segments)));
}

absl::Status LogReader::NextSegment() {
  const uint64_t wanted =
      next_segment_ == 0 ? options_.first_segment : segment_ + 1;
  segment_ = segments_[next_segment_++];
  ASSIGN_OR_RETURN(
      bytes_, ReadFile(absl::StrCat(directory_, "/", SegmentName(segment_)),
                       kMaxSegmentSize));
  bytes_read_ += bytes_.size();
  offset_ = 0;
  if (segment_ != wanted) {
    return Skip(0, wanted + 1 == segment_
                       ? absl::StrCat("segment ", wanted, " is missing")
                       : absl::StrCat("segments ", wanted, " to ", segment_ - 1,
                                      " are missing"));
  }
  return absl::OkStatus();
}

absl::Status LogReader::Skip(size_t end, absl::string_view what) {
  LogDamage damage = {segment_, offset_, end > offset_ ? end - offset_ : 0,
                      std::string(what)};
  if (!options_.skip_damage) return absl::DataLossError(damage.ToString());
  damage_.push_back(std::move(damage));
  offset_ = std::max(offset_, end);
  return absl::OkStatus();
}

// The offset of the next frame behind the damaged one at offset_, or the end of
// the segment.
size_t LogReader::FindFrame() const {
  const absl::string_view bytes = bytes_;
  Frame frame;
  // The length may be right: then what is inside the damaged frame, which
  // whoever sent a request may have made look like a frame, is not looked at.
  uint32_t length = 0;
  if (bytes.size() - offset_ >= kFrameHeaderSize) {
    std::memcpy(&length, bytes.data() + offset_, sizeof(length));
  }
  if (length > 0 && length - 1 <= kMaxPayloadSize) {
    const size_t end = offset_ + FrameSize(length - 1);
    if (end == bytes.size()) return end;
    if (end < bytes.size()) {
      const FrameState state = ReadFrame(bytes, end, &frame);
      if (state == FrameState::kFrame ||
          (state == FrameState::kEnd && IsZero(Tail(bytes, end)))) {
        return end;
      }
    }
  }
  // Otherwise the first that has a frame's checksum and a position that can be.
  size_t effort = kSearchFactor * bytes.size();
  for (size_t at = offset_ + 8; at + kFrameHeaderSize <= bytes.size();
       at += 8) {
    uint64_t place;
    std::memcpy(&length, bytes.data() + at, sizeof(length));
    std::memcpy(&place, bytes.data() + at + 8, sizeof(place));
    const uint64_t position = place >> 8;
    const uint64_t first = position_.value_or(0);
    if (length == 0 || length > bytes.size() - at || position < first ||
        (position_.has_value() && position - first > bytes.size() / 8)) {
      continue;
    }
    if (length > effort) break;
    effort -= length;
    if (ReadFrame(bytes, at, &frame) == FrameState::kFrame) return at;
  }
  return bytes.size();
}

absl::Status LogReader::TakeHeader(absl::string_view payload,
                                   uint64_t position) {
  ASSIGN_OR_RETURN(SegmentHeader header, SegmentHeader::Parse(payload));
  if (origin_.empty()) origin_ = header.origin;
  if (header.number != segment_ || header.origin != origin_) {
    RETURN_IF_ERROR(
        Skip(offset_, absl::StrCat("this is segment ", header.number,
                                   " of the log `", header.origin, "`")));
  }
  if (!position_.has_value()) position_ = position;
  return absl::OkStatus();
}

absl::Status LogReader::CheckPosition(uint64_t position) {
  if (!position_.has_value()) position_ = position;
  if (*position_ == position) return absl::OkStatus();
  const std::string what =
      *position_ + 1 == position
          ? absl::StrCat("record ", *position_, " is missing")
      : *position_ < position
          ? absl::StrCat("records ", *position_, " to ", position - 1,
                         " are missing")
          : absl::StrCat("record ", position, " stands where record ",
                         *position_, " should");
  position_ = position;
  return Skip(offset_, what);
}

// At zeros, or at the end of the file.
absl::Status LogReader::EndOfSegment() {
  const absl::string_view rest = Tail(bytes_, offset_);
  if (IsZero(rest)) {
    offset_ = bytes_.size();
    // The segment that is set aside for what comes next.
    if (offset_ == 0 || rest.size() < bytes_.size() || IsLastSegment()) {
      return absl::OkStatus();
    }
    return Skip(0, "the segment is empty and not the last");
  }
  if (IsLastSegment()) {
    torn_bytes_ = rest.find_last_not_of('\0') + 1;
    offset_ = bytes_.size();
    return absl::OkStatus();
  }
  return Skip(FindFrame(), "the segment ends before its file does");
}

// From the compressed frame that is being read.
absl::StatusOr<std::optional<LogEntry>> LogReader::NextInside() {
  Frame frame;
  const bool is_good =
      ReadFrame(inner_, inner_offset_, &frame) == FrameState::kFrame &&
      (frame.type == FrameType::kRecord || frame.type == FrameType::kEvidence);
  if (!is_good) {
    inner_.clear();
    inner_offset_ = 0;
    RETURN_IF_ERROR(Skip(offset_, "a compressed frame holds something else"));
    return std::nullopt;
  }
  inner_offset_ = frame.end;
  RETURN_IF_ERROR(CheckPosition(frame.position));
  const bool is_record = frame.type == FrameType::kRecord;
  if (is_record) ++*position_;
  return LogEntry{
      is_record ? LogEntry::Kind::kRecord : LogEntry::Kind::kEvidence,
      frame.position, frame.payload, segment_, outer_offset_};
}

absl::StatusOr<std::optional<LogEntry>> LogReader::Next() {
  while (true) {
    if (inner_offset_ < inner_.size()) {
      ASSIGN_OR_RETURN(std::optional<LogEntry> entry, NextInside());
      if (entry.has_value()) return entry;
      continue;
    }
    if (offset_ >= bytes_.size()) {
      if (IsLastSegment()) return std::nullopt;
      RETURN_IF_ERROR(NextSegment());
      if (bytes_.empty()) {
        RETURN_IF_ERROR(EndOfSegment());
        continue;
      }
    }
    Frame frame;
    const size_t at = offset_;
    switch (ReadFrame(bytes_, at, &frame)) {
      case FrameState::kEnd:
        RETURN_IF_ERROR(EndOfSegment());
        continue;
      case FrameState::kDamaged:
        RETURN_IF_ERROR(Skip(FindFrame(), "the frame is damaged"));
        continue;
      case FrameState::kFrame:
        break;
    }
    if ((at == 0) != (frame.type == FrameType::kHeader)) {
      RETURN_IF_ERROR(Skip(at == 0 ? at : frame.end,
                           at == 0 ? "the segment has no header"
                                   : "a header stands inside a segment"));
      if (at != 0) continue;
    }
    if (frame.type == FrameType::kHeader) {
      RETURN_IF_ERROR(TakeHeader(frame.payload, frame.position));
    }
    RETURN_IF_ERROR(CheckPosition(frame.position));
    offset_ = frame.end;
    if (frame.type == FrameType::kHeader) continue;
    if (frame.type == FrameType::kCompressed) {
      outer_offset_ = at;
      inner_offset_ = 0;
      const absl::Status status = Decompress(frame.payload, &inner_);
      if (!status.ok()) {
        inner_.clear();
        RETURN_IF_ERROR(Skip(offset_, status.message()));
      }
      continue;
    }
    const bool is_record = frame.type == FrameType::kRecord;
    if (is_record) ++*position_;
    return LogEntry{
        is_record ? LogEntry::Kind::kRecord : LogEntry::Kind::kEvidence,
        frame.position, frame.payload, segment_, at};
  }
}

}  // namespace sekisho
