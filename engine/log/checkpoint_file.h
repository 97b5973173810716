// Where a log keeps its checkpoints: all of them, and the latest where it is
// published.
#ifndef SEKISHO_ENGINE_LOG_CHECKPOINT_FILE_H_
#define SEKISHO_ENGINE_LOG_CHECKPOINT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

class CheckpointFile {
 public:
  // Goes on behind the first `size` bytes of the file in `directory`.
  static absl::StatusOr<std::unique_ptr<CheckpointFile>> Open(
      const std::string& directory, uint64_t size);
  ~CheckpointFile();
  CheckpointFile(const CheckpointFile&) = delete;
  CheckpointFile& operator=(const CheckpointFile&) = delete;

  // Adds the note and then publishes it, on disk. After an error it may have
  // been added, and adding the same again is right.
  absl::Status Write(absl::string_view note);
  // The second half of that.
  absl::Status Publish(absl::string_view note);

 private:
  CheckpointFile(std::string directory, int fd, uint64_t size)
      : directory_(std::move(directory)), fd_(fd), size_(size) {}

  const std::string directory_;
  const int fd_;
  uint64_t size_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_LOG_CHECKPOINT_FILE_H_
