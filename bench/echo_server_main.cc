// A server that decides nothing: parses the request of Decide, as gRPC does,
// and returns one fixed answer, over the transport of sekishod. What a decision
// adds to a call is measured against it.
//
// Prints `listening on ADDRESS` for each address once it serves, and stops on
// SIGTERM or SIGINT.
#include <signal.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "grpcpp/support/server_callback.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "server/arena_messages.h"
#include "server/listen_address.h"
#include "server/transport.h"
#include "server/unix_listener.h"

namespace sekisho {
namespace {

// What sekishod answers to a permit of a matrix.
v1::DecideResponse FixedAnswer() {
  v1::DecideResponse answer;
  answer.set_decision(v1::PERMIT);
  answer.set_cause(v1::PERMITTED);
  answer.add_determining()->set_id("row-17");
  answer.set_policy_hash(std::string(64, 'a'));
  answer.set_policy_version(1);
  answer.set_entity_revision(20);
  answer.set_decision_id(std::string(32, 'b'));
  answer.mutable_server_time()->set_seconds(1'800'000'000);
  answer.mutable_server_time()->set_nanos(123'456'789);
  answer.set_evaluation_ns(400);
  answer.mutable_log()->set_origin(
      "sekishod-01234567-89ab-cdef-0123-456789abcdef");
  answer.mutable_log()->set_index(123'456);
  answer.mutable_log()->set_leaf_hash(std::string(32, 'c'));
  return answer;
}

using EchoBase = v1::DecisionService::WithCallbackMethod_Decide<
    v1::DecisionService::Service>;

class Echo final : public EchoBase {
 public:
  // The generated overload for another kind of server.
  using EchoBase::Decide;

  Echo() { SetMessageAllocatorFor_Decide(&messages_); }

  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const v1::DecideRequest*,
                                   v1::DecideResponse* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  ArenaMessages<v1::DecideRequest, v1::DecideResponse> messages_;
  const v1::DecideResponse answer_ = FixedAnswer();
};

int Serve(const std::vector<std::string>& addresses) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Echo echo;
  grpc::ServerBuilder builder;
  ConfigureTransport(builder);
  builder.RegisterService(&echo);
  std::vector<ListenAddress> listen;
  std::vector<std::unique_ptr<UnixListener>> sockets;
  for (const std::string& text : addresses) {
    absl::StatusOr<ListenAddress> address = ParseListenAddress(text);
    if (!address.ok()) {
      std::cerr << "echo_server: " << address.status().message() << "\n";
      return 1;
    }
    listen.push_back(*std::move(address));
  }
  for (ListenAddress& address : listen) {
    if (!address.host.empty()) {
      builder.AddListeningPort(
          address.ToString(), grpc::InsecureServerCredentials(), &address.port);
      continue;
    }
    auto socket = UnixListener::Listen(address.path, /*all_users=*/false);
    if (!socket.ok()) {
      std::cerr << "echo_server: " << socket.status().message() << "\n";
      return 1;
    }
    sockets.push_back(*std::move(socket));
  }
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::cerr << "echo_server: cannot listen\n";
    return 1;
  }
  for (const auto& socket : sockets) {
    socket->Start([&server](int fd) {
      grpc::AddInsecureChannelFromFd(server.get(), fd);
    });
  }
  for (const ListenAddress& address : listen) {
    std::cout << "listening on " << address.ToString() << std::endl;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  sockets.clear();
  server->Shutdown();
  return 0;
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  return sekisho::Serve({argv + 1, argv + argc});
}
