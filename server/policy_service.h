// sekisho.v1.PolicyService. Waits for disks, so it has threads of its own.
#ifndef SEKISHO_SERVER_POLICY_SERVICE_H_
#define SEKISHO_SERVER_POLICY_SERVICE_H_

#include <functional>
#include <utility>

#include "engine/entities/store.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"
#include "server/gate.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

class PolicyServiceImpl final : public v1::PolicyService::Service {
 public:
  // All must outlive this object. `activated` is called after each
  // activation, from any thread.
  PolicyServiceImpl(const Gate* gate, PolicyStores* policy_stores,
                    const EntityStore* store, Recorder* recorder,
                    std::function<void()> activated)
      : gate_(*gate),
        policy_stores_(policy_stores),
        store_(store),
        recorder_(recorder),
        activated_(std::move(activated)) {}

  grpc::Status Activate(grpc::ServerContext* context,
                        const v1::ActivatePolicyRequest* request,
                        v1::ActivatePolicyResponse* response) override;
  grpc::Status Rollback(grpc::ServerContext* context,
                        const v1::RollbackPolicyRequest* request,
                        v1::RollbackPolicyResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const v1::ListPoliciesRequest* request,
                    v1::ListPoliciesResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context,
                   const v1::GetPolicyRequest* request,
                   v1::GetPolicyResponse* response) override;
  grpc::Status Link(grpc::ServerContext* context,
                    const v1::LinkRequest* request,
                    v1::LinkResponse* response) override;
  grpc::Status Unlink(grpc::ServerContext* context,
                      const v1::UnlinkRequest* request,
                      v1::UnlinkResponse* response) override;
  grpc::Status ListLinks(grpc::ServerContext* context,
                         const v1::ListLinksRequest* request,
                         v1::ListLinksResponse* response) override;

 private:
  const Gate& gate_;
  PolicyStores* const policy_stores_;
  const EntityStore* const store_;
  Recorder* const recorder_;
  const std::function<void()> activated_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_POLICY_SERVICE_H_
