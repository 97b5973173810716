#include "engine/base/crc32c.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The vectors of RFC 3720, B.4, and the usual check value.
TEST(Crc32cTest, KnownValues) {
  EXPECT_EQ(Crc32c(""), 0);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aa);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending.push_back(c);
  EXPECT_EQ(Crc32c(ascending), 0x46dd794e);
}

TEST(Crc32cTest, MayBeTakenInPieces) {
  const std::string text = "a checksum of a text in two pieces";
  for (size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(ExtendCrc32c(Crc32c(text.substr(0, i)), text.substr(i)),
              Crc32c(text));
  }
}

// As the polynomial is defined, bit by bit.
uint32_t ByDefinition(const std::string& bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    }
  }
  return ~crc;
}

TEST(Crc32cTest, OfEveryLength) {
  std::mt19937 random(301);
  std::string bytes;
  for (int i = 0; i < 7000; ++i) {
    if (i < 800 || i % 97 == 0) {
      EXPECT_EQ(Crc32c(bytes), ByDefinition(bytes)) << i;
    }
    bytes.push_back(static_cast<char>(random()));
  }
}

}  // namespace
}  // namespace sekisho
