// One pass over all frames. The first thing that is not as it must be ends the
// log: after kill -9 that is a frame that was not published yet; after a power
// cut, which may lose any page that was not flushed, it may be anything since
// the last flush. A checkpoint is signed only after the flush of all that it
// covers, so what a checkpoint covers can be lost to neither.
//
// Tested by log_writer_test.cc and tests/log.
#include "engine/log/log_recovery.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/log/checkpoint.h"
#include "engine/log/log_format.h"
#include "engine/log/mapped_segment.h"
#include "engine/log/seal_segment.h"

namespace sekisho {
namespace {

class Recovery {
 public:
  Recovery(const std::string& directory, const std::string& origin)
      : directory_(directory), origin_(origin) {}

  absl::StatusOr<RecoveredLog> Run(absl::Span<const VerifierKey> keys) {
    RETURN_IF_ERROR(ReadCheckpoints(keys));
    RETURN_IF_ERROR(ReadPublished(keys));
    ASSIGN_OR_RETURN(std::vector<uint64_t> segments, ListSegments(directory_));
    for (uint64_t number : segments) {
      RETURN_IF_ERROR(ReadSegment(number));
    }
    if (log_.tree.size() < log_.checkpoint_size) {
      return absl::DataLossError(
          absl::StrCat("the log ends after ", log_.tree.size(), " records",
                       EndPlace(), ", and a checkpoint of ",
                       log_.checkpoint_size, " was signed: records are lost"));
    }
    // From here on nothing can be wrong with the log, only with the disk.
    RETURN_IF_ERROR(TrimCheckpoints());
    for (uint64_t number : segments) {
      RETURN_IF_ERROR(TrimSegment(number));
      unlink(Path(UnfinishedSealName(number)).c_str());
    }
    RETURN_IF_ERROR(SyncDirectory(directory_));
    return std::move(log_);
  }

 private:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_, "/", name);
  }

