// Who may call, assert and supply what, over real Unix sockets of several users
// and real TLS. What a row grants is in server/pep_table_test.cc; this is that
// a client gets its own row, and that every method asks.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/create_channel_posix.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "gtest/gtest.h"
#include "server/pep_identifier.h"
#include "server/pep_table.h"
#include "server/server.h"
#include "server/unix_listener.h"
#include "tests/server/log_check.h"
#include "tests/server/test_certificates.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using Channel = std::shared_ptr<grpc::Channel>;

// For the fixture's first address.
constexpr char kAdministrator[] = "[loopback]\nmay = *\nstores = *\n";

constexpr char kGateway[] = "may = decide\ncontext = location, count\n";

grpc::Status Decide(const Channel& channel, const v1::DecideRequest& request,
                    v1::DecideResponse* response = nullptr) {
  v1::DecideResponse ignored;
  grpc::ClientContext context;
  return v1::DecisionService::NewStub(channel)->Decide(
      &context, request, response != nullptr ? response : &ignored);
}

bool IsNotInTheTable(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::PERMISSION_DENIED &&
         absl::EndsWith(status.error_message(),
                        "is not in the table of enforcement points");
}

int ConnectTo(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0 &&
      fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

Channel ChannelOf(int fd) { return grpc::CreateInsecureChannelFromFd("", fd); }

// A connection by another user, or null if this one cannot become it. To the
// kernel, users are those of threads.
Channel ConnectAs(const std::string& path, uid_t uid, gid_t gid) {
  int fd = -1;
  std::thread([&] {
    if (syscall(SYS_setresgid, gid, gid, gid) == 0 &&
        syscall(SYS_setresuid, uid, uid, uid) == 0) {
      fd = ConnectTo(path);
    }
  }).join();
  return fd < 0 ? nullptr : ChannelOf(fd);
}

// A directory that every user can reach, and whose name is short enough for a
// socket in it.
class PepTest : public testing::Test {
 protected:
  PepTest() {
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    EXPECT_EQ(chmod(directory_.c_str(), 0755), 0);
  }
  ~PepTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = absl::StrCat(directory_, "/", name);
    std::ofstream(path) << text;
    return path;
  }
  std::string socket() const { return directory_ + "/socket"; }
  // Listens on loopback and the socket.
  ServerOptions Options(const std::string& table) const {
    ServerOptions options;
    options.listen = {"127.0.0.1:0", absl::StrCat("unix:", socket())};
    options.peps = Write("peps", table);
    return options;
  }
  static void Fill(TestServer& server) {
    server.Activate(Compile(kRules));
    server.Put({MakePerson("a"), MakeRecord("r", "a")});
  }

 private:
  std::string directory_ = "/tmp/sekisho-XXXXXX";
};

std::string OwnRow() { return absl::StrCat("[unix:", geteuid(), "]\n"); }

TEST_F(PepTest, UsersOfTheSocketAreTheKernels) {
  TestServer server(
      Options(absl::StrCat(kAdministrator, "[unix:1000]\n", kGateway,
                           "[unix:2000]\nmay = decide\ncontext = count\n",
                           "[unix:2000:77]\n", kGateway)));
  Fill(server);
  if (ConnectAs(socket(), 1000, 1000) == nullptr) {
    GTEST_SKIP() << "only root can become other users";
  }
  v1::DecideResponse by_1000;
  EXPECT_EQ(
      ToString(Decide(ConnectAs(socket(), 1000, 5), Ask("a", "r"), &by_1000)),
      "OK");
  v1::DecideResponse by_2000;
  EXPECT_EQ(
      ToString(Decide(ConnectAs(socket(), 2000, 77), Ask("a", "r"), &by_2000)),
      "OK");
  EXPECT_EQ(ToString(Decide(ConnectAs(socket(), 2000, 78), Ask("a", "r"))),
            "PERMISSION_DENIED: context.location: the enforcement point "
            "unix:2000:78 may not assert it; `context = location` in the table "
            "of enforcement points would grant it");
  EXPECT_EQ(ToString(Decide(ConnectAs(socket(), 3000, 77), Ask("a", "r"))),
            "PERMISSION_DENIED: the enforcement point unix:3000:77 is not in "
            "the table of enforcement points");
  server.Stop();

  const std::vector<Logged> log = ReadLog(server.data());
  ASSERT_NE(Find(log, by_1000.log()), nullptr);
  EXPECT_EQ(Find(log, by_1000.log())->record.pep, (Pep{"unix", "1000:5"}));
  ASSERT_NE(Find(log, by_2000.log()), nullptr);
  EXPECT_EQ(Find(log, by_2000.log())->record.pep, (Pep{"unix", "2000:77"}));
  std::vector<std::string> refused;
  for (const Logged& logged : log) {
    if (std::holds_alternative<RefusalBody>(logged.record.body)) {
      refused.push_back(logged.record.pep.name);
    }
  }
  EXPECT_EQ(refused, (std::vector<std::string>{"2000:78", "3000:77"}));
}

