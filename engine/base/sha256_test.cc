#include "engine/base/sha256.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// FIPS 180-4 and NIST's CAVP.
TEST(Sha256Test, Vectors) {
  const struct {
    std::string text;
    std::string digest;
  } kCases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
       "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
      {absl::HexStringToBytes("bd"),
       "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Hex(Sha256(c.text)), c.digest);
}

TEST(Sha256Test, PiecesAreHashedAsOneText) {
  const Sha256Digest whole = Sha256("one text");
  EXPECT_EQ(Sha256({"one", " ", "", "text"}), whole);
  EXPECT_NE(Sha256({"one", "text"}), whole);
  EXPECT_EQ(Sha256({}), Sha256(""));
}

}  // namespace
}  // namespace sekisho
