// The inside of DecisionLog: its state, and who may touch it when.
//
// Callers encode and compute checksums; under the mutex a record is copied into
// the mapped segment, so that the kernel has it, and takes its place in the
// order. Three threads follow behind: one hashes what was stored, advances the
// tree, flushes and signs; one has the next segment and the next pages ready
// before they are needed; one compresses segments that are full. They are woken
// when there begins to be work for them, and the clock is read then.
//
// Invariants, under the mutex:
// - Frames lie behind each other in the order of their positions, so a crash
//   leaves at most one of them unpublished, and none behind it.
// - durable_size_ <= size_. The tree has the first durable_size_ records
// whenever
//   a checkpoint is signed.
#ifndef SEKISHO_ENGINE_LOG_LOG_WRITER_REP_H_
#define SEKISHO_ENGINE_LOG_LOG_WRITER_REP_H_

#include <unistd.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/log/checkpoint_file.h"
#include "engine/log/evidence_set.h"
#include "engine/log/log_format.h"
#include "engine/log/log_recovery.h"
#include "engine/log/log_tail.h"
#include "engine/log/log_writer.h"
#include "engine/log/mapped_segment.h"
#include "engine/log/tree_follower.h"

namespace sekisho {

// Something new to the log, with its hash checked.
struct FreshEvidence {
  Sha256Digest hash;
  FrameDraft draft;
};

class DecisionLog::Rep {
 public:
  Rep(std::string directory, const SigningKey& key, DecisionLogOptions options,
      int lock_fd)
      : directory_(std::move(directory)),
        key_(key),
        options_(std::move(options)),
        lock_fd_(lock_fd),
        header_bytes_(FrameSize(
            SegmentHeader{std::numeric_limits<uint64_t>::max(), options_.origin}
                .ToString()
                .size())) {}

  ~Rep() {
    Stop();
    close(lock_fd_);
  }

  absl::Status Start(RecoveredLog recovered);
  absl::StatusOr<LogPosition> Append(const Record& record,
                                     absl::Span<const LogEvidence> evidence);
  absl::StatusOr<uint64_t> AppendEncoded(absl::string_view record,
                                         absl::Span<const LogEvidence> evidence,
                                         const Sha256Digest* leaf_hash);
  bool HasEvidence(const Sha256Digest& hash) const {
    return evidence_.Contains(hash);
  }
  void ExpectEvidence(const Sha256Digest& hash) const {
    evidence_.Prefetch(hash);
  }
  absl::Status Sync() {
    absl::MutexLock lock(&mutex_);
    return WaitUntilDurable(size_);
  }
  absl::StatusOr<Checkpoint> SignCheckpointNow();
  std::string PublishedCheckpoint() const {
    absl::MutexLock lock(&mutex_);
    return published_;
  }
  LogHealth health() const;
  const std::string& origin() const { return options_.origin; }
  absl::Status Close(absl::string_view reason);

 private:
  absl::StatusOr<std::vector<FreshEvidence>> CheckEvidence(
      absl::Span<const LogEvidence> evidence) const;

  absl::StatusOr<uint64_t> AppendLocked(const FrameDraft& record,
                                        absl::Span<const FreshEvidence> fresh,
                                        const Sha256Digest* leaf_hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether `bytes` may be stored at the tail at once.
  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return tail_.IsWritable(bytes) && !HasBacklog() && failure_.ok() &&
           !is_closing_;
  }
  bool HasBacklog() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_flush_late_ ||
           unsynced_bytes_ + tail_.stored_bytes() > options_.max_unsynced_bytes;
  }
  absl::Status MakeRoom(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WaitForRoom(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WaitUntilDurable(uint64_t size)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The thread that flushes and signs.
  void FlushLoop();
  // When it has something to do next.
  absl::Time NextFlush() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time NextCheckpoint() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SignCheckpoint() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The thread that compresses what is complete.
  void SealLoop();

  // The thread that works ahead.
  void PrepareLoop();
  absl::StatusOr<std::shared_ptr<MappedSegment>> CreateSegment(
      uint64_t number, size_t size) const {
    return LogTail::CreateSegment(directory_, number, size,
                                  options_.reserve_bytes);
  }
  void PrepareSegment() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PreparePages(const PagesWanted& pages)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Stop();

  // Constant after Start.
  const std::string directory_;
  const SigningKey key_;
  const DecisionLogOptions options_;
  const int lock_fd_;
  // What the header of any segment takes at the most.
  const size_t header_bytes_;
  std::thread flusher_;
  std::thread preparer_;
  std::thread sealer_;

  // Only the flushing thread uses these.
  TreeFollower follower_;
  std::vector<KnownLeaf> flushed_leaves_;
  std::unique_ptr<CheckpointFile> checkpoints_;

  // Inserted to under the mutex.
  EvidenceSet evidence_;

  mutable absl::Mutex mutex_;
  absl::CondVar flusher_wakes_;
  absl::CondVar preparer_wakes_;
  absl::CondVar sealer_wakes_;
  // Something became durable, signed or ready, or failed.
  absl::CondVar progress_;

  LogTail tail_ ABSL_GUARDED_BY(mutex_);
  // Whether the preparing thread was told that pages are wanted.
  bool are_pages_asked_for_ ABSL_GUARDED_BY(mutex_) = false;
  // The size of a segment that somebody waits for, if a usual one is too small.
  size_t large_segment_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Segments that are complete.
  std::deque<uint64_t> unsealed_ ABSL_GUARDED_BY(mutex_);

  // Those of the records that the tree does not have yet that callers computed.
  std::vector<KnownLeaf> known_leaves_ ABSL_GUARDED_BY(mutex_);
  uint64_t size_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t durable_size_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of what is being flushed. More was stored since: tail_.stored_bytes().
  uint64_t unsynced_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // When the first of the unsynced records came.
  absl::Time unsynced_since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Time flushing_since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  bool is_flush_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_flush_late_ ABSL_GUARDED_BY(mutex_) = false;

  Checkpoint checkpoint_ ABSL_GUARDED_BY(mutex_);
  std::string published_ ABSL_GUARDED_BY(mutex_);
  absl::Time checkpoint_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool is_checkpoint_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t checkpoint_attempts_ ABSL_GUARDED_BY(mutex_) = 0;

  // Of a flush; nothing is appended any more.
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Status space_ ABSL_GUARDED_BY(mutex_);
  absl::Time space_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status checkpoint_status_ ABSL_GUARDED_BY(mutex_);
  absl::Status sealing_ ABSL_GUARDED_BY(mutex_);
  bool is_closing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_LOG_WRITER_REP_H_
