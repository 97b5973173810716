#include "compiler/source/read_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/base/status_macros.h"
#include "engine/base/utf8.h"

namespace sekisho {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

absl::Status Refuse(absl::string_view name, absl::string_view text,
                    size_t offset, absl::string_view why) {
  const absl::string_view before = text.substr(0, offset);
  const size_t line = 1 + std::count(before.begin(), before.end(), '\n');
  // rfind yields npos, which is -1, where there is no line break before.
  const size_t byte = offset - (before.rfind('\n') + 1) + 1;
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": line ", line, ", byte ", byte, ": ", why));
}

}  // namespace

absl::Status CheckSource(absl::string_view name, absl::string_view text) {
  if (absl::StartsWith(text, "\xff\xfe") ||
      absl::StartsWith(text, "\xfe\xff")) {
    return Refuse(name, text, 0, "this is UTF-16; save the file as UTF-8");
  }
  const size_t invalid = FindInvalidUtf8(text);
  if (invalid != absl::string_view::npos) {
    return Refuse(
        name, text, invalid,
        absl::StrFormat("0x%02x is not part of UTF-8; save the file as UTF-8",
                        static_cast<uint8_t>(text[invalid])));
  }
  const size_t nul = text.find('\0');
  if (nul != absl::string_view::npos) {
    return Refuse(name, text, nul, "a NUL character; this is not a text file");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadSource(absl::string_view path,
                                       const ReadLimits& limits) {
  const int file = open(std::string(path.data(), path.size()).c_str(),
                        O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return absl::ErrnoToStatus(errno, path);
  const auto close_file = absl::MakeCleanup([file] { close(file); });

  std::string text;
  size_t size = 0;
  while (true) {
    // Read rather than asked for, as pipes and devices do not know their size.
    text.resize(std::max<size_t>(64 << 10, 2 * size));
    const ssize_t count = read(file, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
    if (size > limits.max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, ": larger than ", limits.max_bytes, " bytes"));
    }
  }
  text.resize(size);
  RETURN_IF_ERROR(CheckSource(path, text));
  if (absl::StartsWith(text, kByteOrderMark)) {
    text.erase(0, kByteOrderMark.size());
  }
  return text;
}

}  // namespace sekisho
