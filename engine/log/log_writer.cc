// How the threads work together is in log_writer_rep.h.
//
// Tested by log_writer_test.cc and tests/log (kill -9, full disks, threads).
#include "engine/log/log_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_recovery.h"
#include "engine/log/log_writer_rep.h"
#include "engine/log/record_format.h"
#include "engine/log/seal_segment.h"

namespace sekisho {
namespace {

constexpr size_t kMinSegmentBytes = 4096;
// How often the disk is asked again after it was full.
constexpr absl::Duration kRetryInterval = absl::Seconds(1);
// A flush that takes longer holds back new records: otherwise a disk that hangs
// would make the loss of a power cut unbounded.
constexpr absl::Duration kMaxFlushTime = absl::Seconds(5);

absl::StatusOr<int> LockDirectory(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/", kLockFile);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  return absl::FailedPreconditionError(
      absl::StrCat("another process writes to the log in ", directory));
}

}  // namespace

absl::Status DecisionLog::Rep::Start(RecoveredLog recovered) {
  ASSIGN_OR_RETURN(
      checkpoints_,
      CheckpointFile::Open(directory_, recovered.checkpoints_file_size));
  if (!recovered.checkpoint_note.empty()) {
    RETURN_IF_ERROR(checkpoints_->Publish(recovered.checkpoint_note));
  }
  ASSIGN_OR_RETURN(
      std::shared_ptr<MappedSegment> segment,
      CreateSegment(recovered.next_segment, options_.segment_bytes));
  follower_ = TreeFollower(std::move(recovered.tree));
  const MerkleTree& tree = follower_.tree();
  const uint64_t cut_bytes = recovered.cut_bytes;
  {
    absl::MutexLock lock(&mutex_);
    for (const Sha256Digest& hash : recovered.evidence) evidence_.Insert(hash);
    size_ = durable_size_ = tree.size();
    checkpoint_ = {options_.origin, recovered.checkpoint_size, Sha256Digest{}};
    if (checkpoint_.size == tree.size()) checkpoint_.root = tree.Root();
    published_ = recovered.checkpoint_note;
    // What a crash left without a checkpoint gets one now.
    if (size_ == checkpoint_.size) checkpoint_time_ = absl::Now();
    unsealed_.assign(recovered.unsealed.begin(), recovered.unsealed.end());
    tail_.Begin(std::move(segment), recovered.next_segment, options_.origin,
                size_);
  }
  flusher_ = std::thread([this] { FlushLoop(); });
  preparer_ = std::thread([this] { PrepareLoop(); });
  if (options_.compress) sealer_ = std::thread([this] { SealLoop(); });
  if (!options_.record_lifecycle) return absl::OkStatus();

  Record record;
  record.salt = NewSalt();
  record.id = NewRecordId(absl::Now());
  record.time_ns = absl::ToUnixNanos(absl::Now());
  record.body =
      OpenedBody{options_.software, key_.verifier().ToString(), cut_bytes};
  return Append(record, {}).status();
}

absl::StatusOr<LogPosition> DecisionLog::Rep::Append(
    const Record& record, absl::Span<const LogEvidence> evidence) {
  thread_local std::string bytes;
  RETURN_IF_ERROR(EncodeRecord(record, &bytes));
  LogPosition position;
  position.leaf_hash = LeafHash(bytes);
  ASSIGN_OR_RETURN(position.index,
                   AppendEncoded(bytes, evidence, &position.leaf_hash));
  return position;
}

absl::StatusOr<uint64_t> DecisionLog::Rep::AppendEncoded(
    absl::string_view record, absl::Span<const LogEvidence> evidence,
    const Sha256Digest* leaf_hash) {
  const FrameDraft draft(FrameType::kRecord, record);
  std::vector<FreshEvidence> fresh;
  if (!evidence.empty()) {
    ASSIGN_OR_RETURN(fresh, CheckEvidence(evidence));
  }
  absl::MutexLock lock(&mutex_);
  return AppendLocked(draft, fresh, leaf_hash);
}

