// sekisho.v1.DecisionService. Evaluates on gRPC's own threads: a decision takes
// microseconds, less than handing it to another thread would.
#ifndef SEKISHO_SERVER_DECISION_SERVICE_H_
#define SEKISHO_SERVER_DECISION_SERVICE_H_

#include "grpcpp/support/server_callback.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "server/decide_streams.h"
#include "server/decider.h"
#include "server/pep_identifier.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

class DecisionServiceImpl final : public v1::DecisionService::CallbackService {
  using CallbackService = v1::DecisionService::CallbackService;

 public:
  // All must outlive this object.
  DecisionServiceImpl(const PepIdentifier* peps, PolicyStores* policy_stores,
                      Recorder* recorder)
      : peps_(*peps), decider_(policy_stores, recorder) {}

  // The generated overloads for other kinds of server.
  using CallbackService::Decide;
  using CallbackService::DecideBatch;
  using CallbackService::DecideStream;

  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const v1::DecideRequest* request,
                                   v1::DecideResponse* response) override;
  grpc::ServerUnaryReactor* DecideBatch(
      grpc::CallbackServerContext* context,
      const v1::DecideBatchRequest* request,
      v1::DecideBatchResponse* response) override;
  grpc::ServerBidiReactor<v1::DecideRequest, v1::DecideResult>* DecideStream(
      grpc::CallbackServerContext* context) override;

  // Ends the open streams, so that they do not keep the server from stopping.
  void EndStreams() { streams_.Stop(); }

 private:
  const PepIdentifier& peps_;
  Decider decider_;
  DecideStreams streams_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECISION_SERVICE_H_
