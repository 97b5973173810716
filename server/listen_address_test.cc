#include "server/listen_address.h"

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(ListenAddressTest, Loopback) {
  const struct {
    std::string text;
    std::string address;
  } cases[] = {
      {"127.0.0.1:7400", "127.0.0.1:7400"},
      {"127.255.255.254:0", "127.255.255.254:0"},
      {"localhost:65535", "127.0.0.1:65535"},
      {"[::1]:7400", "[::1]:7400"},
      {"unix:/run/sekisho.sock", "unix:/run/sekisho.sock"},
  };
  for (const auto& c : cases) {
    auto address = ParseListenAddress(c.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), c.address);
  }
}

TEST(ListenAddressTest, OtherMachinesAreKeptOut) {
  for (const char* text : {"0.0.0.0:7400", "[::]:7400", "10.0.0.1:7400",
                           "128.0.0.1:7400", "[::ffff:10.0.0.1]:7400"}) {
    auto address = ParseListenAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_NE(address.status().message().find("loopback"),
              absl::string_view::npos)
        << address.status();
  }
}

TEST(ListenAddressTest, OtherMachinesBringCertificates) {
  for (const auto& [text, address] :
       std::map<std::string, std::string>{{"tls:0.0.0.0:7400", "0.0.0.0:7400"},
                                          {"tls:[::]:7400", "[::]:7400"},
                                          {"tls:localhost:0", "127.0.0.1:0"}}) {
    auto parsed = ParseListenAddress(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_TRUE(parsed->tls);
    EXPECT_EQ(parsed->ToString(), address);
  }
  EXPECT_FALSE(ParseListenAddress("127.0.0.1:7400")->tls);
}

TEST(ListenAddressTest, NotAnAddress) {
  const std::string too_long = "unix:/" + std::string(108, 'a');
  for (absl::string_view text : {"",
                                 "7400",
                                 ":7400",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:-1",
                                 "127.0.0.1: 1",
                                 "127.0.0.1:1x",
                                 "127.1:7400",
                                 "example.com:7400",
                                 "::1:7400",
                                 "[::1:7400",
                                 "[127.0.0.1]:7400",
                                 "unix:",
                                 "unix:relative",
                                 "tls:",
                                 "tls:7400",
                                 "tls:tls:127.0.0.1:1",
                                 "tls:unix:/socket",
                                 too_long.c_str()}) {
    EXPECT_FALSE(ParseListenAddress(text).ok()) << text;
  }
}

}  // namespace
}  // namespace sekisho
