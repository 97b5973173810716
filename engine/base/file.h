// Whole files.
#ifndef SEKISHO_ENGINE_BASE_FILE_H_
#define SEKISHO_ENGINE_BASE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

// The file's bytes; `-` is standard input. ResourceExhausted if there are more
// than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_bytes = size_t{1} << 30);

// Replaces the file: afterwards it has all of `bytes`, on disk, or is as it
// was. Other programs never see half of it. FailedPrecondition if the path is
// there but is no file, such as /dev/null.
absl::Status WriteFileAtomically(const std::string& path,
                                 absl::string_view bytes);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_FILE_H_
