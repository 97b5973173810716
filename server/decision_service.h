// sekisho.v1.DecisionService. Evaluates on gRPC's own threads: a decision takes
// microseconds, less than handing it to another thread would.
#ifndef SEKISHO_SERVER_DECISION_SERVICE_H_
#define SEKISHO_SERVER_DECISION_SERVICE_H_

#include "grpcpp/support/server_callback.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "server/decision_ids.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

class DecisionServiceImpl final : public v1::DecisionService::CallbackService {
  using CallbackService = v1::DecisionService::CallbackService;

 public:
  // Both must outlive this object.
  DecisionServiceImpl(const PolicyStores* policy_stores, Recorder* recorder)
      : policy_stores_(policy_stores), recorder_(recorder) {}

  // The generated overloads for other kinds of server.
  using CallbackService::Decide;
  using CallbackService::DecideBatch;

  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const v1::DecideRequest* request,
                                   v1::DecideResponse* response) override;
  grpc::ServerUnaryReactor* DecideBatch(
      grpc::CallbackServerContext* context,
      const v1::DecideBatchRequest* request,
      v1::DecideBatchResponse* response) override;

 private:
  const PolicyStores* const policy_stores_;
  Recorder* const recorder_;
  DecisionIds ids_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECISION_SERVICE_H_
