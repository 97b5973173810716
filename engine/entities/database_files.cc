// Tested by secondary_test.cc.
#include "engine/entities/database_files.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sekisho {

absl::StatusOr<DatabaseFiles> DatabaseFiles::List(const std::string& path) {
  DatabaseFiles files;
  std::ifstream current(path + "/CURRENT");
  std::error_code error;
  if (!std::getline(current, files.manifest)) {
    if (!std::filesystem::exists(path + "/CURRENT", error) && !error) {
      return absl::NotFoundError(absl::StrCat("there is no store in ", path));
    }
    return absl::UnavailableError(absl::StrCat("cannot read ", path));
  }
  files.manifest_bytes =
      std::filesystem::file_size(path + "/" + files.manifest, error);
  // Replaced in this moment: nothing is like a listing without it.
  if (error) files.manifest.clear();
  std::filesystem::directory_iterator it(path, error);
  for (; !error && it != std::filesystem::directory_iterator();
       it.increment(error)) {
    if (it->path().extension() != ".log") continue;
    std::error_code gone;
    const uint64_t size = it->file_size(gone);
    if (!gone) files.logs[it->path().filename()] = size;
  }
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot read ", path, ": ", error.message()));
  }
  return files;
}

bool DatabaseFiles::HasSameFiles(const DatabaseFiles& later) const {
  return !manifest.empty() && manifest == later.manifest &&
         manifest_bytes == later.manifest_bytes &&
         absl::c_equal(logs, later.logs, [](const auto& a, const auto& b) {
           return a.first == b.first;
         });
}

}  // namespace sekisho
