#include "server/server.h"

#include <iostream>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "engine/base/status_macros.h"
#include "engine/entities/store.h"
#include "engine/log/log_writer.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "server/data_directory.h"
#include "server/decision_service.h"
#include "server/entity_service.h"
#include "server/gate.h"
#include "server/listen_address.h"
#include "server/pep_identifier.h"
#include "server/pep_table.h"
#include "server/policy_service.h"
#include "server/policy_stores.h"
#include "server/recorder.h"
#include "server/tls_credentials.h"
#include "server/transport.h"
#include "server/unix_listener.h"

namespace sekisho {
namespace {

constexpr char kDecisionService[] = "sekisho.v1.DecisionService";

absl::StatusOr<std::shared_ptr<const PepTable>> LoadPeps(
    const std::string& path) {
  if (path.empty()) return PepTable::Default();
  return PepTable::Read(path);
}

absl::StatusOr<std::vector<ListenAddress>> ListenAddresses(
    const ServerOptions& options) {
  std::vector<ListenAddress> addresses;
  for (const std::string& text : options.listen) {
    ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(text));
    addresses.push_back(std::move(address));
  }
  const bool tls =
      absl::c_any_of(addresses, [](const auto& a) { return a.tls; });
  if (tls == options.tls.empty()) {
    return absl::InvalidArgumentError(
        tls ? "an address with TLS needs a certificate, its key, and the "
              "authorities of clients"
            : "there are certificates, but no address with TLS, such as "
              "tls:0.0.0.0:7400");
  }
  return addresses;
}

}  // namespace

class Server::Rep {
 public:
  Rep(const ServerOptions& options, std::shared_ptr<const PepTable> peps,
      std::unique_ptr<EntityStore> store,
      std::unique_ptr<PolicyStores> policy_stores,
      std::unique_ptr<DecisionLog> log)
      : drain_(options.drain),
        peps_path_(options.peps),
        peps_(std::move(peps)),
        store_(std::move(store)),
        policy_stores_(std::move(policy_stores)),
        log_(std::move(log)),
        recorder_(log_.get()),
        gate_(&peps_, &recorder_),
        decision_service_(&peps_, policy_stores_.get(), &recorder_,
                          LogDirectory(options.data)),
        entity_service_(&gate_, policy_stores_.get(), store_.get(), &recorder_),
        policy_service_(&gate_, policy_stores_.get(), store_.get(), &recorder_,
                        [this] { UpdateHealth(); }) {}
  ~Rep() { Stop(); }

  absl::Status Start(std::vector<ListenAddress> listen, const TlsFiles& tls) {
    RETURN_IF_ERROR(RecordActivePolicies());
    std::shared_ptr<grpc::ServerCredentials> tls_credentials;
    if (!tls.empty()) {
      ASSIGN_OR_RETURN(tls_credentials, TlsCredentials(tls));
    }
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    ConfigureTransport(builder);
    builder.RegisterService(&decision_service_);
    builder.RegisterService(&entity_service_);
    builder.RegisterService(&policy_service_);
    std::vector<int> ports(listen.size(), 0);
    for (size_t i = 0; i < listen.size(); ++i) {
      if (listen[i].host.empty()) {
        ASSIGN_OR_RETURN(
            std::unique_ptr<UnixListener> listener,
            UnixListener::Listen(listen[i].path, !peps_path_.empty()));
        unix_listeners_.push_back(std::move(listener));
      } else {
        builder.AddListeningPort(
            listen[i].ToString(),
            listen[i].tls ? tls_credentials : grpc::InsecureServerCredentials(),
            &ports[i]);
      }
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      std::vector<std::string> failed;
      for (size_t i = 0; i < listen.size(); ++i) {
        if (!listen[i].host.empty() && ports[i] == 0) {
          failed.push_back(listen[i].ToString());
        }
      }
      return absl::UnavailableError(absl::StrCat("cannot listen on ",
                                                 absl::StrJoin(failed, ", "),
                                                 ": in use, or not allowed"));
    }
    for (size_t i = 0; i < listen.size(); ++i) {
      listen[i].port = ports[i];
      addresses_.push_back(listen[i].ToString());
    }
    {
      absl::MutexLock lock(&health_mutex_);
      health_ = server_->GetHealthCheckService();
      health_->SetServingStatus("sekisho.v1.EntityService", true);
      health_->SetServingStatus("sekisho.v1.PolicyService", true);
    }
    UpdateHealth();
    for (const auto& listener : unix_listeners_) {
      listener->Start([this](int fd) {
        grpc::AddInsecureChannelFromFd(server_.get(), fd);
      });
    }
    store_->StartWarmUp();
    return absl::OkStatus();
  }

