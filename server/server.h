// The decision service: the store, the policies in force, and the gRPC server
// in front of them.
//
//   ServerOptions options;
//   options.data = "/var/lib/sekisho";
//   options.listen = {"127.0.0.1:0"};
//   ASSIGN_OR_RETURN(std::unique_ptr<Server> server, Server::Start(options));
//   std::cout << server->addresses()[0];  // 127.0.0.1:40123
//
// Health (grpc.health.v1): the empty name and sekisho.v1.DecisionService are
// SERVING from the first active policy on, the other services from the start;
// all are NOT_SERVING once the server stops. Reflection is on.
#ifndef SEKISHO_SERVER_SERVER_H_
#define SEKISHO_SERVER_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/entities/store.h"
#include "server/tls_credentials.h"

namespace sekisho {

struct ServerOptions {
  // Behaviour. Where to listen: see listen_address.h.
  std::vector<std::string> listen = {"127.0.0.1:7400"};
  // For the addresses with TLS, and given if and only if there are any.
  TlsFiles tls;
  // The table of enforcement points (pep_table.h); empty: its default, by which
  // clients on this machine may do everything.
  std::string peps;
  // The directory of all that is kept: the store in `store`, the decision log
  // in `log`, the key that signs the log in `log.key`. Created as needed.
  std::string data;
  // The log's name; empty: that of its key. A key that is made is named by it,
  // or at random.
  std::string log_origin;
  // Answer only when the disk has the record, not the kernel alone.
  bool log_sync = false;
  // Memory for decoded entities: see EntityStoreOptions.
  size_t entity_cache_bytes = EntityStoreOptions().entity_cache_bytes;
  // How long requests under way may take when the server stops; after that
  // they are cancelled.
  absl::Duration drain = absl::Seconds(10);
};

class Server {
 public:
  // Returns once it serves.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const ServerOptions& options);

  // As Stop.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, in the order of the options, each as a client uses it.
  const std::vector<std::string>& addresses() const;

  // What it says of the cache of entities, for people, on a line.
  std::string EntityCacheToString() const;
  // What it says of the enforcement points, for people, on a line.
  std::string PepsToString() const;
  // Reads the table of enforcement points again, for all requests from then on;
  // on an error the one in force stays. FailedPrecondition if there is no file.
  absl::Status ReloadPeps();

  // Takes no new requests, finishes those under way, and returns when all is
  // closed. May be called again.
  void Stop();

 private:
  class Rep;
  explicit Server(std::unique_ptr<Rep> rep);

  std::unique_ptr<Rep> rep_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_SERVER_H_
