#include "compiler/conformance/test_files.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

// Counts what is read against the limits.
class Collector {
 public:
  explicit Collector(const TestFileLimits& limits) : limits_(limits) {}

  // The most bytes that the next file may have.
  size_t room() const {
    return std::min(limits_.max_file_bytes, limits_.max_bytes - bytes_);
  }

  absl::Status Add(absl::string_view name, std::string content) {
    if (content.size() > room() || files_.size() >= limits_.max_files) {
      return absl::ResourceExhaustedError(
          absl::StrCat(name, ": more files or bytes than are read at once"));
    }
    bytes_ += content.size();
    while (absl::ConsumePrefix(&name, "./")) continue;
    files_.insert_or_assign(std::string(name), std::move(content));
    return absl::OkStatus();
  }

  TestFiles Take() { return std::move(files_); }

 private:
  const TestFileLimits& limits_;
  size_t bytes_ = 0;
  TestFiles files_;
};

bool IsArchive(const std::filesystem::path& path) {
  return absl::EndsWith(path.string(), ".tar.gz");
}

// The regular files below the folder, by name.
absl::StatusOr<std::vector<std::filesystem::path>> FilesBelow(
    const std::filesystem::path& root) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(root, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator();
       at.increment(error)) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(at->symlink_status(ignored))) {
      files.push_back(at->path());
    }
  }
  if (error) {
    return absl::NotFoundError(absl::StrCat(
        "cannot read the folder ", root.string(), ": ", error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<TestFiles> ReadFolder(const std::filesystem::path& root,
                                     const TestFileLimits& limits) {
  ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> paths,
                   FilesBelow(root));
  Collector collector(limits);
  for (const std::filesystem::path& path : paths) {
    if (IsArchive(path)) continue;
    ASSIGN_OR_RETURN(std::string content,
                     ReadFile(path.string(), collector.room()));
    RETURN_IF_ERROR(collector.Add(path.lexically_relative(root).string(),
                                  std::move(content)));
  }
  return collector.Take();
}

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

absl::Status ArchiveError(archive* reader) {
  const char* message = archive_error_string(reader);
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read the archive: ",
                   message == nullptr ? "it was damaged" : message));
}

// The content of the entry that the reader stands at. Sizes that an archive
// declares are not relied on.
absl::StatusOr<std::string> ReadEntry(archive* reader, size_t room) {
  std::string content;
  char chunk[16384];
  while (true) {
    const la_ssize_t n = archive_read_data(reader, chunk, sizeof chunk);
    if (n < 0) return ArchiveError(reader);
    if (n == 0) return content;
    content.append(chunk, static_cast<size_t>(n));
    if (content.size() > room) return content;  // refused by Collector
  }
}

absl::StatusOr<TestFiles> ReadArchive(absl::string_view bytes,
                                      const TestFileLimits& limits) {
  std::unique_ptr<archive, ArchiveCloser> reader(archive_read_new());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) !=
      ARCHIVE_OK) {
    return ArchiveError(reader.get());
  }
  Collector collector(limits);
  while (true) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return collector.Take();
    // What is only a warning about an entry does not matter here.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      return ArchiveError(reader.get());
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
    ASSIGN_OR_RETURN(std::string content,
                     ReadEntry(reader.get(), collector.room()));
    RETURN_IF_ERROR(collector.Add(name, std::move(content)));
  }
}

absl::StatusOr<TestFiles> Read(const std::string& path,
                               const TestFileLimits& limits) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return ReadFolder(path, limits);
  }
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, limits.max_bytes));
  return ReadArchive(bytes, limits);
}

}  // namespace

absl::StatusOr<TestFiles> ReadTestFiles(const std::string& path,
                                        const TestFileLimits& limits) {
  absl::StatusOr<TestFiles> files = Read(path, limits);
  if (files.ok() ||
      absl::StrContains(files.status().message(), absl::string_view(path))) {
    return files;
  }
  return absl::Status(files.status().code(),
                      absl::StrCat(path, ": ", files.status().message()));
}

absl::StatusOr<std::vector<TestFiles>> ReadTestSets(
    const std::string& path, const TestFileLimits& limits) {
  std::vector<TestFiles> sets;
  ASSIGN_OR_RETURN(sets.emplace_back(), ReadTestFiles(path, limits));
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return sets;
  ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> below,
                   FilesBelow(path));
  for (const std::filesystem::path& archive : below) {
    if (!IsArchive(archive)) continue;
    ASSIGN_OR_RETURN(sets.emplace_back(),
                     ReadTestFiles(archive.string(), limits));
  }
  return sets;
}

}  // namespace sekisho