// Connections come and go, some in the middle of a request, so that their
// descriptors' numbers are taken by others' at once.
TEST_F(PepTest, UsersAreNeverTakenForEachOther) {
  constexpr uid_t kFirst = 1000;
  constexpr int kUsers = 4;
  constexpr int kConnections = 50;
  std::string table = kAdministrator;
  for (int user = 0; user < kUsers; ++user) {
    absl::StrAppend(&table, "[unix:", kFirst + user, "]\n", kGateway);
  }
  TestServer server(Options(table));
  Fill(server);
  if (ConnectAs(socket(), kFirst, kFirst) == nullptr) {
    GTEST_SKIP() << "only root can become other users";
  }
  std::vector<std::vector<v1::DecideResponse>> answers(kUsers);
  std::vector<std::thread> users;
  for (int user = 0; user < kUsers; ++user) {
    users.emplace_back([&, user] {
      for (int i = 0; i < kConnections; ++i) {
        const uid_t uid = kFirst + user;
        const Channel channel = ConnectAs(socket(), uid, uid);
        v1::DecideRequest request = Ask("a", "r");
        request.set_request_id(absl::StrCat(uid, ":", i));
        answers[user].emplace_back();
        EXPECT_EQ(ToString(Decide(channel, request, &answers[user].back())),
                  "OK");
        // And one that nobody waits for.
        grpc::ClientContext context;
        grpc::CompletionQueue queue;
        v1::DecideResponse ignored;
        grpc::Status status;
        auto call = v1::DecisionService::NewStub(channel)->AsyncDecide(
            &context, request, &queue);
        call->Finish(&ignored, &status, nullptr);
        context.TryCancel();
        void* tag;
        bool ok;
        queue.Next(&tag, &ok);
      }
    });
  }
  for (std::thread& user : users) user.join();
  server.Stop();
  const std::vector<Logged> log = ReadLog(server.data());
  for (int user = 0; user < kUsers; ++user) {
    for (const v1::DecideResponse& answer : answers[user]) {
      const Logged* logged = Find(log, answer.log());
      ASSERT_NE(logged, nullptr);
      EXPECT_EQ(logged->record.pep.name,
                absl::StrCat(kFirst + user, ":", kFirst + user));
    }
  }
  for (const Logged& logged : log) {
    if (logged.record.request_id.empty()) continue;
    EXPECT_TRUE(absl::StartsWith(
        logged.record.request_id,
        logged.record.pep.name.substr(0, logged.record.pep.name.find(':'))))
        << logged.record.request_id << " " << logged.record.pep.name;
  }
}

// Holds reads until it is told to go on, and says who writes.
class HoldingService final : public v1::EntityService::Service {
 public:
  explicit HoldingService(const PepIdentifier* peps) : peps_(*peps) {}

