#include "engine/base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/file_replacement.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(testing::TempDir() + "/file-XXXXXX") {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }
  // The names in the folder.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  std::string folder_;
};

TEST_F(FileTest, WhatIsWrittenIsRead) {
  const std::string cases[] = {"", "text\n", std::string("\0\xff\r\n", 4),
                               std::string(200'000, 'x')};
  for (const std::string& bytes : cases) {
    ASSERT_TRUE(WriteFileAtomically(Path("f"), bytes).ok());
    absl::StatusOr<std::string> read = ReadFile(Path("f"));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, bytes);
  }
  // Replaced, and nothing left beside it.
  EXPECT_EQ(Names(), std::vector<std::string>{"f"});
}

TEST_F(FileTest, AFileIsReplacedPieceByPieceOrNotAtAll) {
  ASSERT_TRUE(WriteFileAtomically(Path("f"), "before").ok());
  {
    FileReplacement abandoned(Path("f"));
    abandoned.Append(std::string(100'000, 'x'));
  }
  EXPECT_EQ(*ReadFile(Path("f")), "before");
  std::string expected;
  FileReplacement file(Path("f"));
  for (const size_t size : {3, 70'000, 1, 65'535, 65'536, 0, 30'000, 40'000}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    file.Append(piece);
    expected += piece;
  }
  EXPECT_EQ(*ReadFile(Path("f")), "before");
  ASSERT_TRUE(file.Commit().ok());
  EXPECT_EQ(*ReadFile(Path("f")), expected);
  EXPECT_EQ(Names(), std::vector<std::string>{"f"});
}

TEST_F(FileTest, ARelativePathIsBelowTheWorkingDirectory) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const absl::Status status = WriteFileAtomically("relative", "x");
  std::filesystem::current_path(before);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Names(), std::vector<std::string>{"relative"});
}

TEST_F(FileTest, AWorkingDirectoryThatIsGoneIsAnError) {
  const std::filesystem::path before = std::filesystem::current_path();
  const std::string gone = Path("gone");
  std::filesystem::create_directory(gone);
  std::filesystem::current_path(gone);
  std::filesystem::remove(gone);
  const absl::Status status = WriteFileAtomically("relative", "x");
  std::filesystem::current_path(before);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
}

TEST_F(FileTest, MoreThanTheLimitIsRefused) {
  ASSERT_TRUE(WriteFileAtomically(Path("f"), "12345").ok());
  EXPECT_TRUE(ReadFile(Path("f"), 5).ok());
  EXPECT_EQ(ReadFile(Path("f"), 4).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(FileTest, ErrorsNameTheFile) {
  const absl::Status missing = ReadFile(Path("missing")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(missing.message().find(Path("missing")), absl::string_view::npos);
  const absl::Status folder = ReadFile(folder_).status();
  EXPECT_FALSE(folder.ok());
  EXPECT_NE(folder.message().find(folder_), absl::string_view::npos);
  const absl::Status nowhere = WriteFileAtomically(Path("no/f"), "x");
  EXPECT_EQ(nowhere.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(nowhere.message().find(Path("no/f")), absl::string_view::npos);
}

TEST_F(FileTest, OnlyFilesAreReplaced) {
  std::filesystem::create_directory(Path("folder"));
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const char* name : {"folder", "pipe"}) {
    const absl::Status status = WriteFileAtomically(Path(name), "x");
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  }
  EXPECT_TRUE(std::filesystem::is_directory(Path("folder")));
  EXPECT_TRUE(std::filesystem::is_fifo(Path("pipe")));
  EXPECT_EQ(Names().size(), 2u);
}

}  // namespace
}  // namespace sekisho