absl::StatusOr<std::vector<FreshEvidence>> DecisionLog::Rep::CheckEvidence(
    absl::Span<const LogEvidence> evidence) const {
  std::vector<FreshEvidence> fresh;
  for (const LogEvidence& item : evidence) {
    if (HasEvidence(item.hash)) continue;
    // It may have to be compressed, with its frame, in another.
    if (FrameSize(item.content.size()) > kMaxPayloadSize) {
      return absl::InvalidArgumentError(
          absl::StrCat("evidence of ", item.content.size(),
                       " bytes does not fit into the log"));
    }
    if (Sha256(item.content) != item.hash) {
      return absl::InvalidArgumentError(
          "some evidence is not what its hash says");
    }
    fresh.push_back(
        {item.hash, FrameDraft(FrameType::kEvidence, item.content)});
  }
  return fresh;
}

absl::StatusOr<uint64_t> DecisionLog::Rep::AppendLocked(
    const FrameDraft& record, absl::Span<const FreshEvidence> fresh,
    const Sha256Digest* leaf_hash) {
  size_t bytes = record.size();
  for (const FreshEvidence& item : fresh) bytes += item.draft.size();
  if (!HasRoom(bytes)) RETURN_IF_ERROR(MakeRoom(bytes));

  for (const FreshEvidence& item : fresh) {
    if (evidence_.Insert(item.hash)) tail_.Put(item.draft, size_);
  }
  tail_.Put(record, size_);
  const uint64_t index = size_++;
  if (leaf_hash != nullptr) known_leaves_.push_back({index, *leaf_hash});
  if (unsynced_since_ == absl::InfiniteFuture()) {
    unsynced_since_ = absl::Now();
    flusher_wakes_.Signal();
  }
  if (tail_.WantsPages() && !are_pages_asked_for_) {
    are_pages_asked_for_ = true;
    preparer_wakes_.Signal();
  }
  if (options_.durability == Durability::kSync) {
    RETURN_IF_ERROR(WaitUntilDurable(index + 1));
  }
  return index;
}

// Returns once `bytes` may be stored at the tail.
absl::Status DecisionLog::Rep::MakeRoom(size_t bytes) {
  if (bytes > kMaxSegmentSize - header_bytes_) {
    return absl::InvalidArgumentError(
        absl::StrCat("a record with its evidence of ", bytes,
                     " bytes does not fit into a segment of the log"));
  }
  absl::Status status = WaitForRoom(bytes);
  if (status.ok()) {
    status = tail_.MakeWritable(bytes);
    if (!status.ok()) status = absl::UnavailableError(status.message());
  }
  if (std::exchange(large_segment_bytes_, 0) > 0 && !space_.ok()) {
    // A segment as they usually are may be possible.
    space_time_ = absl::InfinitePast();
    preparer_wakes_.Signal();
  }
  return status;
}

absl::Status DecisionLog::Rep::WaitForRoom(size_t bytes) {
  const size_t segment_bytes = header_bytes_ + bytes;
  absl::Time deadline = absl::InfiniteFuture();
  while (true) {
    if (is_closing_) return absl::UnavailableError("the log is closed");
    if (!failure_.ok()) return failure_;
    if (!HasBacklog()) {
      if (tail_.HasRoom(bytes)) return absl::OkStatus();
      if (segment_bytes > options_.segment_bytes) {
        // The next one may have been made already: then that after it.
        large_segment_bytes_ = std::max(large_segment_bytes_, segment_bytes);
      }
      if (tail_.has_next()) {
        tail_.UseNext(size_);
        preparer_wakes_.Signal();
        continue;
      }
      if (!space_.ok()) {
        return absl::UnavailableError(
            absl::StrCat("the log is full: ", space_.message()));
      }
    } else {
      is_flush_wanted_ = true;
      flusher_wakes_.Signal();
    }
    if (deadline == absl::InfiniteFuture()) {
      deadline = absl::Now() + options_.append_timeout;
    }
    if (progress_.WaitWithDeadline(&mutex_, deadline)) {
      return absl::ResourceExhaustedError(
          "the disk does not keep up with the log: try again later");
    }
  }
}

