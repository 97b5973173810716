// TLS in which both sides show certificates.
#ifndef SEKISHO_SERVER_TLS_CREDENTIALS_H_
#define SEKISHO_SERVER_TLS_CREDENTIALS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"

namespace sekisho {

// Paths of PEM files.
struct TlsFiles {
  // The server's, its own first, then those that lead to a root.
  std::string certificate;
  std::string key;
  // The authorities whose clients may connect.
  std::string client_authorities;

  bool empty() const {
    return certificate.empty() && key.empty() && client_authorities.empty();
  }
};

// Clients without a certificate of one of the authorities are not spoken to.
// Files that change are read again within a minute, for the connections that
// are made from then on; while they are not valid, as they were.
//
// InvalidArgument if a file is missing, is not PEM, or the key is not the
// certificate's.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const TlsFiles& files);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_TLS_CREDENTIALS_H_
