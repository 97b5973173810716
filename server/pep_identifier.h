// Which enforcement point sent a request, from what the kernel and TLS know of
// its connection, never from what it says.
//
//   const IdentifiedPep pep = identifier->Identify(*context);
//
// A Unix socket is known by the credentials that its client had when it
// connected (SO_PEERCRED), TLS by the client's certificate, and the rest is
// loopback: nothing else is listened on.
//
// Thread-safe.
#ifndef SEKISHO_SERVER_PEP_IDENTIFIER_H_
#define SEKISHO_SERVER_PEP_IDENTIFIER_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "server/pep.h"
#include "server/pep_table.h"

namespace sekisho {

class PepIdentifier {
 public:
  explicit PepIdentifier(std::shared_ptr<const PepTable> table)
      : table_(std::move(table)) {}

  // REQUIRES: the request is not finished, so that its connection is the one it
  // came by.
  IdentifiedPep Identify(const grpc::ServerContextBase& context) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::shared_ptr<const PepTable> table() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Requests that arrive from now on are held to `table`, on connections that
  // are open too.
  void Replace(std::shared_ptr<const PepTable> table)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const PepTable> table_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_PEP_IDENTIFIER_H_
