#include "tests/server/test_server.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "gtest/gtest.h"
#include "proto/codec.h"

namespace sekisho {

const char kSchema[] = R"(
entity Organization;
entity Person in [Organization] {
  roles: Set<String>,
  suspended?: Bool,
};
entity Record {
  owner: Person,
};
action view appliesTo {
  principal: Person,
  resource: Record,
  context: {
    location: String,
    count: Long,
  },
};
)";

const char kRules[] = R"(@id("own")
@matrix("①-1")
permit (principal, action == Action::"view", resource)
when { resource.owner == principal && context.location == "hospital" };

@id("suspended")
forbid (principal, action, resource)
when { principal has suspended && principal.suspended };

@id("count")
forbid (principal, action == Action::"view", resource)
when { context.count > 100 || context.count * 9223372036854775807 < 0 };
)";

namespace {

// Runs one RPC with a deadline.
template <typename Stub, typename Request, typename Response>
grpc::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*,
                                               const Request&, Response*),
                  const Request& request, Response* response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  Response ignored;
  return (stub.*method)(&context, request,
                        response == nullptr ? &ignored : response);
}

}  // namespace

std::string Compile(const std::string& rules, const std::string& schema,
                    const std::string& obligations) {
  std::vector<std::pair<std::string, std::string>> files = {
      {"rules.cedar", rules}, {"test.cedarschema", schema}};
  if (!obligations.empty()) files.emplace_back("obligations.tsv", obligations);
  auto folder = MakePolicyFolder(std::move(files));
  EXPECT_TRUE(folder.ok()) << folder.status();
  if (!folder.ok()) return "";
  Compilation compilation(&folder->sources);
  absl::Status status = Compile(*folder, {}, &compilation);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(compilation.diagnostics.has_errors())
      << compilation.diagnostics.ToString();
  return compilation.artifact;
}

std::string NewDirectory() {
  std::string path = testing::TempDir() + "/server-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

Entity MakePerson(const std::string& id, bool suspended) {
  Entity person;
  person.uid = {"Person", id};
  Value::Attributes attributes = {
      {"roles", Value::Set({Value::String("nurse")})}};
  if (suspended) attributes.emplace_back("suspended", Value::Bool(true));
  person.attributes = Value::Record(std::move(attributes));
  return person;
}

Entity MakeRecord(const std::string& id, const std::string& owner) {
  Entity record;
  record.uid = {"Record", id};
  record.attributes =
      Value::Record({{"owner", Value::Entity({"Person", owner})}});
  return record;
}

v1::DecideRequest Ask(const std::string& person, const std::string& record,
                      const std::string& location, int64_t count) {
  Request request;
  request.principal = {"Person", person};
  request.action = {"Action", "view"};
  request.resource = {"Record", record};
  request.context = Value::Record(
      {{"location", Value::String(location)}, {"count", Value::Long(count)}});
  v1::DecideRequest message;
  RequestToProto(request, &message);
  return message;
}

TestServer::TestServer(std::string data, std::vector<std::string> listen) {
  options_.data = std::move(data);
  options_.listen = std::move(listen);
  Start();
}

TestServer::TestServer(ServerOptions options) : options_(std::move(options)) {
  if (options_.data.empty()) options_.data = NewDirectory();
  Start();
}

void TestServer::Restart() {
  server_ = nullptr;
  Start();
}

void TestServer::RestartWithNewLog() {
  server_ = nullptr;
  std::filesystem::remove_all(options_.data + "/log");
  Start();
}

void TestServer::Start() {
  auto server = Server::Start(options_);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = Connect();
  decisions_ = v1::DecisionService::NewStub(channel_);
  entities_ = v1::EntityService::NewStub(channel_);
  policies_ = v1::PolicyService::NewStub(channel_);
}

std::shared_ptr<grpc::Channel> TestServer::Connect(size_t address) const {
  grpc::ChannelArguments arguments;
  // A connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(
      addresses()[address], grpc::InsecureChannelCredentials(), arguments);
}

