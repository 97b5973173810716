#include "cli/lsp/message_reader.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sekisho {
namespace {

constexpr absl::string_view kHeaderEnd = "\r\n\r\n";
constexpr absl::string_view kLength = "content-length";

// Nothing if the header does not say it, or says it twice.
std::optional<uint64_t> LengthOf(absl::string_view header) {
  std::optional<uint64_t> length;
  for (const absl::string_view line : absl::StrSplit(header, "\r\n")) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) return std::nullopt;
    if (!absl::EqualsIgnoreCase(line.substr(0, colon), kLength)) continue;
    const absl::string_view digits =
        absl::StripAsciiWhitespace(line.substr(colon + 1));
    uint64_t value = 0;
    if (length || digits.empty() ||
        !std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
        !absl::SimpleAtoi(digits, &value)) {
      return std::nullopt;
    }
    length = value;
  }
  return length;
}

}  // namespace

void MessageReader::Add(absl::string_view bytes) {
  if (is_broken_) return;
  const size_t skipped = std::min(skipped_bytes_, bytes.size());
  skipped_bytes_ -= skipped;
  bytes.remove_prefix(skipped);
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes.data(), bytes.size());
}

MessageReader::Result MessageReader::ReadHeader() {
  const absl::string_view rest = absl::string_view(buffer_).substr(taken_);
  const size_t end = rest.substr(0, kMaxMessageHeaderBytes).find(kHeaderEnd);
  if (end == absl::string_view::npos) {
    if (rest.size() < kMaxMessageHeaderBytes) return Result::kNone;
    is_broken_ = true;
    return Result::kBroken;
  }
  const std::optional<uint64_t> length = LengthOf(rest.substr(0, end));
  if (!length) {
    is_broken_ = true;
    return Result::kBroken;
  }
  taken_ += end + kHeaderEnd.size();
  if (*length <= kMaxMessageBytes) {
    has_header_ = true;
    body_bytes_ = *length;
    return Result::kMessage;
  }
  const size_t here = std::min<uint64_t>(*length, buffer_.size() - taken_);
  taken_ += here;
  skipped_bytes_ = *length - here;
  return Result::kTooLarge;
}

MessageReader::Result MessageReader::Next(std::string* body) {
  if (is_broken_) return Result::kBroken;
  if (!has_header_) {
    const Result result = ReadHeader();
    if (result != Result::kMessage) return result;
  }
  if (buffer_.size() - taken_ < body_bytes_) return Result::kNone;
  body->assign(buffer_, taken_, body_bytes_);
  taken_ += body_bytes_;
  has_header_ = false;
  return Result::kMessage;
}

std::string FrameMessage(absl::string_view body) {
  return absl::StrCat("Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace sekisho
