// A file from its first byte to its last, with the place of each, in memory
// that does not depend on its size.
#ifndef SEKISHO_CLI_TEXT_READER_H_
#define SEKISHO_CLI_TEXT_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sekisho {

// Longer entities are refused by the server too.
inline constexpr size_t kMaxItemBytes = size_t{1} << 20;

struct TextPlace {
  uint64_t line = 1;
  // In code points, from 1.
  uint64_t column = 1;
};

class TextReader {
 public:
  static constexpr int kEnd = -1;

  // `-` is standard input. A byte order mark is passed over.
  static absl::StatusOr<std::unique_ptr<TextReader>> Open(
      const std::string& path);
  ~TextReader();
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;

  // The next byte, or kEnd.
  int Peek() { return next_ < end_ || Fill() ? buffer_[next_] : kEnd; }
  // As Peek, and moves behind it.
  int Get() {
    const int byte = Peek();
    if (byte == kEnd) return kEnd;
    ++next_;
    if (byte == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if ((byte & 0xc0) != 0x80) {
      // Not a byte within a code point.
      ++place_.column;
    }
    return byte;
  }

  // Of the next byte.
  const TextPlace& place() const { return place_; }
  // How many bytes were passed.
  uint64_t offset() const { return filled_ - (end_ - next_); }
  // Whether the end was the end, or an error of reading.
  const absl::Status& status() const { return status_; }

 private:
  TextReader(std::string path, FILE* file);
  bool Fill();

  const std::string path_;
  FILE* const file_;
  std::vector<unsigned char> buffer_;
  size_t next_ = 0;
  size_t end_ = 0;
  uint64_t filled_ = 0;
  TextPlace place_;
  absl::Status status_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_TEXT_READER_H_