absl::Status DecisionLog::Rep::WaitUntilDurable(uint64_t size) {
  while (durable_size_ < size && failure_.ok()) {
    is_flush_wanted_ = true;
    flusher_wakes_.Signal();
    progress_.Wait(&mutex_);
  }
  return durable_size_ < size ? failure_ : absl::OkStatus();
}

absl::Time DecisionLog::Rep::NextFlush() const {
  if (unsynced_since_ == absl::InfiniteFuture()) return absl::InfiniteFuture();
  if (is_flush_wanted_ || is_closing_) return absl::InfinitePast();
  return unsynced_since_ + options_.fsync_window;
}

absl::Time DecisionLog::Rep::NextCheckpoint() const {
  if (size_ == checkpoint_.size) return absl::InfiniteFuture();
  if (is_checkpoint_wanted_) return absl::InfinitePast();
  return checkpoint_time_ + options_.checkpoint_interval;
}

void DecisionLog::Rep::FlushLoop() {
  absl::MutexLock lock(&mutex_);
  while (failure_.ok()) {
    const absl::Time now = absl::Now();
    const bool sign = NextCheckpoint() <= now;
    if (sign || NextFlush() <= now) {
      Flush();
      if (sign && failure_.ok()) SignCheckpoint();
      continue;
    }
    if (is_closing_) break;
    flusher_wakes_.WaitWithDeadline(&mutex_,
                                    std::min(NextFlush(), NextCheckpoint()));
  }
  if (failure_.ok() && size_ != checkpoint_.size) SignCheckpoint();
}

void DecisionLog::Rep::Flush() {
  const std::vector<RetiredSegment> retired = tail_.TakeRetired();
  flushed_leaves_.clear();
  flushed_leaves_.swap(known_leaves_);
  const std::shared_ptr<MappedSegment> active = tail_.active();
  const size_t used = tail_.used();
  const size_t writable = tail_.writable();
  const uint64_t size = size_;
  unsynced_bytes_ = tail_.TakeStoredBytes();
  flushing_since_ = absl::Now();
  is_flush_wanted_ = false;
  unsynced_since_ = absl::InfiniteFuture();

  mutex_.Unlock();
  absl::Span<const KnownLeaf> known = flushed_leaves_;
  absl::Status status;
  for (const RetiredSegment& segment : retired) {
    status.Update(
        follower_.Follow({segment.segment->data(), segment.used}, &known));
    follower_.EndSegment();
    status.Update(segment.segment->Finish(segment.used));
  }
  status.Update(follower_.Follow({active->data(), used}, &known));
  status.Update(active->Sync(used));
  // The disk took pages ahead of the tail too, and what it takes must be made
  // writable again. Where that fails, MakeRoom will say so.
  active->Populate(used, writable).IgnoreError();
  mutex_.Lock();

  flushing_since_ = absl::InfiniteFuture();
  is_flush_late_ = false;
  if (status.ok()) {
    durable_size_ = size;
    unsynced_bytes_ = 0;
    if (options_.compress && !retired.empty()) {
      for (const RetiredSegment& segment : retired) {
        unsealed_.push_back(segment.number);
      }
      sealer_wakes_.Signal();
    }
  } else {
    // What the kernel could not write it may have forgotten: only reading the
    // log again tells what is there.
    failure_ = absl::UnavailableError(absl::StrCat(
        "the log failed and must be opened again: ", status.message()));
  }
  progress_.SignalAll();
}

