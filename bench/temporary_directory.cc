#include "bench/temporary_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sekisho {

absl::StatusOr<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::Make(
    const std::string& parent) {
  std::error_code error;
  std::string path =
      (parent.empty() ? std::filesystem::temp_directory_path(error)
                      : std::filesystem::path(parent)) /
      "sekisho-XXXXXX";
  if (error || mkdtemp(path.data()) == nullptr) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot make a directory like ", path));
  }
  return std::unique_ptr<TemporaryDirectory>(
      new TemporaryDirectory(std::move(path)));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sekisho
