#include "server/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace sekisho {
namespace {

absl::StatusOr<ListenAddress> ParseUnixSocket(absl::string_view path) {
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat("`unix:", path, "`: the path must be absolute"));
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("`unix:", path, "`: the path must be shorter than ",
                     sizeof(sockaddr_un::sun_path), " bytes"));
  }
  ListenAddress address;
  address.path = std::string(path);
  return address;
}

bool IsIPv4(const std::string& host, bool* loopback) {
  in_addr address;
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return false;
  *loopback = (ntohl(address.s_addr) >> 24) == 127;
  return true;
}

bool IsIPv6(const std::string& host, bool* loopback) {
  in6_addr address;
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return false;
  *loopback = IN6_IS_ADDR_LOOPBACK(&address);
  return true;
}

}  // namespace

std::string ListenAddress::ToString() const {
  if (host.empty()) return absl::StrCat("unix:", path);
  if (absl::StrContains(host, ":")) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text) {
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix:")) return ParseUnixSocket(path);

  ListenAddress address;
  absl::string_view rest = text;
  address.tls = absl::ConsumePrefix(&rest, "tls:");
  const size_t colon = rest.rfind(':');
  if (colon == absl::string_view::npos || colon + 1 == rest.size() ||
      !absl::ascii_isdigit(static_cast<unsigned char>(rest[colon + 1])) ||
      !absl::SimpleAtoi(rest.substr(colon + 1), &address.port) ||
      address.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", text,
                     "` is not of the form ADDRESS:PORT, tls:ADDRESS:PORT or "
                     "unix:/PATH"));
  }
  absl::string_view host = rest.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  bool bracketed =
      absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  address.host = std::string(host);
  bool loopback = false;
  bool known = bracketed ? IsIPv6(address.host, &loopback)
                         : IsIPv4(address.host, &loopback);
  if (!known) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", text, "`: `", host, "` is not a numeric address",
        absl::StrContains(host, ":") ? " (IPv6 addresses stand in brackets)"
                                     : ""));
  }
  if (!loopback && !address.tls) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", text,
        "` can be reached from other machines, whose clients must "
        "show certificates: `tls:",
        text,
        "`; without, there are loopback addresses (127.0.0.1, [::1]) and Unix "
        "sockets"));
  }
  return address;
}

}  // namespace sekisho
