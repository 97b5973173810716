// Tested by tests/server.
#include "server/decision_service.h"

#include "server/convert.h"
#include "server/status_mapping.h"

namespace sekisho {
grpc::ServerUnaryReactor* DecisionServiceImpl::Decide(
    grpc::CallbackServerContext* context, const v1::DecideRequest* request,
    v1::DecideResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(
      decider_.Decide(peps_.Identify(*context), *request, response)));
  return reactor;
}

grpc::ServerUnaryReactor* DecisionServiceImpl::DecideBatch(
    grpc::CallbackServerContext* context, const v1::DecideBatchRequest* request,
    v1::DecideBatchResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(decider_.DecideBatch(
      peps_.Identify(*context), *request,
      [context] { return context->IsCancelled(); }, response)));
  return reactor;
}

grpc::ServerBidiReactor<v1::DecideRequest, v1::DecideResult>*
DecisionServiceImpl::DecideStream(grpc::CallbackServerContext* context) {
  return streams_.Open(
      context, [this, context](const v1::DecideRequest& message) {
        v1::DecideResult result;
        const absl::Status status = decider_.Decide(
            peps_.Identify(*context), message, result.mutable_decision());
        if (!status.ok()) ToItemError(status, result.mutable_error());
        return result;
      });
}

grpc::Status DecisionServiceImpl::GetSymbols(
    grpc::ServerContext* context, const v1::GetSymbolsRequest* request,
    v1::GetSymbolsResponse* response) {
  return ToGrpcStatus(
      decider_.GetSymbols(peps_.Identify(*context), *request, response));
}

grpc::Status DecisionServiceImpl::Explain(grpc::ServerContext* context,
                                          const v1::ExplainRequest* request,
                                          v1::ExplainResponse* response) {
  return ToGrpcStatus(explainer_.Explain(
      peps_.Identify(*context), *request,
      [context] { return context->IsCancelled(); }, response));
}

}  // namespace sekisho