  grpc::Status Read(grpc::ServerContext* context,
                    const v1::ReadEntitiesRequest* /*request*/,
                    v1::ReadEntitiesResponse* /*response*/) override {
    held_peer = context->peer();
    held.Notify();
    while (!context->IsCancelled()) std::this_thread::yield();
    cancelled.Notify();
    go_on.WaitForNotification();
    held_pep = peps_.Identify(*context).ToString();
    done.Notify();
    return grpc::Status::OK;
  }
  grpc::Status Write(grpc::ServerContext* context,
                     const v1::WriteEntitiesRequest* /*request*/,
                     v1::WriteEntitiesResponse* /*response*/) override {
    return grpc::Status(grpc::StatusCode::ABORTED, context->peer());
  }

  std::string held_peer;
  std::string held_pep;
  absl::Notification held, cancelled, go_on, done;

 private:
  const PepIdentifier& peps_;
};

// What identification rests on: the descriptor of a connection is not another's
// as long as a request of it is not finished, though its client is gone.
TEST_F(PepTest, ADescriptorOutlivesTheRequestsOfItsConnection) {
  auto table = PepTable::Parse("peps", OwnRow() + kGateway);
  ASSERT_TRUE(table.ok());
  const PepIdentifier peps(*table);
  HoldingService service(&peps);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  auto listener = UnixListener::Listen(socket(), false);
  ASSERT_TRUE(listener.ok()) << listener.status();
  (*listener)->Start(
      [&](int fd) { grpc::AddInsecureChannelFromFd(server.get(), fd); });
  {
    const Channel channel = ChannelOf(ConnectTo(socket()));
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call =
        v1::EntityService::NewStub(channel)->AsyncRead(&context, {}, &queue);
    v1::ReadEntitiesResponse response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    service.held.WaitForNotification();
    context.TryCancel();
    void* tag;
    bool ok;
    queue.Next(&tag, &ok);
  }
  service.cancelled.WaitForNotification();
  EXPECT_TRUE(absl::StartsWith(service.held_peer, "fd:")) << service.held_peer;
  // Connections one after another, by the name that the server has for each.
  const auto next_peer = [&] {
    grpc::ClientContext context;
    v1::WriteEntitiesResponse response;
    return v1::EntityService::NewStub(ChannelOf(ConnectTo(socket())))
        ->Write(&context, {}, &response)
        .error_message();
  };
  for (int i = 0; i < 100; ++i) EXPECT_NE(next_peer(), service.held_peer);
  service.go_on.Notify();
  service.done.WaitForNotification();
  EXPECT_EQ(service.held_pep, absl::StrCat("unix:", geteuid(), ":", getegid()));
  // Afterwards it is free, so the numbers are indeed taken again: by a
  // connection at the server or by its end at the client, whichever is first.
  std::vector<Channel> open;
  while (true) {
    const int fd = ConnectTo(socket());
    ASSERT_GE(fd, 0);
    open.push_back(ChannelOf(fd));
    if (absl::StrCat("fd:", fd) == service.held_peer) break;
    grpc::ClientContext context;
    v1::WriteEntitiesResponse response;
    const grpc::Status status =
        v1::EntityService::NewStub(open.back())->Write(&context, {}, &response);
    if (status.error_message() == service.held_peer) break;
    ASSERT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  }
  listener->reset();
  server->Shutdown();
}

