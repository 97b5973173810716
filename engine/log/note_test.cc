#include "engine/log/note.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/log/checkpoint.h"
#include "engine/log/merkle.h"
#include "engine/log/signing_key.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// The example of C2SP's signed-note.md.
constexpr char kExampleKey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kExampleNote[] =
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1E"
    "RYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

// The first key of RFC 8032's tests, and a checkpoint signed with it.
constexpr char kSeed[] =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kKey[] =
    "pdp.example/decisions+eae80f1f+"
    "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
constexpr char kCheckpoint[] =
    "pdp.example/decisions\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    "\n"
    "— pdp.example/decisions 6ugPH3jT8GrLqZwB78Xe35pi4OciWr6p86fV3n8pxF3OMCPwcw"
    "3VDnIBXsXdOG69RBeE6ZzIN71veCem+9OiA+G9yg8=\n";

SigningKey Key() {
  std::array<uint8_t, 32> seed;
  const std::string bytes = absl::HexStringToBytes(kSeed);
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  return *SigningKey::FromSeed("pdp.example/decisions", seed);
}

VerifierKey ExampleKey() { return *VerifierKey::Parse(kExampleKey); }

TEST(NoteTest, TheStandardsExample) {
  const auto note = Note::Parse(kExampleNote);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->text(), "This is an example message.\n");
  EXPECT_EQ(note->ToString(), kExampleNote);
  EXPECT_TRUE(note->Verify({ExampleKey()}).ok());
  EXPECT_EQ(ExampleKey().ToString(), kExampleKey);
}

TEST(NoteTest, OnlyKnownKeysCount) {
  Note note = *Note::Parse(kExampleNote);
  EXPECT_EQ(note.Verify({Key().verifier()}).message(),
            "no trusted key signed it");
  EXPECT_FALSE(note.Verify({}).ok());
  note.Sign(Key());
  EXPECT_TRUE(note.Verify({Key().verifier()}).ok());
  EXPECT_TRUE(note.Verify({ExampleKey()}).ok());
  EXPECT_TRUE(note.Verify({ExampleKey(), Key().verifier()}).ok());
  EXPECT_EQ(Note::Parse(note.ToString())->signatures(), note.signatures());
}

TEST(NoteTest, AWrongSignatureOfAKnownKeySpoilsTheNote) {
  Note note("another text\n");
  note.Sign(Key());
  std::string bytes = note.ToString();
  // The example's signature under this text.
  bytes += &kExampleNote[29];
  note = *Note::Parse(bytes);
  EXPECT_TRUE(note.Verify({Key().verifier()}).ok());
  EXPECT_EQ(note.Verify({Key().verifier(), ExampleKey()}).message(),
            "the signature of example.com/foo is wrong");
}

TEST(NoteTest, ATextMayHaveBlankLines) {
  Note note("a\n\nb\n");
  note.Sign(Key());
  EXPECT_EQ(Note::Parse(note.ToString())->text(), "a\n\nb\n");
}

TEST(NoteTest, WhatIsNoNote) {
  const std::string signature =
      "— example.com/foo "
      "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1"
      "ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
  ASSERT_TRUE(Note::Parse("text\n\n" + signature).ok());
  std::string many;
  for (size_t i = 0; i <= Note::kMaxSignatures; ++i) many += signature;
  for (const std::string& bytes : {
           std::string(),
           std::string("\n"),
           std::string("\n\n"),
           std::string("text\n"),
           std::string("text\n\n"),
           "text\n" + signature,
           "text\r\n\n" + signature,
           "text\n\n" + signature + "\n",
           "text\n\nx" + signature,
           "te\xffxt\n\n" + signature,
           std::string("text\n\n— example.com/foo\n"),
           std::string("text\n\n— example.com/foo !!!!\n"),
           std::string("text\n\n— example.com/foo AAAA\n"),
           std::string("text\n\n— example+foo AAAAAAAA\n"),
           std::string("text\n\n—  AAAAAAAA\n"),
           "text\n\n" + signature.substr(0, signature.size() - 1),
           // The last two bits of the base64 text stand for nothing.
           "text\n\n" + signature.substr(0, signature.size() - 3) + "N=\n",
           "text\n\n" + many,
           std::string(Note::kMaxSize, 'x') + "\n\n" + signature,
       }) {
    EXPECT_FALSE(Note::Parse(bytes).ok()) << bytes;
  }
}

TEST(NoteTest, EveryFlippedBitIsCaught) {
  for (size_t i = 0; i < sizeof(kCheckpoint) - 1; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = kCheckpoint;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      EXPECT_FALSE(OpenCheckpoint(bytes, {Key().verifier()}).ok())
          << i << " " << bit;
    }
  }
}

