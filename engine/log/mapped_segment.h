// A segment file that is written through memory: what is stored in it is in
// the kernel at once, and survives the process.
#ifndef SEKISHO_ENGINE_LOG_MAPPED_SEGMENT_H_
#define SEKISHO_ENGINE_LOG_MAPPED_SEGMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sekisho {

class MappedSegment {
 public:
  // Creates the file with `size` zeros and its blocks set aside.
  // ResourceExhausted if then fewer than `reserve` bytes would be free on the
  // disk, or if there is no room at all; the file is then gone again.
  static absl::StatusOr<std::unique_ptr<MappedSegment>> Create(
      const std::string& path, size_t size, uint64_t reserve);
  ~MappedSegment();
  MappedSegment(const MappedSegment&) = delete;
  MappedSegment& operator=(const MappedSegment&) = delete;

  char* data() { return data_; }
  size_t size() const { return size_; }
  const std::string& path() const { return path_; }

  // Makes the pages of [begin, end) writable ahead of the first store to them.
  // After it such stores do not fail, which otherwise ends the process where
  // the file system has no blocks for them. May run beside stores.
  absl::Status Populate(size_t begin, size_t end);

  // Brings all that was stored to the disk. May run beside stores behind
  // `stored`, which no call makes smaller; one call at a time.
  //
  // Takes the complete pages before `stored` out of memory's map first, all at
  // once: of those that are in it, the kernel would take each by itself, and
  // interrupt every thread of the process for it.
  absl::Status Sync(size_t stored);

  // Cuts the file to `used` bytes, on disk. Nothing may be stored any more, and
  // no Sync may run.
  absl::Status Finish(size_t used);

 private:
  void Unmap(size_t end);

  MappedSegment(std::string path, int fd, char* data, size_t size)
      : path_(std::move(path)), fd_(fd), data_(data), size_(size) {}

  const std::string path_;
  const int fd_;
  char* const data_;
  const size_t size_;
  // Up to where pages were taken out of the map.
  size_t unmapped_ = 0;
};

// Brings the names in a directory to the disk.
absl::Status SyncDirectory(const std::string& path);
// Brings a file to the disk, cut to `size` bytes.
absl::Status TruncateFile(const std::string& path, uint64_t size);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_MAPPED_SEGMENT_H_
