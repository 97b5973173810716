// Tested by tests/server/pep_test.cc and unix_listener_test.cc.
#include "server/unix_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

constexpr int kBacklog = 1024;
// How long to wait for descriptors or memory to become free.
constexpr int kRetryMs = 100;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int Bind(int socket, const std::string& path) {
  const sockaddr_un address = AddressOf(path);
  return bind(socket, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address));
}

// True if there is a socket that nobody listens on.
bool IsAbandoned(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return false;
  }
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0) return false;
  const sockaddr_un address = AddressOf(path);
  const bool refused =
      connect(client, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  close(client);
  return refused;
}

absl::Status CannotListen(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on unix:", path, ": ", std::strerror(errno)));
}

// 0 if there is nothing of that name.
ino_t InodeOf(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Listen(
    const std::string& path, bool all_users) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return CannotListen(path);
  absl::Cleanup close_socket = [fd] { close(fd); };
  // The socket's name gets the mode that the descriptor has.
  if (fchmod(fd, S_IRUSR | S_IWUSR) != 0) return CannotListen(path);
  int bound = Bind(fd, path);
  if (bound != 0 && errno == EADDRINUSE) {
    if (IsAbandoned(path)) unlink(path.c_str());
    bound = Bind(fd, path);
  }
  if (bound != 0) return CannotListen(path);
  if (all_users && chmod(path.c_str(), 0666) != 0) return CannotListen(path);
  if (listen(fd, kBacklog) != 0) return CannotListen(path);
  const int stop = eventfd(0, EFD_CLOEXEC);
  if (stop < 0) return CannotListen(path);
  std::move(close_socket).Cancel();
  return std::unique_ptr<UnixListener>(new UnixListener(path, fd, stop));
}

UnixListener::UnixListener(std::string path, int socket, int stop)
    : path_(std::move(path)),
      socket_(socket),
      stop_(stop),
      inode_(InodeOf(path_)) {}

UnixListener::~UnixListener() {
  if (thread_.joinable()) {
    eventfd_write(stop_, 1);
    thread_.join();
  }
  if (InodeOf(path_) == inode_) unlink(path_.c_str());
  close(socket_);
  close(stop_);
}

void UnixListener::Start(std::function<void(int fd)> accepted) {
  thread_ =
      std::thread([this, accepted = std::move(accepted)] { Accept(accepted); });
}

void UnixListener::Accept(const std::function<void(int fd)>& accepted) const {
  pollfd polled[] = {{stop_, POLLIN, 0}, {socket_, POLLIN, 0}};
  while (true) {
    if (poll(polled, 2, -1) < 0) continue;
    if (polled[0].revents != 0) return;
    const int fd =
        accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      accepted(fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
               errno == ENOMEM) {
      poll(polled, 1, kRetryMs);
    }
  }
}

}  // namespace sekisho
