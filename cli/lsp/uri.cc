#include "cli/lsp/uri.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sekisho {
namespace {

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-._~/", c);
}

}  // namespace

std::optional<std::string> PathOfUri(absl::string_view uri) {
  if (!absl::ConsumePrefix(&uri, "file://")) return std::nullopt;
  absl::ConsumePrefix(&uri, "localhost");
  if (!absl::StartsWith(uri, "/")) return std::nullopt;
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] != '%') {
      path.push_back(uri[i]);
      continue;
    }
    const absl::string_view digits = uri.substr(i + 1, 2);
    if (digits.size() < 2 || !absl::ascii_isxdigit(digits[0]) ||
        !absl::ascii_isxdigit(digits[1])) {
      return std::nullopt;
    }
    path += absl::HexStringToBytes(digits);
    i += 2;
  }
  if (absl::StrContains(path, '\0')) return std::nullopt;
  return path;
}

std::string UriOfPath(absl::string_view path) {
  std::string uri = "file://";
  for (const char c : path) {
    if (IsUnreserved(c)) {
      uri.push_back(c);
    } else {
      absl::StrAppend(&uri, "%",
                      absl::AsciiStrToUpper(
                          absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return uri;
}

}  // namespace sekisho
