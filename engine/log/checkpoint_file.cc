// Tested by log_writer_test.cc.
#include "engine/log/checkpoint_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/log/log_format.h"

namespace sekisho {

absl::StatusOr<std::unique_ptr<CheckpointFile>> CheckpointFile::Open(
    const std::string& directory, uint64_t size) {
  const std::string path = absl::StrCat(directory, "/", kCheckpointsFile);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  return std::unique_ptr<CheckpointFile>(
      new CheckpointFile(directory, fd, size));
}

CheckpointFile::~CheckpointFile() { close(fd_); }

absl::Status CheckpointFile::Write(absl::string_view note) {
  const std::string bytes = absl::StrCat(note, "\n");
  const ssize_t written =
      pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
  const bool is_whole = written == static_cast<ssize_t>(bytes.size());
  if (!is_whole || fdatasync(fd_) != 0) {
    const int error = written >= 0 && !is_whole ? ENOSPC : errno;
    // Otherwise half a note may stay, which the next one overwrites.
    if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) {
      return absl::ErrnoToStatus(errno, "cannot truncate the checkpoints");
    }
    return absl::ErrnoToStatus(error, "cannot write a checkpoint");
  }
  RETURN_IF_ERROR(Publish(note));
  size_ += bytes.size();
  return absl::OkStatus();
}

absl::Status CheckpointFile::Publish(absl::string_view note) {
  return WriteFileAtomically(absl::StrCat(directory_, "/", kCheckpointFile),
                             note);
}

}  // namespace sekisho
