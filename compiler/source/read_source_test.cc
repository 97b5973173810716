#include "compiler/source/read_source.h"

#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string WriteFile(const std::string& bytes) {
  const std::string path = testing::TempDir() + "/source.txt";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  return path;
}

// "text" or the status, with the path cut off.
std::string Read(const std::string& bytes, const ReadLimits& limits = {}) {
  const std::string path = WriteFile(bytes);
  const absl::StatusOr<std::string> text = ReadSource(path, limits);
  if (text.ok()) return *text;
  const std::string message(text.status().message().data(),
                            text.status().message().size());
  EXPECT_EQ(message.substr(0, path.size()), path);
  return message.substr(path.size());
}

TEST(ReadSourceTest, ReturnsTheTextOrThePlaceOfWhatIsWrong) {
  const struct {
    std::string bytes;
    std::string result;
  } kCases[] = {
      {"", ""},
      {"病院\r\n", "病院\r\n"},
      {"\xef\xbb\xbf"
       "a",
       "a"},
      {"a\n\x95\x61",
       ": line 2, byte 1: 0x95 is not part of UTF-8; save the file as UTF-8"},
      {"a\nbc\xff",
       ": line 2, byte 3: 0xff is not part of UTF-8; save the file as UTF-8"},
      {std::string("a\n\0", 3),
       ": line 2, byte 1: a NUL character; this is not a text file"},
      {std::string("\xff\xfe"
                   "a\0",
                   4),
       ": line 1, byte 1: this is UTF-16; save the file as UTF-8"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Read(c.bytes), c.result);
}

TEST(ReadSourceTest, LimitsTheSize) {
  ReadLimits limits;
  limits.max_bytes = 10;
  EXPECT_EQ(Read("0123456789", limits), "0123456789");
  EXPECT_EQ(Read("0123456789a", limits), ": larger than 10 bytes");
  EXPECT_EQ(ReadSource("/dev/zero", limits).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(ReadSourceTest, ReadsLargeFilesWhole) {
  const std::string text(300'000, 'x');
  EXPECT_EQ(Read(text), text);
}

TEST(ReadSourceTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(ReadSource("/nowhere/at/all").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(ReadSource(testing::TempDir()).ok());
}

}  // namespace
}  // namespace sekisho
