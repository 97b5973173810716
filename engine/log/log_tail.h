// The end of a log, where records are stored: the segment that is being filled,
// the one that is set aside for after it, and those that are full.
//
// Not thread-safe: DecisionLog uses it under its mutex. Stores go only where
// Populate has made pages writable, so that they do not fail.
#ifndef SEKISHO_ENGINE_LOG_LOG_TAIL_H_
#define SEKISHO_ENGINE_LOG_LOG_TAIL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/log/log_format.h"
#include "engine/log/mapped_segment.h"

namespace sekisho {

// A segment that is full, to be cut to what was used.
struct RetiredSegment {
  uint64_t number;
  std::shared_ptr<MappedSegment> segment;
  size_t used;
};

// Pages that should be made writable.
struct PagesWanted {
  std::shared_ptr<MappedSegment> segment;
  size_t begin;
  size_t end;
};

class LogTail {
 public:
  // Creates the segment of that number, as MappedSegment::Create does, on disk
  // and with its first pages writable.
  static absl::StatusOr<std::shared_ptr<MappedSegment>> CreateSegment(
      const std::string& directory, uint64_t number, size_t size,
      uint64_t reserve);

  // Begins with `segment`, which has that number. `position` is that of its
  // first record.
  void Begin(std::shared_ptr<MappedSegment> segment, uint64_t number,
             const std::string& origin, uint64_t position);

  bool HasRoom(size_t bytes) const { return tail_ + bytes <= active_->size(); }
  bool IsWritable(size_t bytes) const { return tail_ + bytes <= populated_; }
  // Makes room writable where nobody did so before. Slow: see WantPages.
  // REQUIRES: HasRoom(bytes).
  absl::Status MakeWritable(size_t bytes);
  // REQUIRES: IsWritable, for all that is put.
  void Put(const FrameDraft& frame, uint64_t position);

  uint64_t next_number() const { return number_ + 1; }
  bool has_next() const { return next_ != nullptr; }
  // REQUIRES: `segment` has next_number(), and !has_next().
  void SetNext(std::shared_ptr<MappedSegment> segment);
  // Goes on in the next segment, without a call for memory. REQUIRES:
  // has_next().
  void UseNext(uint64_t position);

  // Whether some pages are best made writable soon, by a thread that has time;
  // which; and that this was done.
  bool WantsPages() const;
  std::optional<PagesWanted> WantPages() const;
  void HavePages(const PagesWanted& pages);

  std::shared_ptr<MappedSegment> active() const { return active_; }
  // Bytes of it that hold frames.
  size_t used() const { return tail_; }
  // Bytes of it that may be stored to without MakeWritable.
  size_t writable() const { return populated_; }
  // The segments that are full since the last call.
  std::vector<RetiredSegment> TakeRetired();
  // Bytes stored since the last call.
  uint64_t TakeStoredBytes() { return std::exchange(stored_bytes_, 0); }
  uint64_t stored_bytes() const { return stored_bytes_; }

  // Cuts the active segment to what was used, and removes what was not needed.
  // Nothing may be stored any more.
  absl::Status Finish();

 private:
  void PutHeader(uint64_t position);

  std::string origin_;
  // That of the next segment, if there is one, or else of the active one.
  std::string header_;
  size_t header_size_ = 0;

  std::shared_ptr<MappedSegment> active_;
  uint64_t number_ = 0;
  size_t tail_ = 0;
  // Up to where the active segment's pages are writable.
  size_t populated_ = 0;
  std::shared_ptr<MappedSegment> next_;
  std::vector<RetiredSegment> retired_;
  uint64_t stored_bytes_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_LOG_TAIL_H_
