// The links of templates that a server has, changed and listed.
//
//   ServerLinks server("127.0.0.1:7400", "default");
//   ASSIGN_OR_RETURN(uint64_t revision, server.Add(links));
//
// What is more than a server takes at once goes in several requests, each of
// them all or none: done() says how many links the last call changed, whether
// it ended well or not. Errors have the code and the message that the server
// sent. Not for several threads.
#ifndef SEKISHO_CLI_SERVER_LINKS_H_
#define SEKISHO_CLI_SERVER_LINKS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/model/link.h"
#include "grpcpp/support/status.h"
#include "proto/sekisho/v1/policy.grpc.pb.h"

namespace sekisho {

class ServerLinks {
 public:
  // Connects with the first call. An empty `policy_store` is "default".
  ServerLinks(const std::string& address, std::string policy_store);

  // Return the revision that they make. REQUIRES: at least one.
  absl::StatusOr<uint64_t> Add(const std::vector<Link>& links);
  absl::StatusOr<uint64_t> Remove(const std::vector<std::string>& ids);
  // By id, all at one revision. An empty `template_id`: of all templates.
  absl::StatusOr<std::vector<Link>> List(const std::string& template_id);

  size_t done() const { return done_; }
  // Which of those given the last error is about, if it says so.
  std::optional<size_t> culprit() const { return culprit_; }

 private:
  // Sends `request`, which has `count` links, and empties it.
  template <typename Request, typename Response>
  absl::Status Send(int count, Request* request, Response* response,
                    auto method);
  template <typename Request, typename Response, typename Item>
  absl::StatusOr<uint64_t> Change(const std::vector<Item>& items, auto add,
                                  auto method);
  absl::Status FromServer(const grpc::Status& status) const;

  const std::string address_;
  const std::string policy_store_;
  const std::unique_ptr<v1::PolicyService::Stub> stub_;
  size_t done_ = 0;
  std::optional<size_t> culprit_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_SERVER_LINKS_H_
