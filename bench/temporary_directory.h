// A directory that is removed with all that is in it.
#ifndef SEKISHO_BENCH_TEMPORARY_DIRECTORY_H_
#define SEKISHO_BENCH_TEMPORARY_DIRECTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace sekisho {

class TemporaryDirectory {
 public:
  // In the directory `parent`; empty: in that of the system, $TMPDIR or /tmp.
  static absl::StatusOr<std::unique_ptr<TemporaryDirectory>> Make(
      const std::string& parent = "");
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

}  // namespace sekisho

#endif  // SEKISHO_BENCH_TEMPORARY_DIRECTORY_H_
