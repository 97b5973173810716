// A file that is replaced piece by piece.
//
//   FileReplacement file("out.json");
//   file.Append(text);
//   RETURN_IF_ERROR(file.Commit());
#ifndef SEKISHO_ENGINE_BASE_FILE_REPLACEMENT_H_
#define SEKISHO_ENGINE_BASE_FILE_REPLACEMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace sekisho {

// For one thread.
class FileReplacement {
 public:
  explicit FileReplacement(std::string path);
  // Without Commit the file is as it was.
  ~FileReplacement();
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;

  // What goes wrong, Commit says.
  void Append(absl::string_view bytes);

  // As WriteFileAtomically, with all that was appended. No appending after
  // this.
  absl::Status Commit();

 private:
  void Flush();

  const std::string path_;
  std::string temporary_;
  // Of the temporary file; -1 if there is none.
  int fd_ = -1;
  absl::Status status_;
  std::string buffer_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_BASE_FILE_REPLACEMENT_H_
