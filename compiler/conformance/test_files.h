// The files of a set of conformance tests, out of a folder or an archive.
#ifndef SEKISHO_COMPILER_CONFORMANCE_TEST_FILES_H_
#define SEKISHO_COMPILER_CONFORMANCE_TEST_FILES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"

namespace sekisho {

// More than this, unpacked, is refused.
struct TestFileLimits {
  size_t max_file_bytes = size_t{64} << 20;
  size_t max_bytes = size_t{2} << 30;
  size_t max_files = 1'000'000;
};

// Contents by name: the path below the folder, or in the archive, without a
// leading "./".
using TestFiles = absl::btree_map<std::string, std::string>;

// Regular files only; a link is not followed. `path` is a folder, or a tar
// archive, compressed with gzip or not, which is unpacked in memory and never
// onto the disk. Archives in a folder, which are called `X.tar.gz`, are left
// out. NotFound if there is neither, InvalidArgument for a file that is no
// archive or was damaged, ResourceExhausted above a limit.
absl::StatusOr<TestFiles> ReadTestFiles(const std::string& path,
                                        const TestFileLimits& limits = {});

// The same, and in a folder each archive as a set of its own, since names are
// those within the archive. The folder's own files first, then the archives by
// name.
absl::StatusOr<std::vector<TestFiles>> ReadTestSets(
    const std::string& path, const TestFileLimits& limits = {});

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CONFORMANCE_TEST_FILES_H_