  void Stop() {
    if (server_ == nullptr || stopped_) return;
    stopped_ = true;
    unix_listeners_.clear();
    {
      absl::MutexLock lock(&health_mutex_);
      health_->Shutdown();
    }
    const absl::Time deadline = absl::Now() + drain_;
    // First: a connection that is closed while its client still sends on a
    // stream loses answers that are on their way.
    decision_service_.EndStreams(deadline);
    server_->Shutdown(absl::ToChronoTime(deadline));
    server_->Wait();
    if (absl::Status status = log_->Close("stopped"); !status.ok()) {
      std::cerr << "sekishod: the decision log was not closed: "
                << status.message() << "\n";
    }
  }

  const std::vector<std::string>& addresses() const { return addresses_; }

  std::string EntityCacheToString() const {
    return store_->CacheStats().ToString();
  }

  std::string PepsToString() const { return peps_.table()->ToString(); }

  absl::Status ReloadPeps() {
    if (peps_path_.empty()) {
      return absl::FailedPreconditionError(
          "no file of enforcement points was given");
    }
    ASSIGN_OR_RETURN(std::shared_ptr<const PepTable> table,
                     LoadPeps(peps_path_));
    peps_.Replace(std::move(table));
    return absl::OkStatus();
  }

 private:
  // So that the log has the policies by which it will record decisions.
  absl::Status RecordActivePolicies() {
    for (const std::string& id : store_->PolicyStores()) {
      absl::StatusOr<std::shared_ptr<const View>> view =
          policy_stores_->Current(id);
      if (absl::IsFailedPrecondition(view.status())) continue;
      RETURN_IF_ERROR(view.status());
      const HeldPolicy& policy = *(*view)->policy;
      RETURN_IF_ERROR(recorder_.RecordActivation(
          {}, id, policy.activation, /*previous_hash=*/"",
          policy.artifact->bytes(), "open"));
    }
    return absl::OkStatus();
  }

  // Called at the start and after activations, which may be concurrent with it
  // and with each other: what is true is asked within the lock, so the last to
  // say it is right.
  void UpdateHealth() ABSL_LOCKS_EXCLUDED(health_mutex_) {
    absl::MutexLock lock(&health_mutex_);
    if (health_ == nullptr) return;
    const bool serving = policy_stores_->AnyActive();
    health_->SetServingStatus(kDecisionService, serving);
    health_->SetServingStatus("", serving);
  }

  const absl::Duration drain_;
  const std::string peps_path_;
  PepIdentifier peps_;
  const std::unique_ptr<EntityStore> store_;
  const std::unique_ptr<PolicyStores> policy_stores_;
  const std::unique_ptr<DecisionLog> log_;
  Recorder recorder_;
  const Gate gate_;
  DecisionServiceImpl decision_service_;
  EntityServiceImpl entity_service_;
  PolicyServiceImpl policy_service_;
  std::vector<std::string> addresses_;
  bool stopped_ = false;
  absl::Mutex health_mutex_;
  // The server's; null until it serves.
  grpc::HealthCheckServiceInterface* health_ ABSL_GUARDED_BY(health_mutex_) =
      nullptr;
  // Last, so that it goes first; but nothing is handed to it any more.
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::unique_ptr<UnixListener>> unix_listeners_;
};

Server::Server(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const ServerOptions& options) {
  ASSIGN_OR_RETURN(std::vector<ListenAddress> listen, ListenAddresses(options));
  ASSIGN_OR_RETURN(std::shared_ptr<const PepTable> peps,
                   LoadPeps(options.peps));
  RETURN_IF_ERROR(MakeDataDirectory(options.data));
  EntityStoreOptions store_options;
  store_options.entity_cache_bytes = options.entity_cache_bytes;
  ASSIGN_OR_RETURN(std::unique_ptr<EntityStore> store,
                   EntityStore::Open(options.data + "/store", store_options));
  ASSIGN_OR_RETURN(std::unique_ptr<PolicyStores> policy_stores,
                   PolicyStores::Load(store.get()));
  ASSIGN_OR_RETURN(
      std::unique_ptr<DecisionLog> log,
      OpenLog(options.data, "sekishod", options.log_origin,
              options.log_sync ? Durability::kSync : Durability::kGroup));
  auto rep = std::make_unique<Rep>(options, std::move(peps), std::move(store),
                                   std::move(policy_stores), std::move(log));
  RETURN_IF_ERROR(rep->Start(std::move(listen), options.tls));
  return std::unique_ptr<Server>(new Server(std::move(rep)));
}

const std::vector<std::string>& Server::addresses() const {
  return rep_->addresses();
}

std::string Server::EntityCacheToString() const {
  return rep_->EntityCacheToString();
}

std::string Server::PepsToString() const { return rep_->PepsToString(); }

absl::Status Server::ReloadPeps() { return rep_->ReloadPeps(); }

void Server::Stop() { rep_->Stop(); }

}  // namespace sekisho
