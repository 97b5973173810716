// The gate of the services that administrate: who may call a method, asked
// first in it.
//
//   ASSIGN_OR_RETURN(const Pep pep, gate.Admit(context,
//                                              Permission::kWriteEntities,
//                                              policy_store));
//
// Thread-safe.
#ifndef SEKISHO_SERVER_GATE_H_
#define SEKISHO_SERVER_GATE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/log/record.h"
#include "grpcpp/server_context.h"
#include "server/pep.h"
#include "server/pep_identifier.h"
#include "server/recorder.h"

namespace sekisho {

class Gate {
 public:
  // Both must outlive this object.
  Gate(const PepIdentifier* peps, Recorder* recorder)
      : peps_(*peps), recorder_(*recorder) {}

  // The caller, for what is recorded of it; PermissionDenied, as a refusal in
  // the decision log, if it may not do this in the policy store.
  absl::StatusOr<Pep> Admit(const grpc::ServerContextBase& context,
                            Permission permission,
                            absl::string_view policy_store) const;

 private:
  const PepIdentifier& peps_;
  Recorder& recorder_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_GATE_H_
