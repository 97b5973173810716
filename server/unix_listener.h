// A Unix socket that takes connections and hands them on, so that the
// credentials of the clients stay with them: gRPC does not say them of sockets
// that it listens on itself.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<UnixListener> listener,
//                    UnixListener::Listen("/run/sekisho.sock", true));
//   listener->Start([&](int fd) {
//     grpc::AddInsecureChannelFromFd(server, fd);
//   });
#ifndef SEKISHO_SERVER_UNIX_LISTENER_H_
#define SEKISHO_SERVER_UNIX_LISTENER_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace sekisho {

class UnixListener {
 public:
  // Makes the socket; one that a dead process left there is replaced. Only the
  // own user may connect, or everyone with `all_users`. Unavailable if another
  // process listens there, or it cannot be made.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Listen(
      const std::string& path, bool all_users);

  // Takes no more connections and removes the socket.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // From now on `accepted` is called with each connection, from a thread of
  // this object's. It owns the descriptor, which does not block. Called once.
  void Start(std::function<void(int fd)> accepted);

 private:
  UnixListener(std::string path, int socket, int stop);
  void Accept(const std::function<void(int fd)>& accepted) const;

  const std::string path_;
  const int socket_;
  // An eventfd that becomes readable at the end.
  const int stop_;
  // Of the socket's name, so that a successor's is not removed.
  ino_t inode_ = 0;
  std::thread thread_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_UNIX_LISTENER_H_
