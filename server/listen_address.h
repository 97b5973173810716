// Where the server may listen: on the machine it runs on as it is, to others
// with TLS only.
#ifndef SEKISHO_SERVER_LISTEN_ADDRESS_H_
#define SEKISHO_SERVER_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sekisho {

struct ListenAddress {
  // A numeric address, of the loopback interface unless `tls`. Empty: a Unix
  // socket.
  std::string host;
  // 0: any free one.
  int port = 0;
  // Of the Unix socket.
  std::string path;
  // Clients show certificates.
  bool tls = false;

  // As gRPC takes it and clients use it: `127.0.0.1:7400`, `[::1]:7400`,
  // `unix:/run/sekisho.sock`.
  std::string ToString() const;
};

// `127.0.0.1:PORT` (or another address of 127.0.0.0/8), `[::1]:PORT`,
// `localhost:PORT`, which is 127.0.0.1, `unix:/PATH`, or `tls:ADDRESS:PORT`
// with any numeric address. InvalidArgument for anything else.
absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_LISTEN_ADDRESS_H_