// REQUIRES: Flush just succeeded.
void DecisionLog::Rep::SignCheckpoint() {
  const MerkleTree& tree = follower_.tree();
  const Checkpoint checkpoint = {options_.origin, tree.size(), tree.Root()};
  is_checkpoint_wanted_ = false;

  mutex_.Unlock();
  const std::string note = sekisho::SignCheckpoint(checkpoint, key_);
  absl::Status status = checkpoints_->Write(note);
  mutex_.Lock();

  if (status.ok()) {
    checkpoint_ = checkpoint;
    published_ = note;
  }
  checkpoint_status_ = std::move(status);
  checkpoint_time_ = absl::Now();
  ++checkpoint_attempts_;
  progress_.SignalAll();
}

absl::StatusOr<Checkpoint> DecisionLog::Rep::SignCheckpointNow() {
  absl::MutexLock lock(&mutex_);
  if (size_ == 0) return absl::FailedPreconditionError("the log is empty");
  const uint64_t size = size_;
  // One attempt may be under way, for fewer records.
  const uint64_t attempts = checkpoint_attempts_ + 2;
  while (checkpoint_.size < size && checkpoint_attempts_ < attempts &&
         failure_.ok()) {
    if (is_closing_) return absl::UnavailableError("the log is closed");
    is_checkpoint_wanted_ = true;
    flusher_wakes_.Signal();
    progress_.Wait(&mutex_);
  }
  RETURN_IF_ERROR(failure_);
  if (checkpoint_.size < size) return checkpoint_status_;
  return checkpoint_;
}

void DecisionLog::Rep::PrepareLoop() {
  absl::MutexLock lock(&mutex_);
  while (!is_closing_) {
    const absl::Time now = absl::Now();
    if (!tail_.has_next() && space_time_ + kRetryInterval <= now) {
      PrepareSegment();
      continue;
    }
    const std::optional<PagesWanted> pages = tail_.WantPages();
    if (pages.has_value()) PreparePages(*pages);
    if (flushing_since_ + kMaxFlushTime <= now) is_flush_late_ = true;
    preparer_wakes_.WaitWithTimeout(&mutex_, kRetryInterval);
  }
}

void DecisionLog::Rep::PrepareSegment() {
  const uint64_t number = tail_.next_number();
  const size_t size = std::max(options_.segment_bytes, large_segment_bytes_);
  mutex_.Unlock();
  absl::StatusOr<std::shared_ptr<MappedSegment>> segment =
      CreateSegment(number, size);
  mutex_.Lock();
  space_ = segment.status();
  space_time_ = absl::Now();
  if (segment.ok()) {
    tail_.SetNext(*std::move(segment));
    space_time_ = absl::InfinitePast();
  }
  progress_.SignalAll();
}

void DecisionLog::Rep::PreparePages(const PagesWanted& pages) {
  mutex_.Unlock();
  const absl::Status status = pages.segment->Populate(pages.begin, pages.end);
  mutex_.Lock();
  // Where it failed, MakeRoom will say so to whom it concerns.
  if (status.ok()) tail_.HavePages(pages);
  are_pages_asked_for_ = false;
}

void DecisionLog::Rep::SealLoop() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
  absl::MutexLock lock(&mutex_);
  while (!is_closing_) {
    if (unsealed_.empty()) {
      sealer_wakes_.Wait(&mutex_);
      continue;
    }
    const uint64_t number = unsealed_.front();
    unsealed_.pop_front();
    mutex_.Unlock();
    const absl::Status status = SealSegment(directory_, number, [this] {
      absl::MutexLock inner_lock(&mutex_);
      return is_closing_;
    });
    mutex_.Lock();
    // What fails stays as it is until the log is opened again.
    if (!status.ok() && !absl::IsCancelled(status)) sealing_ = status;
  }
}

LogHealth DecisionLog::Rep::health() const {
  absl::MutexLock lock(&mutex_);
  LogHealth health;
  health.status =
      is_closing_ ? absl::UnavailableError("the log is closed") : failure_;
  health.space = space_;
  health.checkpoint = checkpoint_status_;
  health.compression = sealing_;
  health.size = size_;
  health.durable_size = durable_size_;
  health.checkpoint_size = checkpoint_.size;
  return health;
}