v1::ActivatePolicyResponse TestServer::Activate(
    const std::string& artifact, const std::string& policy_store) {
  v1::ActivatePolicyRequest request;
  request.set_policy_store(policy_store);
  request.set_artifact(artifact);
  v1::ActivatePolicyResponse response;
  EXPECT_EQ(ToString(Activate(request, &response)), "OK");
  return response;
}

uint64_t TestServer::Put(const std::vector<Entity>& entities,
                         const std::string& policy_store) {
  v1::WriteEntitiesRequest request;
  request.set_policy_store(policy_store);
  for (const Entity& entity : entities) {
    EntityToProto(entity, request.add_mutations()->mutable_put());
  }
  v1::WriteEntitiesResponse response;
  EXPECT_EQ(ToString(Write(request, &response)), "OK");
  return response.revision();
}

v1::DecideResponse TestServer::MustDecide(const v1::DecideRequest& request) {
  v1::DecideResponse response;
  EXPECT_EQ(ToString(Decide(request, &response)), "OK");
  return response;
}

grpc::Status TestServer::Decide(const v1::DecideRequest& request,
                                v1::DecideResponse* response) {
  return Call(*decisions_, &v1::DecisionService::Stub::Decide, request,
              response);
}

grpc::Status TestServer::DecideBatch(const v1::DecideBatchRequest& request,
                                     v1::DecideBatchResponse* response) {
  return Call(*decisions_, &v1::DecisionService::Stub::DecideBatch, request,
              response);
}

grpc::Status TestServer::Explain(const v1::ExplainRequest& request,
                                 v1::ExplainResponse* response) {
  return Call(*decisions_, &v1::DecisionService::Stub::Explain, request,
              response);
}

grpc::Status TestServer::Write(const v1::WriteEntitiesRequest& request,
                               v1::WriteEntitiesResponse* response) {
  return Call(*entities_, &v1::EntityService::Stub::Write, request, response);
}

grpc::Status TestServer::Read(const v1::ReadEntitiesRequest& request,
                              v1::ReadEntitiesResponse* response) {
  return Call(*entities_, &v1::EntityService::Stub::Read, request, response);
}

grpc::Status TestServer::Activate(const v1::ActivatePolicyRequest& request,
                                  v1::ActivatePolicyResponse* response) {
  return Call(*policies_, &v1::PolicyService::Stub::Activate, request,
              response);
}

grpc::Status TestServer::Rollback(const v1::RollbackPolicyRequest& request,
                                  v1::RollbackPolicyResponse* response) {
  return Call(*policies_, &v1::PolicyService::Stub::Rollback, request,
              response);
}

grpc::Status TestServer::List(const v1::ListPoliciesRequest& request,
                              v1::ListPoliciesResponse* response) {
  return Call(*policies_, &v1::PolicyService::Stub::List, request, response);
}

grpc::Status TestServer::Get(const v1::GetPolicyRequest& request,
                             v1::GetPolicyResponse* response) {
  return Call(*policies_, &v1::PolicyService::Stub::Get, request, response);
}

std::string TestServer::Health(const std::string& service) {
  // HealthCheckRequest{service = 1}: a tag, a length below 128, the name.
  std::string request;
  if (!service.empty()) {
    request =
        absl::StrCat("\x0a", std::string(1, char(service.size())), service);
  }
  grpc::Slice slice(request);
  grpc::ByteBuffer buffer(&slice, 1);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = grpc::GenericStub(channel_).PrepareUnaryCall(
      &context, "/grpc.health.v1.Health/Check", buffer, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag;
  bool ok;
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  if (!status.ok()) return ToString(status);
  grpc::Slice bytes;
  EXPECT_TRUE(response.DumpToSingleSlice(&bytes).ok());
  // HealthCheckResponse{status = 1}.
  return std::string(bytes.begin(), bytes.end()) == "\x08\x01" ? "SERVING"
                                                               : "NOT_SERVING";
}

std::string ToString(const grpc::Status& status) {
  if (status.ok()) return "OK";
  return absl::StrCat(absl::StatusCodeToString(static_cast<absl::StatusCode>(
                          static_cast<int>(status.error_code()))),
                      ": ", status.error_message());
}

}  // namespace sekisho
