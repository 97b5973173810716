#include "cli/text_reader.h"

#include <cerrno>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;

}  // namespace

absl::StatusOr<std::unique_ptr<TextReader>> TextReader::Open(
    const std::string& path) {
  FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  auto reader = absl::WrapUnique(new TextReader(path, file));
  reader->Fill();
  const std::vector<unsigned char>& bytes = reader->buffer_;
  if (reader->end_ >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb &&
      bytes[2] == 0xbf) {
    reader->next_ = 3;
  }
  return reader;
}

TextReader::TextReader(std::string path, FILE* file)
    : path_(std::move(path)), file_(file), buffer_(kBufferBytes) {}

TextReader::~TextReader() {
  if (file_ != stdin) std::fclose(file_);
}

bool TextReader::Fill() {
  if (!status_.ok()) return false;
  next_ = 0;
  end_ = std::fread(buffer_.data(), 1, buffer_.size(), file_);
  filled_ += end_;
  if (end_ == 0 && std::ferror(file_)) {
    status_ = absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path_));
  }
  return end_ > 0;
}

}  // namespace sekisho