  absl::Status ReadCheckpoints(absl::Span<const VerifierKey> keys) {
    absl::StatusOr<std::string> bytes =
        ReadFile(Path(kCheckpointsFile), kMaxCheckpointsSize);
    if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
    if (!bytes.ok()) return bytes.status();
    absl::string_view rest;
    const std::vector<absl::string_view> notes =
        SplitCheckpoints(*bytes, &rest);
    for (absl::string_view bytes_of_note : notes) {
      ASSIGN_OR_RETURN(Note note, Note::Parse(bytes_of_note));
      ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Parse(note.text()));
      if (checkpoint.origin != origin_) {
        return absl::FailedPreconditionError(
            absl::StrCat(directory_, " holds the log `", checkpoint.origin,
                         "` and not `", origin_, "`"));
      }
      if (!checkpoints_.empty() && checkpoints_.back().size > checkpoint.size) {
        return absl::DataLossError("the checkpoints are not in order");
      }
      checkpoints_.push_back(std::move(checkpoint));
    }
    if (notes.empty()) {
      if (bytes->empty()) return absl::OkStatus();
    } else {
      // Who signed the earlier ones is for verify.h: keys change.
      const absl::StatusOr<Checkpoint> latest =
          OpenCheckpoint(notes.back(), keys);
      if (!latest.ok()) {
        return absl::FailedPreconditionError(
            absl::StrCat("the latest checkpoint of ", directory_,
                         " cannot be trusted: ", latest.status().message(),
                         ". If the key was changed, name the old one as well"));
      }
      log_.checkpoint_size = latest->size;
      log_.checkpoint_note = std::string(notes.back());
    }
    log_.checkpoints_file_size = bytes->size() - rest.size();
    // A note that was cut short was never published.
    checkpoints_torn_ = !rest.empty();
    return absl::OkStatus();
  }

  // What was published was written to the file of all checkpoints before.
  absl::Status ReadPublished(absl::Span<const VerifierKey> keys) {
    absl::StatusOr<std::string> bytes =
        ReadFile(Path(kCheckpointFile), Note::kMaxSize);
    if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
    if (!bytes.ok()) return bytes.status();
    const absl::StatusOr<Checkpoint> published = OpenCheckpoint(*bytes, keys);
    if (published.ok() && published->size > log_.checkpoint_size) {
      return absl::DataLossError(
          absl::StrCat("a checkpoint of ", published->size,
                       " records was published, and the last in `",
                       kCheckpointsFile, "` is of ", log_.checkpoint_size));
    }
    // A damaged one is written again.
    return absl::OkStatus();
  }

  absl::Status ReadSegment(uint64_t number) {
    ASSIGN_OR_RETURN(std::string bytes,
                     ReadFile(Path(SegmentName(number)), kMaxSegmentSize));
    size_t used = 0;
    if (!end_.has_value()) {
      ASSIGN_OR_RETURN(used, ReadFrames(number, bytes));
      if (used > 0 && used == bytes.size()) return absl::OkStatus();
    }
    // What is left is nothing, or not the log's.
    const size_t last = bytes.find_last_not_of('\0');
    const size_t garbage =
        last == bytes.npos || last < used ? 0 : last + 1 - used;
    cuts_.push_back({number, used, garbage});
    log_.cut_bytes += garbage;
    return absl::OkStatus();
  }

  // Returns how many bytes belong to the log, and sets end_ if it ends there.
  absl::StatusOr<size_t> ReadFrames(uint64_t number, absl::string_view bytes) {
    Frame frame;
    size_t used = 0;
    is_sealed_ = false;
    while (used < bytes.size() || bytes.empty()) {
      const FrameState state = ReadFrame(bytes, used, &frame);
      if (state == FrameState::kEnd) {
        // A finished segment that was not trimmed yet; or the last one.
        const bool is_clean = bytes.find_first_not_of('\0', used) == bytes.npos;
        if (used == 0 || !is_clean) end_ = {number, used};
        break;
      }
      ASSIGN_OR_RETURN(bool taken, state == FrameState::kFrame
                                       ? TakeFrame(number, used == 0, frame)
                                       : absl::StatusOr<bool>(false));
      if (!taken) {
        end_ = {number, used};
        break;
      }
      used = frame.end;
    }
    if (used > 0) {
      log_.next_segment = number + 1;
      if (!is_sealed_) log_.unsealed.push_back(number);
    }
    return used;
  }

  // False if the log cannot go on with this frame.
  absl::StatusOr<bool> TakeFrame(uint64_t number, bool is_first,
                                 const Frame& frame) {
    if (frame.position != log_.tree.size()) return false;
    if (is_first != (frame.type == FrameType::kHeader)) return false;
    switch (frame.type) {
      case FrameType::kHeader: {
        ASSIGN_OR_RETURN(SegmentHeader header,
                         SegmentHeader::Parse(frame.payload));
        if (header.origin != origin_) {
          return absl::FailedPreconditionError(
              absl::StrCat(directory_, " holds the log `", header.origin,
                           "` and not `", origin_, "`"));
        }
        return header.number == number && number == log_.next_segment;
      }
      case FrameType::kEvidence:
        log_.evidence.insert(Sha256(frame.payload));
        return true;
      case FrameType::kRecord:
        log_.tree.Append(LeafHash(frame.payload));
        RETURN_IF_ERROR(CompareCheckpoints());
        return true;
      case FrameType::kCompressed: {
        is_sealed_ = true;
        // What is compressed was on the disk long before: half of it is no
        // work of a crash.
        std::string frames;
        RETURN_IF_ERROR(Decompress(frame.payload, &frames));
        Frame inner;
        for (size_t at = 0; at < frames.size(); at = inner.end) {
          bool taken = false;
          if (ReadFrame(frames, at, &inner) == FrameState::kFrame &&
              inner.type != FrameType::kCompressed) {
            ASSIGN_OR_RETURN(taken, TakeFrame(number, false, inner));
          }
          if (!taken) {
            return absl::DataLossError(
                absl::StrCat("a compressed frame of ", SegmentName(number),
                             " holds something else than frames"));
          }
        }
        return true;
      }
    }
    return false;
  }

  absl::Status CompareCheckpoints() {
    for (; compared_ < checkpoints_.size(); ++compared_) {
      const Checkpoint& checkpoint = checkpoints_[compared_];
      if (checkpoint.size > log_.tree.size()) break;
      if (checkpoint.size == 0) continue;
      if (checkpoint.size < log_.tree.size() ||
          checkpoint.root != log_.tree.Root()) {
        return absl::DataLossError(absl::StrCat(
            "the log is not the one that its checkpoint of ", checkpoint.size,
            " records was signed for: it was altered"));
      }
    }
    return absl::OkStatus();
  }

  std::string EndPlace() const {
    if (!end_.has_value()) return "";
    return absl::StrCat(" (at byte ", end_->used, " of ",
                        SegmentName(end_->number), ")");
  }

  absl::Status TrimCheckpoints() {
    if (!checkpoints_torn_) return absl::OkStatus();
    return TruncateFile(Path(kCheckpointsFile), log_.checkpoints_file_size);
  }

  absl::Status TrimSegment(uint64_t number) {
    const std::string path = Path(SegmentName(number));
    const Cut* cut = nullptr;
    for (const Cut& candidate : cuts_) {
      if (candidate.number == number) cut = &candidate;
    }
    std::error_code error;
    if (cut == nullptr) {
      return TruncateFile(path, std::filesystem::file_size(path, error));
    }
    if (cut->garbage > 0) {
      ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxSegmentSize));
      RETURN_IF_ERROR(WriteFileAtomically(
          Path(
              absl::StrCat("cut-", log_.tree.size(), "-", SegmentName(number))),
          absl::string_view(bytes).substr(cut->used, cut->garbage)));
    }
    if (cut->used > 0) return TruncateFile(path, cut->used);
    if (unlink(path.c_str()) == 0) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot remove ", path));
  }

  // More is not ours.
  static constexpr size_t kMaxCheckpointsSize = size_t{1} << 32;

  // Bytes of a segment from `used` on that are to go. `garbage` of them, up to
  // the last that is not zero, are worth keeping elsewhere.
  struct Cut {
    uint64_t number;
    size_t used;
    size_t garbage;
  };
  struct Place {
    uint64_t number;
    size_t used;
  };

  const std::string directory_;
  const std::string origin_;
  RecoveredLog log_;
  std::vector<Checkpoint> checkpoints_;
  // How many of them the tree has been compared with.
  size_t compared_ = 0;
  bool checkpoints_torn_ = false;
  // The segment that is being read has compressed frames.
  bool is_sealed_ = false;
  // Where the log ends before its files do.
  std::optional<Place> end_;
  std::vector<Cut> cuts_;
};

}  // namespace

absl::StatusOr<RecoveredLog> RecoverLog(const std::string& directory,
                                        const std::string& origin,
                                        absl::Span<const VerifierKey> keys) {
  return Recovery(directory, origin).Run(keys);
}

}  // namespace sekisho
