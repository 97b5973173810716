// gRPC says `fd:12` of a connection that it was given (unix_listener.h), and
// nothing else of the client. The descriptor stays open as long as any request
// of the connection does, since gRPC keeps that name with it; so what the
// kernel says of it now is said of the request's own connection.
//
// Tested by tests/server/pep_test.cc.
#include "server/pep_identifier.h"

#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"

namespace sekisho {
namespace {

// gRPC's word for a transport without TLS.
constexpr char kInsecure[] = "insecure";

// Of a client that nothing is known of.
IdentifiedPep Unknown() { return {{"unknown", ""}, nullptr}; }

// True for a connection without TLS from an address of this machine's own.
bool IsLoopback(absl::string_view peer, const grpc::AuthContext& auth) {
  for (const grpc::string_ref& type :
       auth.FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME)) {
    if (type != kInsecure) return false;
  }
  return absl::StartsWith(peer, "ipv4:127.") ||
         absl::StartsWith(peer, "ipv6:[::1]:") ||
         absl::StartsWith(peer, "ipv6:%5B::1%5D:");
}

// All names for machines and services; the common name is for certificates
// without any.
std::vector<std::string> NamesOf(const grpc::AuthContext& auth) {
  std::vector<std::string> names;
  for (const char* property :
       {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : auth.FindPropertyValues(property)) {
      names.emplace_back(name.data(), name.size());
    }
  }
  if (!names.empty()) return names;
  for (const grpc::string_ref& name :
       auth.FindPropertyValues(GRPC_X509_CN_PROPERTY_NAME)) {
    names.emplace_back(name.data(), name.size());
  }
  return names;
}

}  // namespace

IdentifiedPep PepIdentifier::Identify(
    const grpc::ServerContextBase& context) const {
  const std::shared_ptr<const PepTable> table = this->table();
  const std::string peer = context.peer();
  absl::string_view descriptor = peer;
  if (absl::ConsumePrefix(&descriptor, "fd:")) {
    int fd = -1;
    ucred credentials;
    socklen_t size = sizeof(credentials);
    if (!absl::SimpleAtoi(descriptor, &fd) ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
      return Unknown();
    }
    return table->FindUnix(credentials.uid, credentials.gid);
  }
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  if (auth->IsPeerAuthenticated()) {
    return table->FindCertificate(NamesOf(*auth));
  }
  return IsLoopback(peer, *auth) ? table->FindLoopback() : Unknown();
}

std::shared_ptr<const PepTable> PepIdentifier::table() const {
  absl::MutexLock lock(&mutex_);
  return table_;
}

void PepIdentifier::Replace(std::shared_ptr<const PepTable> table) {
  absl::MutexLock lock(&mutex_);
  table_ = std::move(table);
}

}  // namespace sekisho
