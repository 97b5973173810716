// Tested by tests/server/pep_test.cc.
#include "server/gate.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "server/limits.h"

namespace sekisho {

absl::StatusOr<Pep> Gate::Admit(const grpc::ServerContextBase& context,
                                Permission permission,
                                absl::string_view policy_store) const {
  const IdentifiedPep pep = peps_.Identify(context);
  const absl::Status status = pep.CheckCall(permission, policy_store);
  if (status.ok()) return pep.pep();
  const Caller caller = {
      pep.pep(), std::string(policy_store.substr(0, kMaxRequestIdBytes)),
      kGrpcFace, "", std::nullopt};
  return recorder_.RecordRefusal(caller, absl::Now(), /*request=*/{},
                                 /*view=*/nullptr, status);
}

}  // namespace sekisho
