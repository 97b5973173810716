// Source files from disk, checked so that everything behind it may rely on
// UTF-8.
//
//   ASSIGN_OR_RETURN(std::string text, ReadSource("rules.cedar"));
//   SourceId id = sources.Add("rules.cedar", std::move(text));
#ifndef SEKISHO_COMPILER_SOURCE_READ_SOURCE_H_
#define SEKISHO_COMPILER_SOURCE_READ_SOURCE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

struct ReadLimits {
  // Larger files are refused. At most 4 GiB, the reach of a Span.
  size_t max_bytes = size_t{64} << 20;
};

// The file's text, without a byte order mark if it begins with one. Line ends
// stay as they are.
//
// NotFound and other codes of the operating system if it cannot be read,
// InvalidArgument, naming line and byte, if it is not UTF-8 or has a NUL in it,
// ResourceExhausted if it is too large.
absl::StatusOr<std::string> ReadSource(absl::string_view path,
                                       const ReadLimits& limits = {});

// The checks alone, for text that comes from elsewhere; `name` is for messages.
absl::Status CheckSource(absl::string_view name, absl::string_view text);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_SOURCE_READ_SOURCE_H_
