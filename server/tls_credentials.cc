// gRPC reports files that it cannot use only as handshakes that fail, so they
// are tried first.
//
// Tested by tests/server/pep_test.cc.
#include "server/tls_credentials.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace sekisho {
namespace {

constexpr unsigned kRefreshSeconds = 60;

absl::Status Unusable(const std::string& what, const std::string& path) {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot use `", path, "` as ", what, ": ",
                   reason != nullptr ? reason : "not readable as PEM"));
}

absl::Status Check(const TlsFiles& files) {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (context == nullptr) return absl::ResourceExhaustedError("TLS: no memory");
  if (SSL_CTX_use_certificate_chain_file(context.get(),
                                         files.certificate.c_str()) != 1) {
    return Unusable("the server's certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    return Unusable("the key of the server's certificate", files.key);
  }
  if (SSL_CTX_load_verify_locations(
          context.get(), files.client_authorities.c_str(), nullptr) != 1) {
    return Unusable("the authorities of clients", files.client_authorities);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(
    const TlsFiles& files) {
  RETURN_IF_ERROR(Check(files));
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          files.key, files.certificate, files.client_authorities,
          kRefreshSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace sekisho