absl::Status DecisionLog::Rep::Close(absl::string_view reason) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_closing_) return absl::OkStatus();
  }
  absl::Status status;
  if (options_.record_lifecycle) {
    Record record;
    record.salt = NewSalt();
    record.id = NewRecordId(absl::Now());
    record.time_ns = absl::ToUnixNanos(absl::Now());
    record.body = ClosedBody{std::string(reason)};
    status = Append(record, {}).status();
  }
  Stop();
  absl::MutexLock lock(&mutex_);
  status.Update(failure_);
  status.Update(checkpoint_status_);
  return status;
}

void DecisionLog::Rep::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (is_closing_) return;
    is_closing_ = true;
    flusher_wakes_.Signal();
    preparer_wakes_.Signal();
    sealer_wakes_.Signal();
    progress_.SignalAll();
  }
  if (sealer_.joinable()) sealer_.join();
  if (flusher_.joinable()) flusher_.join();
  if (preparer_.joinable()) preparer_.join();
  absl::MutexLock lock(&mutex_);
  const absl::Status status = tail_.Finish();
  if (failure_.ok()) failure_ = status;
}

absl::StatusOr<std::unique_ptr<DecisionLog>> DecisionLog::Open(
    const std::string& directory, const SigningKey& key,
    const DecisionLogOptions& given) {
  DecisionLogOptions options = given;
  if (options.origin.empty()) options.origin = key.verifier().name();
  RETURN_IF_ERROR(ValidateKeyName(options.origin));
  if (options.segment_bytes < kMinSegmentBytes ||
      options.segment_bytes > kMaxSegmentSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a segment of the log has at least ", kMinSegmentBytes,
                     " and at most ", kMaxSegmentSize, " bytes"));
  }
  options.segment_bytes = options.segment_bytes / 8 * 8;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::ErrnoToStatus(error.value(),
                               absl::StrCat("cannot create ", directory));
  }
  ASSIGN_OR_RETURN(int lock_fd, LockDirectory(directory));
  auto rep = std::make_unique<Rep>(directory, key, options, lock_fd);

  std::vector<VerifierKey> keys = options.former_keys;
  keys.push_back(key.verifier());
  ASSIGN_OR_RETURN(RecoveredLog recovered,
                   RecoverLog(directory, options.origin, keys));
  RETURN_IF_ERROR(rep->Start(std::move(recovered)));
  return std::unique_ptr<DecisionLog>(new DecisionLog(std::move(rep)));
}

DecisionLog::DecisionLog(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
DecisionLog::~DecisionLog() = default;

absl::StatusOr<LogPosition> DecisionLog::Append(
    const Record& record, absl::Span<const LogEvidence> evidence) {
  return rep_->Append(record, evidence);
}
absl::StatusOr<uint64_t> DecisionLog::AppendEncoded(
    absl::string_view record, absl::Span<const LogEvidence> evidence,
    const Sha256Digest* leaf_hash) {
  return rep_->AppendEncoded(record, evidence, leaf_hash);
}
bool DecisionLog::HasEvidence(const Sha256Digest& hash) const {
  return rep_->HasEvidence(hash);
}
void DecisionLog::ExpectEvidence(const Sha256Digest& hash) const {
  rep_->ExpectEvidence(hash);
}
absl::Status DecisionLog::Sync() { return rep_->Sync(); }
absl::StatusOr<Checkpoint> DecisionLog::SignCheckpointNow() {
  return rep_->SignCheckpointNow();
}
std::string DecisionLog::PublishedCheckpoint() const {
  return rep_->PublishedCheckpoint();
}
LogHealth DecisionLog::health() const { return rep_->health(); }
const std::string& DecisionLog::origin() const { return rep_->origin(); }
absl::Status DecisionLog::Close(absl::string_view reason) {
  return rep_->Close(reason);
}

}  // namespace sekisho
