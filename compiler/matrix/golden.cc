#include "compiler/matrix/golden.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// Where to write goldens, or empty.
std::string SourceTree() {
  const char* update = std::getenv("SEKISHO_UPDATE_GOLDEN");
  const char* tree = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  return update != nullptr && tree != nullptr ? tree : "";
}

}  // namespace

std::string ReadTestFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << "cannot read " << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void ExpectGolden(const std::string& path, const std::string& text) {
  const std::string tree = SourceTree();
  if (!tree.empty()) {
    std::ofstream file(absl::StrCat(tree, "/", path), std::ios::binary);
    file << text;
    EXPECT_TRUE(file.good()) << "cannot write " << path;
    return;
  }
  const std::string golden = ReadTestFile(path);
  if (golden == text) return;
  const std::vector<std::string> expected = absl::StrSplit(golden, '\n');
  const std::vector<std::string> actual = absl::StrSplit(text, '\n');
  size_t line = 0;
  while (line < std::min(expected.size(), actual.size()) &&
         expected[line] == actual[line]) {
    ++line;
  }
  const auto at = [line](const std::vector<std::string>& lines) {
    return line < lines.size() ? lines[line] : std::string("(the end)");
  };
  ADD_FAILURE() << path << ":" << line + 1
                << " differs\n  golden: " << at(expected)
                << "\n  actual: " << at(actual)
                << "\nSee golden.h on how to update it.";
}

}  // namespace sekisho
