// Starting, health, and stopping.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/server.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

constexpr char kDecisions[] = "sekisho.v1.DecisionService";
constexpr char kEntities[] = "sekisho.v1.EntityService";
constexpr char kPolicies[] = "sekisho.v1.PolicyService";

absl::Status StartStatus(const std::string& data, const std::string& listen) {
  ServerOptions options;
  options.data = data;
  options.listen = {listen};
  return Server::Start(options).status();
}

TEST(LifecycleTest, HealthFollowsTheActivePolicy) {
  TestServer server;
  EXPECT_EQ(server.Health(""), "NOT_SERVING");
  EXPECT_EQ(server.Health(kDecisions), "NOT_SERVING");
  EXPECT_EQ(server.Health(kEntities), "SERVING");
  EXPECT_EQ(server.Health(kPolicies), "SERVING");
  EXPECT_TRUE(absl::StartsWith(server.Health("no.such.Service"), "NOT_FOUND"));
  EXPECT_EQ(ToString(server.Decide(Ask("a", "r"))),
            "FAILED_PRECONDITION: policy store `default` has no active policy");

  server.Activate(Compile(kRules));
  EXPECT_EQ(server.Health(""), "SERVING");
  EXPECT_EQ(server.Health(kDecisions), "SERVING");
  server.Restart();
  EXPECT_EQ(server.Health(kDecisions), "SERVING");
}

TEST(LifecycleTest, UnixSocketAndPortAtOnce) {
  // The test's own directory may be longer than a socket's name can be.
  std::string directory = "/tmp/sekisho-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  absl::Cleanup remove = [&directory] {
    std::filesystem::remove_all(directory);
  };
  const std::string socket = absl::StrCat("unix:", directory, "/socket");
  TestServer server(NewDirectory(), {"127.0.0.1:0", socket});
  ASSERT_EQ(server.addresses().size(), 2u);
  EXPECT_TRUE(absl::StartsWith(server.addresses()[0], "127.0.0.1:"));
  EXPECT_FALSE(absl::EndsWith(server.addresses()[0], ":0"));
  EXPECT_EQ(server.addresses()[1], socket);
  server.Activate(Compile(kRules));
  server.Put({MakeRecord("r", "a")});
  for (size_t address = 0; address < server.addresses().size(); ++address) {
    auto stub = v1::DecisionService::NewStub(server.Connect(address));
    grpc::ClientContext context;
    v1::DecideResponse response;
    ASSERT_EQ(ToString(stub->Decide(&context, Ask("a", "r"), &response)), "OK")
        << server.addresses()[address];
    EXPECT_EQ(response.decision(), v1::PERMIT);
  }
}

TEST(LifecycleTest, AnAddressIsListenedToOnce) {
  TestServer server;
  absl::Status second = StartStatus(NewDirectory(), server.addresses()[0]);
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(second.message(), server.addresses()[0]))
      << second;
}

TEST(LifecycleTest, AStoreIsOpenedOnce) {
  TestServer server;
  EXPECT_EQ(StartStatus(server.data(), "127.0.0.1:0").code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(LifecycleTest, OtherMachinesAreKeptOut) {
  EXPECT_EQ(StartStatus(NewDirectory(), "0.0.0.0:0").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(LifecycleTest, AStoppedServerRefuses) {
  TestServer server;
  server.Activate(Compile(kRules));
  server.Stop();
  EXPECT_EQ(server.Decide(Ask("a", "r")).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  server.Stop();
}

// Every request that arrives before the end is answered. One that arrives while
// the server stops may be cancelled by gRPC itself, instead of refused.
TEST(LifecycleTest, StoppingUnderLoad) {
  TestServer server;
  server.Activate(Compile(kRules));
  std::vector<std::thread> clients;
  std::vector<grpc::Status> last(4);
  for (grpc::Status& status : last) {
    clients.emplace_back([&server, &status] {
      do {
        status = server.Decide(Ask("a", "r"));
      } while (status.ok());
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  server.Stop();
  for (std::thread& client : clients) client.join();
  for (const grpc::Status& status : last) {
    EXPECT_TRUE(status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                status.error_code() == grpc::StatusCode::CANCELLED)
        << ToString(status);
  }
}

}  // namespace
}  // namespace sekisho
