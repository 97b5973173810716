// Tested by seal_segment_test.cc.
#include "engine/log/seal_segment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_format.h"
#include "engine/log/mapped_segment.h"

namespace sekisho {
namespace {

// As long as what one reader holds in memory, and long enough to find most of
// what repeats.
constexpr size_t kBlockSize = size_t{4} << 20;
constexpr int kLevel = 3;

absl::Status Damaged(uint64_t number, size_t offset) {
  return absl::DataLossError(absl::StrCat(SegmentName(number),
                                          " cannot be compressed: byte ",
                                          offset, " is damaged"));
}

// Memory that one block uses after the other.
struct Scratch {
  std::string payload;
  std::string back;
};

// Compresses `frames`, whose first has that position.
absl::Status AppendBlock(absl::string_view frames, uint64_t position,
                         Scratch* scratch, std::string* out) {
  Compress(frames, kLevel, &scratch->payload);
  // The original is about to go.
  RETURN_IF_ERROR(Decompress(scratch->payload, &scratch->back));
  if (scratch->back != frames) {
    return absl::InternalError("what was compressed does not come back");
  }
  FrameDraft(FrameType::kCompressed, scratch->payload).AppendTo(position, out);
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", path));
  }
  absl::Status status;
  while (status.ok() && !bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      status = absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
    }
  }
  if (status.ok() && fsync(fd) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("cannot flush ", path));
  }
  close(fd);
  return status;
}

}  // namespace

std::string UnfinishedSealName(uint64_t number) {
  return absl::StrCat(SegmentName(number), ".tmp");
}

absl::Status SealSegment(const std::string& directory, uint64_t number,
                         absl::FunctionRef<bool()> is_cancelled) {
  const std::string path = absl::StrCat(directory, "/", SegmentName(number));
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxSegmentSize));
  Frame frame;
  if (ReadFrame(bytes, 0, &frame) != FrameState::kFrame ||
      frame.type != FrameType::kHeader) {
    return Damaged(number, 0);
  }
  std::string sealed = bytes.substr(0, frame.end);
  const absl::string_view all = bytes;
  Scratch scratch;
  // The block that is being collected.
  size_t begin = frame.end;
  size_t end = frame.end;
  uint64_t position = frame.position;
  while (true) {
    const FrameState state = ReadFrame(bytes, end, &frame);
    if (state == FrameState::kDamaged ||
        (state == FrameState::kEnd &&
         all.find_first_not_of('\0', end) != all.npos)) {
      return Damaged(number, end);
    }
    const bool is_over = state == FrameState::kEnd;
    if (!is_over && frame.type == FrameType::kCompressed) {
      return absl::OkStatus();
    }
    if (end > begin && (is_over || frame.end - begin > kBlockSize)) {
      if (is_cancelled()) return absl::CancelledError("");
      RETURN_IF_ERROR(AppendBlock(all.substr(begin, end - begin), position,
                                  &scratch, &sealed));
      begin = end;
      position = frame.position;
    }
    if (is_over) break;
    end = frame.end;
  }

  const std::string temporary =
      absl::StrCat(directory, "/", UnfinishedSealName(number));
  absl::Status status = WriteFile(temporary, sealed);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("cannot replace ", path));
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncDirectory(directory);
}

}  // namespace sekisho