TEST(CheckpointTest, KnownBytes) {
  MerkleTree tree;
  for (const char* leaf :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f"}) {
    tree.Append(LeafHash(absl::HexStringToBytes(leaf)));
  }
  const Checkpoint checkpoint = {"pdp.example/decisions", tree.size(),
                                 tree.Root()};
  EXPECT_EQ(Key().verifier().ToString(), kKey);
  EXPECT_EQ(SignCheckpoint(checkpoint, Key()), kCheckpoint);
  const auto opened = OpenCheckpoint(kCheckpoint, {*VerifierKey::Parse(kKey)});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, checkpoint);
}

TEST(CheckpointTest, WhatIsNoCheckpoint) {
  const std::string root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
  ASSERT_TRUE(Checkpoint::Parse("a\n0\n" + root).ok());
  for (const std::string& text :
       {std::string(), std::string("a\n"), std::string("a\n1\n"),
        "\n1\n" + root, "a\n01\n" + root, "a\n-1\n" + root, "a\n\n" + root,
        "a\n1 \n" + root, "a\n18446744073709551616\n" + root,
        std::string("a\n1\nAAAA\n"), "a\n1\n" + root + "extension\n",
        "a\n1\n" + root + "\n",
        "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n" + std::string(),
        "a\n1\n" + root.substr(0, root.size() - 1)}) {
    EXPECT_FALSE(Checkpoint::Parse(text).ok()) << text;
  }
}

TEST(SigningKeyTest, WhatIsNoKey) {
  const std::string key = "AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
  for (const std::string& text : std::vector<std::string>{
           "", "a+eae80f1f", "eae80f1f+" + key,
           "pdp.example/decisions+eae80f1e+" + key,
           "pdp.example/decisions+EAE80F1F+" + key,
           "pdp.example/other+eae80f1f+" + key,
           "pdp.example/decisions+eae80f1f+" + key + "AAAA",
           "pdp.example/decisions+eae80f1f+" + key.substr(4),
           "pdp.example/decisions+eae80f1f+"}) {
    EXPECT_FALSE(VerifierKey::Parse(text).ok()) << text;
  }
  // Another kind of key.
  EXPECT_EQ(VerifierKey::Parse("a+00000000+AgAA").status().code(),
            absl::StatusCode::kUnimplemented);
  for (const char* name : {"", "a b", "a+b", "a\nb", "a　b", "\xff"}) {
    EXPECT_FALSE(SigningKey::Generate(name).ok()) << name;
  }
  EXPECT_FALSE(SigningKey::Generate(std::string(256, 'a')).ok());
}

class KeyFileTest : public testing::Test {
 protected:
  const std::string path_ = testing::TempDir() + "/log.key";
  void SetUp() override { std::filesystem::remove(path_); }
};

TEST_F(KeyFileTest, RoundTrip) {
  const auto key = SigningKey::Generate("pdp.example/log");
  ASSERT_TRUE(key.ok());
  ASSERT_TRUE(key->WriteFile(path_).ok());
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  const auto read = SigningKey::ReadFile(path_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->verifier(), key->verifier());
  EXPECT_TRUE(key->verifier().Verify("text", read->Sign("text")));
  EXPECT_FALSE(key->verifier().Verify("tex", read->Sign("text")));
  EXPECT_FALSE(key->verifier().Verify("text", ""));
  EXPECT_NE(SigningKey::Generate("pdp.example/log")->verifier(),
            key->verifier());
}

TEST_F(KeyFileTest, IsNeverOverwritten) {
  const auto key = SigningKey::Generate("a");
  ASSERT_TRUE(key->WriteFile(path_).ok());
  EXPECT_EQ(key->WriteFile(path_).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(KeyFileTest, IsForItsOwnerOnly) {
  ASSERT_TRUE(SigningKey::Generate("a")->WriteFile(path_).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_EQ(SigningKey::ReadFile(path_).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(KeyFileTest, KnownBytes) {
  ASSERT_TRUE(Key().WriteFile(path_).ok());
  EXPECT_EQ(*ReadFile(path_),
            "PRIVATE+KEY+pdp.example/decisions+eae80f1f+"
            "AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n");
}

TEST_F(KeyFileTest, WhatIsNoKeyFile) {
  EXPECT_EQ(SigningKey::ReadFile(path_).status().code(),
            absl::StatusCode::kNotFound);
  for (const std::string& text :
       {std::string(), std::string(kKey), absl::StrCat("PRIVATE+KEY+", kKey)}) {
    ASSERT_TRUE(WriteFileAtomically(path_, text).ok());
    ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
    EXPECT_FALSE(SigningKey::ReadFile(path_).ok()) << text;
  }
}

}  // namespace
}  // namespace sekisho
