// sekisho.v1.DecisionService. Evaluates on gRPC's own threads: a decision takes
// microseconds, less than handing it to another thread would. What takes longer
// has threads of its own.
#ifndef SEKISHO_SERVER_DECISION_SERVICE_H_
#define SEKISHO_SERVER_DECISION_SERVICE_H_

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "grpcpp/support/server_callback.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "server/arena_messages.h"
#include "server/decide_streams.h"
#include "server/decider.h"
#include "server/explainer.h"
#include "server/pep_identifier.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

// Each method's kind of server.
using DecisionServiceBase = v1::DecisionService::WithCallbackMethod_Decide<
    v1::DecisionService::WithCallbackMethod_DecideBatch<
        v1::DecisionService::WithCallbackMethod_DecideStream<
            v1::DecisionService::Service>>>;

class DecisionServiceImpl final : public DecisionServiceBase {
 public:
  // All must outlive this object. `log_directory` is where `recorder` writes.
  DecisionServiceImpl(const PepIdentifier* peps, PolicyStores* policy_stores,
                      Recorder* recorder, std::string log_directory)
      : peps_(*peps),
        decider_(policy_stores, recorder),
        explainer_(policy_stores, recorder, std::move(log_directory)) {
    SetMessageAllocatorFor_Decide(&decide_messages_);
    SetMessageAllocatorFor_DecideBatch(&batch_messages_);
  }

  // The generated overloads for other kinds of server.
  using DecisionServiceBase::Decide;
  using DecisionServiceBase::DecideBatch;
  using DecisionServiceBase::DecideStream;

  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const v1::DecideRequest* request,
                                   v1::DecideResponse* response) override;
  grpc::ServerUnaryReactor* DecideBatch(
      grpc::CallbackServerContext* context,
      const v1::DecideBatchRequest* request,
      v1::DecideBatchResponse* response) override;
  grpc::ServerBidiReactor<v1::DecideRequest, v1::DecideResult>* DecideStream(
      grpc::CallbackServerContext* context) override;

  grpc::Status GetSymbols(grpc::ServerContext* context,
                          const v1::GetSymbolsRequest* request,
                          v1::GetSymbolsResponse* response) override;
  grpc::Status Explain(grpc::ServerContext* context,
                       const v1::ExplainRequest* request,
                       v1::ExplainResponse* response) override;

  // Ends the open streams, so that they do not keep the server from stopping.
  void EndStreams(absl::Time deadline) { streams_.Stop(deadline); }

 private:
  ArenaMessages<v1::DecideRequest, v1::DecideResponse> decide_messages_;
  ArenaMessages<v1::DecideBatchRequest, v1::DecideBatchResponse>
      batch_messages_;
  const PepIdentifier& peps_;
  Decider decider_;
  Explainer explainer_;
  DecideStreams streams_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_DECISION_SERVICE_H_
