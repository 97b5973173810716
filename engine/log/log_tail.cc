// Tested by log_writer_test.cc.
#include "engine/log/log_tail.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/prefetch.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

// How much is made writable at a time ahead of the tail, and at the tail where
// nobody had time for the first.
constexpr size_t kAhead = size_t{512} << 10;
constexpr size_t kLate = size_t{64} << 10;
// As long as most frames are.
constexpr size_t kNextFrame = 512;

}  // namespace

absl::StatusOr<std::shared_ptr<MappedSegment>> LogTail::CreateSegment(
    const std::string& directory, uint64_t number, size_t size,
    uint64_t reserve) {
  ASSIGN_OR_RETURN(
      std::shared_ptr<MappedSegment> segment,
      MappedSegment::Create(absl::StrCat(directory, "/", SegmentName(number)),
                            size, reserve));
  absl::Status status = segment->Populate(0, kAhead);
  status.Update(SyncDirectory(directory));
  if (status.ok()) return segment;
  unlink(segment->path().c_str());
  return status;
}

void LogTail::Begin(std::shared_ptr<MappedSegment> segment, uint64_t number,
                    const std::string& origin, uint64_t position) {
  origin_ = origin;
  active_ = std::move(segment);
  number_ = number;
  header_ = SegmentHeader{number_, origin_}.ToString();
  PutHeader(position);
  header_size_ = tail_;
}

void LogTail::PutHeader(uint64_t position) {
  tail_ = 0;
  populated_ = std::min(kAhead, active_->size());
  Put(FrameDraft(FrameType::kHeader, header_), position);
}

absl::Status LogTail::MakeWritable(size_t bytes) {
  if (IsWritable(bytes)) return absl::OkStatus();
  const size_t end =
      std::min(std::max(tail_ + bytes, populated_ + kLate), active_->size());
  RETURN_IF_ERROR(active_->Populate(populated_, end));
  populated_ = end;
  return absl::OkStatus();
}

void LogTail::Put(const FrameDraft& frame, uint64_t position) {
  frame.WriteTo(position, active_->data() + tail_);
  tail_ += frame.size();
  stored_bytes_ += frame.size();
  // Whoever stores next is not to wait for memory while others wait for them.
  PrefetchToWrite(active_->data() + tail_, kNextFrame);
}

void LogTail::SetNext(std::shared_ptr<MappedSegment> segment) {
  next_ = std::move(segment);
  header_ = SegmentHeader{next_number(), origin_}.ToString();
  retired_.reserve(retired_.size() + 1);
}

void LogTail::UseNext(uint64_t position) {
  retired_.push_back({number_, std::move(active_), tail_});
  active_ = std::move(next_);
  next_ = nullptr;
  ++number_;
  PutHeader(position);
}

bool LogTail::WantsPages() const {
  return populated_ < active_->size() && populated_ - tail_ < kAhead / 2;
}

std::optional<PagesWanted> LogTail::WantPages() const {
  if (!WantsPages()) return std::nullopt;
  return PagesWanted{active_, populated_,
                     std::min(populated_ + kAhead, active_->size())};
}

void LogTail::HavePages(const PagesWanted& pages) {
  if (pages.segment == active_) populated_ = std::max(populated_, pages.end);
}

std::vector<RetiredSegment> LogTail::TakeRetired() {
  if (retired_.empty()) return {};
  std::vector<RetiredSegment> retired = std::exchange(retired_, {});
  // SetNext may have been called already.
  retired_.reserve(1);
  return retired;
}

absl::Status LogTail::Finish() {
  absl::Status status;
  if (active_ != nullptr) {
    status = active_->Finish(tail_);
    if (tail_ == header_size_) unlink(active_->path().c_str());
  }
  if (next_ != nullptr) unlink(next_->path().c_str());
  return status;
}

}  // namespace sekisho
