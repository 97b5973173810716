#include "cli/graphviz.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"

extern char** environ;

namespace sekisho {

absl::StatusOr<std::string> DotToSvg(absl::string_view dot) {
  std::string folder =
      (std::filesystem::temp_directory_path() / "sekisho-graph-XXXXXX")
          .string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, folder);
  }
  const auto remove_folder = absl::MakeCleanup([&folder] {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
  std::string in = absl::StrCat(folder, "/graph.dot");
  const std::string out = absl::StrCat(folder, "/graph.svg");
  std::string out_option = absl::StrCat("-o", out);
  RETURN_IF_ERROR(WriteFileAtomically(in, dot));
  std::string program = "dot", form = "-Tsvg";
  char* arguments[] = {program.data(), form.data(), out_option.data(),
                       in.data(), nullptr};
  pid_t child;
  const int error = posix_spawnp(&child, program.c_str(), nullptr, nullptr,
                                 arguments, environ);
  if (error == ENOENT) {
    return absl::NotFoundError(
        "there is no program `dot`: install the package graphviz, or print "
        "the graph with --dot and draw it elsewhere");
  }
  if (error != 0) return absl::ErrnoToStatus(error, "dot");
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "dot");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::InternalError("`dot` could not draw the graph");
  }
  return ReadFile(out);
}

}  // namespace sekisho