TEST_F(PepTest, EveryMethodAsks) {
  const std::string artifact = Compile(kRules);
  const struct {
    const char* permission;
    std::function<grpc::Status(const Channel&, grpc::ClientContext*)> call;
  } methods[] = {
      {"decide",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::DecideResponse response;
         return v1::DecisionService::NewStub(channel)->Decide(
             context, Ask("a", "r"), &response);
       }},
      {"decide",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::DecideBatchRequest request;
         const v1::DecideRequest ask = Ask("a", "r");
         *request.add_items()->mutable_principal() = ask.principal();
         v1::DecideBatchResponse response;
         return v1::DecisionService::NewStub(channel)->DecideBatch(
             context, request, &response);
       }},
      {"decide",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::GetSymbolsResponse response;
         return v1::DecisionService::NewStub(channel)->GetSymbols(context, {},
                                                                  &response);
       }},
      {"decide",
       [](const Channel& channel, grpc::ClientContext* context) {
         auto stream =
             v1::DecisionService::NewStub(channel)->DecideStream(context);
         EXPECT_TRUE(stream->Write(Ask("a", "r")));
         v1::DecideResult result;
         EXPECT_TRUE(stream->Read(&result));
         stream->WritesDone();
         EXPECT_EQ(ToString(stream->Finish()), "OK");
         return grpc::Status(
             static_cast<grpc::StatusCode>(result.error().code()),
             result.error().message());
       }},
      {"explain",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::ExplainRequest request;
         *request.mutable_request() = Ask("a", "r");
         v1::ExplainResponse response;
         return v1::DecisionService::NewStub(channel)->Explain(context, request,
                                                               &response);
       }},
      {"explain-fully",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::ExplainRequest request;
         request.mutable_logged()->set_decision_id(std::string(32, '0'));
         request.set_detail(v1::ExplainRequest::FULL);
         v1::ExplainResponse response;
         return v1::DecisionService::NewStub(channel)->Explain(context, request,
                                                               &response);
       }},
      {"write-entities",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::WriteEntitiesResponse response;
         return v1::EntityService::NewStub(channel)->Write(context, {},
                                                           &response);
       }},
      {"read-entities",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::ReadEntitiesResponse response;
         return v1::EntityService::NewStub(channel)->Read(context, {},
                                                          &response);
       }},
      {"write-entities",
       [](const Channel& channel, grpc::ClientContext* context) {
         auto stream = v1::EntityService::NewStub(channel)->Import(context);
         v1::ImportEntitiesRequest request;
         request.mutable_header()->set_import_id("census");
         EXPECT_TRUE(stream->Write(request));
         stream->WritesDone();
         v1::ImportEntitiesResponse response;
         while (stream->Read(&response)) continue;
         return stream->Finish();
       }},
      {"read-entities",
       [](const Channel& channel, grpc::ClientContext* context) {
         auto stream = v1::EntityService::NewStub(channel)->Export(context, {});
         v1::ExportEntitiesResponse response;
         while (stream->Read(&response)) continue;
         return stream->Finish();
       }},
      {"activate-policies",
       [&](const Channel& channel, grpc::ClientContext* context) {
         v1::ActivatePolicyRequest request;
         request.set_artifact(artifact);
         v1::ActivatePolicyResponse response;
         return v1::PolicyService::NewStub(channel)->Activate(context, request,
                                                              &response);
       }},
      {"activate-policies",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::RollbackPolicyResponse response;
         return v1::PolicyService::NewStub(channel)->Rollback(context, {},
                                                              &response);
       }},
      {"read-policies",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::ListPoliciesResponse response;
         return v1::PolicyService::NewStub(channel)->List(context, {},
                                                          &response);
       }},
      {"read-policies",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::GetPolicyResponse response;
         return v1::PolicyService::NewStub(channel)->Get(context, {},
                                                         &response);
       }},
      {"write-links",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::LinkResponse response;
         return v1::PolicyService::NewStub(channel)->Link(context, {},
                                                          &response);
       }},
      {"write-links",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::UnlinkResponse response;
         return v1::PolicyService::NewStub(channel)->Unlink(context, {},
                                                            &response);
       }},
      {"read-policies",
       [](const Channel& channel, grpc::ClientContext* context) {
         v1::ListLinksResponse response;
         return v1::PolicyService::NewStub(channel)->ListLinks(context, {},
                                                               &response);
       }},
  };
  TestServer server(Options(kAdministrator));
  Fill(server);
  const Channel channel = server.Connect(1);
  int refusals = 0;
  for (absl::string_view permission : kPermissionNames) {
    Write("peps", absl::StrCat(kAdministrator, OwnRow(), "may = ", permission,
                               "\ncontext = *\n"));
    ASSERT_TRUE(server.server().ReloadPeps().ok());
    for (const auto& method : methods) {
      grpc::ClientContext context;
      const grpc::Status status = method.call(channel, &context);
      EXPECT_EQ(status.error_code() == grpc::StatusCode::PERMISSION_DENIED,
                permission != method.permission)
          << permission << " " << method.permission << " " << ToString(status);
      if (permission == method.permission) continue;
      ++refusals;
      EXPECT_EQ(
          status.error_message(),
          absl::StrCat("the enforcement point unix:", geteuid(), ":", getegid(),
                       " may not do this; `may = ", method.permission,
                       "` in the table of enforcement points would grant "
                       "it"));
    }
  }
  server.Stop();
  for (const Logged& logged : ReadLog(server.data())) {
    const auto* refusal = std::get_if<RefusalBody>(&logged.record.body);
    if (refusal == nullptr) continue;
    if (refusal->code ==
        static_cast<uint64_t>(grpc::StatusCode::PERMISSION_DENIED)) {
      EXPECT_EQ(logged.record.pep.kind, "unix");
      --refusals;
    }
  }
  EXPECT_EQ(refusals, 0);
}

