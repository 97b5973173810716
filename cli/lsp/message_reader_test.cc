#include "cli/lsp/message_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Result = MessageReader::Result;

// The bodies in `stream`, given `step` bytes at a time; `!` for one that is
// too large, `?` where the stream is broken.
std::vector<std::string> Read(absl::string_view stream, size_t step) {
  MessageReader reader;
  std::vector<std::string> read;
  for (size_t at = 0; at < stream.size(); at += step) {
    reader.Add(stream.substr(at, step));
    std::string body;
    for (Result result; (result = reader.Next(&body)) != Result::kNone;) {
      if (result == Result::kBroken) {
        read.push_back("?");
        return read;
      }
      read.push_back(result == Result::kMessage ? body : "!");
    }
  }
  return read;
}

TEST(MessageReaderTest, MessagesDoNotDependOnHowTheyArrive) {
  const std::string stream =
      absl::StrCat(FrameMessage("{}"), FrameMessage(""),
                   "content-type: x\r\nCONTENT-LENGTH:  3 \r\n\r\nabc",
                   FrameMessage("\r\n"));
  const std::vector<std::string> kBodies = {"{}", "", "abc", "\r\n"};
  for (size_t step = 1; step <= stream.size(); ++step) {
    EXPECT_EQ(Read(stream, step), kBodies) << step;
  }
}

TEST(MessageReaderTest, WhatIsTooLargeIsLeftOut) {
  const size_t size = kMaxMessageBytes + 1;
  const std::string stream =
      absl::StrCat("Content-Length: ", size, "\r\n\r\n", std::string(size, 'x'),
                   FrameMessage("a"));
  for (const size_t step : {size_t{1} << 20, stream.size()}) {
    EXPECT_EQ(Read(stream, step), (std::vector<std::string>{"!", "a"}));
  }
}

TEST(MessageReaderTest, WhatIsNoStreamIsRefused) {
  for (const std::string& stream :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\r\n\r\n"),
        std::string("Content-Length: -1\r\n\r\n"),
        std::string("Content-Length: 1x\r\n\r\n"),
        std::string("Content-Length: 99999999999999999999\r\n\r\n"),
        std::string("Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        std::string("Content-Type: x\r\n\r\n"),
        std::string(kMaxMessageHeaderBytes, 'x')}) {
    EXPECT_EQ(Read(stream, stream.size()), std::vector<std::string>{"?"})
        << stream;
    EXPECT_EQ(Read(stream + "\r\n\r\n", 1), std::vector<std::string>{"?"});
  }
}

}  // namespace
}  // namespace sekisho
