// The table of enforcement points: who may call what and vouch for what. What
// is not in it is refused. docs/peps.md has the format:
//
//   # The gateway of the clinic.
//   [unix:1000]
//   may = decide, explain
//   context = location, network, device.type
//   entities = Device
//   stores = default, clinic-b
//
// Immutable, and may be used from several threads.
#ifndef SEKISHO_SERVER_PEP_TABLE_H_
#define SEKISHO_SERVER_PEP_TABLE_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/pep.h"

namespace sekisho {

class PepTable {
 public:
  // The table that `text` is; `name` is for messages. InvalidArgument with all
  // that is wrong with it, each with its line, column, caret and a way out.
  static absl::StatusOr<std::shared_ptr<const PepTable>> Parse(
      absl::string_view name, std::string text);
  static absl::StatusOr<std::shared_ptr<const PepTable>> Read(
      absl::string_view path);

  // Everything to clients on the loopback addresses, and on Unix sockets to
  // those of the server's own user: they may write entities and policies, so
  // what they assert of the circumstances makes them no stronger.
  static std::shared_ptr<const PepTable> Default();

  // A client at the other end of a Unix socket, by its credentials when it
  // connected. A row for user and group comes before the one for the user.
  IdentifiedPep FindUnix(uid_t uid, gid_t gid) const;
  // The client of a TLS connection by the names in its certificate. One of them
  // must be in the table; two are as bad as none.
  IdentifiedPep FindCertificate(const std::vector<std::string>& names) const;
  // Whoever can connect to a loopback address.
  IdentifiedPep FindLoopback() const;

  // For people, on a line or two.
  std::string ToString() const;

 private:
  // By the row's name: `unix:1000`, `unix:1000:100`, `mtls:gateway`,
  // `loopback`.
  using Rows = std::map<std::string, std::shared_ptr<const PepGrants>>;

  explicit PepTable(Rows rows) : rows_(std::move(rows)) {}
  std::shared_ptr<const PepGrants> Find(const std::string& row) const;

  const Rows rows_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_PEP_TABLE_H_
