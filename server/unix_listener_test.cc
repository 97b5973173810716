#include "server/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  return address;
}

// A connected socket, or -1.
int Connect(const std::string& path) {
  const sockaddr_un address = AddressOf(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

class UnixListenerTest : public testing::Test {
 protected:
  // The test's own directory may be longer than a socket's name can be.
  UnixListenerTest() { EXPECT_NE(mkdtemp(directory_.data()), nullptr); }
  ~UnixListenerTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/socket"; }
  std::unique_ptr<UnixListener> Listen(bool all_users = false) {
    auto listener = UnixListener::Listen(path(), all_users);
    EXPECT_TRUE(listener.ok()) << listener.status();
    return listener.ok() ? *std::move(listener) : nullptr;
  }
  mode_t Mode() {
    struct stat status;
    EXPECT_EQ(stat(path().c_str(), &status), 0);
    return status.st_mode & 0777;
  }

 private:
  std::string directory_ = "/tmp/sekisho-XXXXXX";
};

TEST_F(UnixListenerTest, HandsConnectionsOn) {
  const auto listener = Listen();
  std::promise<int> accepted;
  listener->Start([&](int fd) { accepted.set_value(fd); });
  const int client = Connect(path());
  ASSERT_GE(client, 0);
  const int server = accepted.get_future().get();
  ASSERT_EQ(write(client, "x", 1), 1);
  char byte = 0;
  // It does not block, so the byte may have to be waited for.
  while (read(server, &byte, 1) != 1) ASSERT_EQ(errno, EAGAIN);
  EXPECT_EQ(byte, 'x');
  close(client);
  close(server);
}

TEST_F(UnixListenerTest, OnlyTheUserMayConnectUnlessAllMay) {
  const mode_t umask_before = umask(0);
  {
    const auto own = Listen(/*all_users=*/false);
    EXPECT_EQ(Mode(), 0600u);
  }
  umask(077);
  const auto all = Listen(/*all_users=*/true);
  EXPECT_EQ(Mode(), 0666u);
  umask(umask_before);
}

TEST_F(UnixListenerTest, TheSocketGoesWithIt) {
  Listen();
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixListenerTest, AnotherListenerIsLeftAlone) {
  const auto first = Listen();
  const auto second = UnixListener::Listen(path(), false);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(second.status().message(),
            "cannot listen on unix:" + path() + ": Address already in use");
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UnixListenerTest, WhatADeadProcessLeftIsReplaced) {
  const sockaddr_un address = AddressOf(path());
  const int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(
      bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
      0);
  close(dead);
  ASSERT_TRUE(std::filesystem::exists(path()));
  EXPECT_NE(Listen(), nullptr);
}

TEST_F(UnixListenerTest, OtherFilesAreLeftAlone) {
  std::ofstream(path()) << "precious";
  EXPECT_FALSE(UnixListener::Listen(path(), false).ok());
  EXPECT_TRUE(std::filesystem::is_regular_file(path()));
}

TEST_F(UnixListenerTest, ASuccessorsSocketStays) {
  auto first = Listen();
  ASSERT_EQ(unlink(path().c_str()), 0);
  const auto second = Listen();
  first = nullptr;
  EXPECT_TRUE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace sekisho
