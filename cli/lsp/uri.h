// File URIs, by which editors name files.
#ifndef SEKISHO_CLI_LSP_URI_H_
#define SEKISHO_CLI_LSP_URI_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace sekisho {

// The absolute path of a `file:` URI of this machine; nothing for all others.
std::optional<std::string> PathOfUri(absl::string_view uri);
// REQUIRES: `path` is absolute.
std::string UriOfPath(absl::string_view path);

}  // namespace sekisho

#endif  // SEKISHO_CLI_LSP_URI_H_