TEST_F(PepTest, AnotherPolicyStoreIsRefused) {
  TestServer server(Options(absl::StrCat(kAdministrator, OwnRow(), kGateway)));
  Fill(server);
  v1::DecideRequest request = Ask("a", "r");
  EXPECT_EQ(ToString(Decide(server.Connect(1), request)), "OK");
  request.set_policy_store("clinic-b");
  const std::string status = ToString(Decide(server.Connect(1), request));
  EXPECT_TRUE(absl::StartsWith(status, "PERMISSION_DENIED: policy_store: "))
      << status;
}

TEST_F(PepTest, AChangedTableIsForOpenConnectionsToo) {
  TestServer server(Options(absl::StrCat(kAdministrator, OwnRow(), kGateway)));
  Fill(server);
  const Channel channel = server.Connect(1);
  EXPECT_EQ(ToString(Decide(channel, Ask("a", "r"))), "OK");

  Write("peps", "[unix]\n");
  const absl::Status bad = server.server().ReloadPeps();
  EXPECT_TRUE(
      absl::StrContains(bad.message(), "`unix` is no enforcement point"))
      << bad;
  EXPECT_EQ(ToString(Decide(channel, Ask("a", "r"))), "OK");

  Write("peps", kAdministrator);
  EXPECT_TRUE(server.server().ReloadPeps().ok());
  EXPECT_TRUE(IsNotInTheTable(Decide(channel, Ask("a", "r"))));
}

TEST_F(PepTest, LoopbackIsNothingUnlessTheTableSaysSo) {
  ServerOptions options = Options(absl::StrCat(OwnRow(), "may = *\n"));
  std::swap(options.listen[0], options.listen[1]);
  TestServer server(std::move(options));
  Fill(server);
  EXPECT_TRUE(IsNotInTheTable(Decide(server.Connect(1), Ask("a", "r"))));
}

class TlsTest : public PepTest {
 protected:
  ServerOptions TlsOptions(const std::string& table) const {
    const CertifiedKey server =
        authority_.Issue("server", {"DNS:server.example"});
    ServerOptions options = Options(table);
    options.listen = {"127.0.0.1:0", "tls:127.0.0.1:0"};
    options.tls.certificate = Write("server.pem", server.certificate);
    options.tls.key = Write("server.key", server.key);
    options.tls.client_authorities =
        Write("authority.pem", authority_.certificate());
    return options;
  }
  // With the certificate of `client`, where it has one.
  Channel Connect(const TestServer& server, const CertifiedKey& client) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.certificate();
    options.pem_cert_chain = client.certificate;
    options.pem_private_key = client.key;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("server.example");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(server.addresses()[1],
                                     grpc::SslCredentials(options), arguments);
  }

  const TestAuthority authority_{"authority"};
};

