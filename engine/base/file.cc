#include "engine/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/file_replacement.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", what, " ", path));
}

absl::Status WriteAll(int fd, absl::string_view bytes,
                      const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Puts a file's new name on the disk.
absl::Status SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const std::string directory = parent.empty() ? "." : parent;
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open", directory);
  absl::Status status;
  if (fsync(fd) != 0) status = Failed("flush", directory);
  close(fd);
  return status;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_bytes) {
  const bool is_stdin = path == "-";
  const int fd =
      is_stdin ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path);
  std::string bytes;
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
    // At once, or it would be copied each time that it grows.
    bytes.reserve(std::min(static_cast<size_t>(info.st_size), max_bytes));
  }
  char buffer[1 << 16];
  absl::Status status;
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) status = Failed("read", path);
    if (got <= 0) break;
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > max_bytes) {
      status = absl::ResourceExhaustedError(
          absl::StrCat(path, " has more than ", max_bytes, " bytes"));
      break;
    }
  }
  if (!is_stdin) close(fd);
  if (!status.ok()) return status;
  return bytes;
}

absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view bytes) {
  FileReplacement file(path);
  file.Append(bytes);
  return file.Commit();
}

FileReplacement::FileReplacement(std::string path)
    : path_(std::move(path)), temporary_(absl::StrCat(path_, ".XXXXXX")) {
  struct stat info;
  if (stat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    // Renaming would put a file in the place of, say, /dev/null.
    status_ = absl::FailedPreconditionError(
        absl::StrCat("cannot replace ", path_, ": it is not a file"));
    return;
  }
  fd_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) status_ = Failed("create", temporary_);
}

FileReplacement::~FileReplacement() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(temporary_.c_str());
}

void FileReplacement::Append(absl::string_view bytes) {
  constexpr size_t kBuffer = size_t{1} << 16;
  if (buffer_.size() + bytes.size() > kBuffer) Flush();
  if (bytes.size() < kBuffer) {
    buffer_.append(bytes.data(), bytes.size());
  } else if (status_.ok()) {
    status_ = WriteAll(fd_, bytes, temporary_);
  }
}

void FileReplacement::Flush() {
  if (status_.ok()) status_ = WriteAll(fd_, buffer_, temporary_);
  buffer_.clear();
}

absl::Status FileReplacement::Commit() {
  Flush();
  RETURN_IF_ERROR(status_);
  if (fsync(fd_) != 0) return Failed("flush", temporary_);
  if (fchmod(fd_, 0644) != 0) return Failed("chmod", temporary_);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    return Failed("replace", path_);
  }
  close(std::exchange(fd_, -1));
  return SyncFolderOf(path_);
}

}  // namespace sekisho
