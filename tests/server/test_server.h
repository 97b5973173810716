// A real server over a real store, and clients of it, for tests.
//
//   TestServer server;
//   server.Activate(Compile(kRules));
//   v1::DecideResponse response = server.MustDecide(Ask("nurse", "record"));
#ifndef SEKISHO_TESTS_SERVER_TEST_SERVER_H_
#define SEKISHO_TESTS_SERVER_TEST_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/model/entity.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"
#include "proto/sekisho/v1/decision.grpc.pb.h"
#include "proto/sekisho/v1/entity.grpc.pb.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"
#include "server/server.h"

namespace sekisho {

// Persons and records: see kSchema in test_server.cc. In kRules
//   own        permits a person to view their own records at the hospital; it
//              belongs to the use case ①-1
//   suspended  forbids all to persons who are suspended
//   count      forbids views of more than 100 records, and cannot be evaluated
//              for 2 to 100 of them
extern const char kSchema[];
extern const char kRules[];

// The artifact of `rules`, named rules.cedar, under `schema`, with this table
// of obligations if there is one.
std::string Compile(const std::string& rules,
                    const std::string& schema = kSchema,
                    const std::string& obligations = "");

// An empty directory of the test's.
std::string NewDirectory();

Entity MakePerson(const std::string& id, bool suspended = false);
Entity MakeRecord(const std::string& id, const std::string& owner);

// May `person` view `record`?
v1::DecideRequest Ask(const std::string& person, const std::string& record,
                      const std::string& location = "hospital",
                      int64_t count = 1);

class TestServer {
 public:
  explicit TestServer(std::string data = NewDirectory(),
                      std::vector<std::string> listen = {"127.0.0.1:0"});
  // With an empty directory for its data unless `options` has one. The first
  // address must be one that this process may do everything at.
  explicit TestServer(ServerOptions options);

  // Stops the server and starts another over the same store.
  void Restart();
  // The same with a log that begins anew.
  void RestartWithNewLog();
  void Stop() { server_->Stop(); }
  Server& server() { return *server_; }

  const std::vector<std::string>& addresses() const {
    return server_->addresses();
  }
  const std::string& data() const { return options_.data; }
  std::shared_ptr<grpc::Channel> Connect(size_t address = 0) const;

  // These fail the test unless the RPC is OK.
  v1::ActivatePolicyResponse Activate(const std::string& artifact,
                                      const std::string& policy_store = "");
  // Returns the revision.
  uint64_t Put(const std::vector<Entity>& entities,
               const std::string& policy_store = "");
  v1::DecideResponse MustDecide(const v1::DecideRequest& request);

  grpc::Status Decide(const v1::DecideRequest& request,
                      v1::DecideResponse* response = nullptr);
  grpc::Status DecideBatch(const v1::DecideBatchRequest& request,
                           v1::DecideBatchResponse* response = nullptr);
  grpc::Status Explain(const v1::ExplainRequest& request,
                       v1::ExplainResponse* response = nullptr);
  grpc::Status Write(const v1::WriteEntitiesRequest& request,
                     v1::WriteEntitiesResponse* response = nullptr);
  grpc::Status Read(const v1::ReadEntitiesRequest& request,
                    v1::ReadEntitiesResponse* response = nullptr);
  // For what streams. Valid until the next Restart.
  v1::EntityService::Stub& entities() { return *entities_; }
  grpc::Status Activate(const v1::ActivatePolicyRequest& request,
                        v1::ActivatePolicyResponse* response = nullptr);
  grpc::Status Rollback(const v1::RollbackPolicyRequest& request,
                        v1::RollbackPolicyResponse* response = nullptr);
  grpc::Status List(const v1::ListPoliciesRequest& request,
                    v1::ListPoliciesResponse* response = nullptr);
  grpc::Status Get(const v1::GetPolicyRequest& request,
                   v1::GetPolicyResponse* response = nullptr);
  // For streams of decisions. Valid until the next Restart.
  v1::DecisionService::Stub& decisions() { return *decisions_; }

  // What grpc.health.v1 says of `service`: SERVING, NOT_SERVING, or the name of
  // the error.
  std::string Health(const std::string& service);

 private:
  void Start();

  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::DecisionService::Stub> decisions_;
  std::unique_ptr<v1::EntityService::Stub> entities_;
  std::unique_ptr<v1::PolicyService::Stub> policies_;
};

// `CODE: message`, or OK.
std::string ToString(const grpc::Status& status);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_SERVER_TEST_SERVER_H_
