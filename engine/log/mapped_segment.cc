// Tested by log_writer_test.cc and tests/log.
#include "engine/log/mapped_segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path,
                    int error = errno) {
  if (error == EDQUOT || error == EFBIG) error = ENOSPC;
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", path));
}

size_t PageSize() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

absl::Status CheckSpace(int fd, const std::string& path, uint64_t wanted) {
  struct statvfs info;
  if (fstatvfs(fd, &info) != 0) return Failed("examine", path);
  const uint64_t available = uint64_t{info.f_bavail} * info.f_frsize;
  if (available >= wanted) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the disk of ", path, " has ", available,
                   " bytes left, and the log wants ", wanted,
                   ": free some, or make its reserve smaller"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MappedSegment>> MappedSegment::Create(
    const std::string& path, size_t size, uint64_t reserve) {
  const int fd =
      open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("create", path);
  absl::Status status = CheckSpace(fd, path, size + reserve);
  if (status.ok()) {
    const int error = posix_fallocate(fd, 0, static_cast<off_t>(size));
    if (error != 0) status = Failed("set aside space for", path, error);
  }
  void* data = MAP_FAILED;
  if (status.ok()) {
    data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) status = Failed("map", path);
  }
  if (!status.ok()) {
    close(fd);
    unlink(path.c_str());
    return status;
  }
  return std::unique_ptr<MappedSegment>(
      new MappedSegment(path, fd, static_cast<char*>(data), size));
}

MappedSegment::~MappedSegment() {
  munmap(data_, size_);
  close(fd_);
}

absl::Status MappedSegment::Populate(size_t begin, size_t end) {
  const size_t page = PageSize();
  begin = begin / page * page;
  end = std::min((end + page - 1) / page * page, size_);
  if (begin >= end) return absl::OkStatus();
#ifdef MADV_POPULATE_WRITE
  constexpr int kAdvice = MADV_POPULATE_WRITE;
#else
  constexpr int kAdvice = 23;
#endif
  int result;
  do {
    result = madvise(data_ + begin, end - begin, kAdvice);
  } while (result != 0 && errno == EINTR);
  // Kernels before 5.14 do not know it; the blocks are set aside anyway.
  if (result == 0 || errno == EINVAL) return absl::OkStatus();
  return Failed("write to", path_);
}

// What was stored stays in the kernel, and what is read of it again is mapped
// again.
void MappedSegment::Unmap(size_t end) {
  end = end / PageSize() * PageSize();
  if (end <= unmapped_) return;
  madvise(data_ + unmapped_, end - unmapped_, MADV_DONTNEED);
  unmapped_ = end;
}

absl::Status MappedSegment::Sync(size_t stored) {
  Unmap(stored);
  if (fdatasync(fd_) == 0) return absl::OkStatus();
  return Failed("flush", path_);
}

absl::Status MappedSegment::Finish(size_t used) {
  Unmap(size_);
  if (ftruncate(fd_, static_cast<off_t>(used)) != 0) {
    return Failed("truncate", path_);
  }
  if (fsync(fd_) != 0) return Failed("flush", path_);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path);
  absl::Status status;
  if (fsync(fd) != 0) status = Failed("flush", path);
  close(fd);
  return status;
}

absl::Status TruncateFile(const std::string& path, uint64_t size) {
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return Failed("open", path);
  absl::Status status;
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) {
    status = Failed("truncate", path);
  } else if (fsync(fd) != 0) {
    status = Failed("flush", path);
  }
  close(fd);
  return status;
}

}  // namespace sekisho