TEST_F(TlsTest, ClientsAreTheNamesInTheirCertificates) {
  TestServer server(
      TlsOptions(absl::StrCat(kAdministrator, "[mtls:gateway.example]\n",
                              kGateway, "[mtls:spiffe://example/gateway]\n",
                              kGateway, "[mtls:Front Desk]\n", kGateway)));
  Fill(server);
  const auto decide = [&](const CertifiedKey& client) {
    return Decide(Connect(server, client), Ask("a", "r"));
  };
  v1::DecideResponse answer;
  EXPECT_EQ(ToString(Decide(
                Connect(server, authority_.Issue("x", {"DNS:gateway.example"})),
                Ask("a", "r"), &answer)),
            "OK");
  EXPECT_EQ(
      ToString(decide(authority_.Issue("x", {"URI:spiffe://example/gateway"}))),
      "OK");
  EXPECT_EQ(ToString(decide(authority_.Issue("Front Desk", {}))), "OK");
  EXPECT_EQ(
      ToString(decide(authority_.Issue("other", {"DNS:other.example"}))),
      "PERMISSION_DENIED: the enforcement point mtls:other.example is not "
      "in the table of enforcement points");
  // The common name counts only alone.
  EXPECT_TRUE(IsNotInTheTable(
      decide(authority_.Issue("Front Desk", {"DNS:other.example"}))));
  EXPECT_TRUE(IsNotInTheTable(decide(authority_.Issue(
      "x", {"DNS:gateway.example", "URI:spiffe://example/gateway"}))));
  // Nobody, and not whoever connects from a loopback address.
  EXPECT_TRUE(IsNotInTheTable(decide(authority_.Issue("", {}))));
  EXPECT_TRUE(IsNotInTheTable(decide(authority_.Issue("loopback", {}))));
  server.Stop();
  const std::vector<Logged> log = ReadLog(server.data());
  ASSERT_NE(Find(log, answer.log()), nullptr);
  EXPECT_EQ(Find(log, answer.log())->record.pep,
            (Pep{"mtls", "gateway.example"}));
}

TEST_F(TlsTest, WithoutACertificateOfTheAuthorityNobodyIsHeard) {
  TestServer server(TlsOptions(
      absl::StrCat(kAdministrator, "[mtls:gateway.example]\n", kGateway)));
  Fill(server);
  const TestAuthority other("authority");
  for (const CertifiedKey& client :
       {CertifiedKey(), other.Issue("x", {"DNS:gateway.example"})}) {
    EXPECT_EQ(Decide(Connect(server, client), Ask("a", "r")).error_code(),
              grpc::StatusCode::UNAVAILABLE);
  }
  // And without TLS.
  EXPECT_EQ(Decide(server.Connect(1), Ask("a", "r")).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, FilesThatCannotBeUsedAreNamed) {
  const ServerOptions good = TlsOptions(kAdministrator);
  const CertifiedKey other = authority_.Issue("other", {});
  const struct {
    std::string TlsFiles::*file;
    std::string path;
    std::string message;
  } cases[] = {
      {&TlsFiles::certificate, "/no/such/file", "the server's certificate"},
      {&TlsFiles::key, good.tls.certificate,
       "the key of the server's certificate"},
      {&TlsFiles::key, Write("other.key", other.key),
       "the key of the server's certificate"},
      {&TlsFiles::client_authorities, good.tls.key,
       "the authorities of clients"},
      {&TlsFiles::client_authorities, "", "the authorities of clients"},
  };
  for (const auto& c : cases) {
    ServerOptions options = good;
    options.data = NewDirectory();
    options.tls.*c.file = c.path;
    const absl::Status status = Server::Start(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StartsWith(
        status.message(),
        absl::StrCat("cannot use `", c.path, "` as ", c.message, ": ")))
        << status;
  }
  ServerOptions none = good;
  none.data = NewDirectory();
  none.tls = TlsFiles();
  EXPECT_EQ(Server::Start(none).status().code(),
            absl::StatusCode::kInvalidArgument);
  ServerOptions unused = good;
  unused.data = NewDirectory();
  unused.listen = {"127.0.0.1:0"};
  EXPECT_EQ(Server::Start(unused).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sekisho
