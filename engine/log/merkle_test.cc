#include "engine/log/merkle.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

bool FromBase64(const std::string& text, Sha256Digest* digest) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || bytes.size() != digest->size()) {
    return false;
  }
  std::copy(bytes.begin(), bytes.end(), digest->begin());
  return true;
}

MerkleProof ProofFromBase64(const std::vector<std::string>& texts) {
  MerkleProof proof(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_TRUE(FromBase64(texts[i], &proof[i])) << texts[i];
  }
  return proof;
}

// The leaves that Certificate Transparency's implementations are tested with:
// data, leaf hash, and the root of the tree that ends with it.
constexpr const char* kLeaves[][3] = {
    {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
     "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"00", "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
     "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"10", "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
     "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"2021", "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
     "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"3031", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
     "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"40414243",
     "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
     "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"5051525354555657",
     "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"606162636465666768696a6b6c6d6e6f",
     "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

std::vector<Sha256Digest> Leaves() {
  std::vector<Sha256Digest> leaves;
  for (const auto& [data, hash, root] : kLeaves) {
    leaves.push_back(LeafHash(absl::HexStringToBytes(data)));
  }
  return leaves;
}

std::vector<Sha256Digest> ManyLeaves(size_t count) {
  std::vector<Sha256Digest> leaves;
  for (size_t i = 0; i < count; ++i) {
    leaves.push_back(LeafHash(std::to_string(i)));
  }
  return leaves;
}

TEST(MerkleTest, KnownTrees) {
  MerkleTree tree;
  EXPECT_EQ(Hex(tree.Root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const auto& [data, hash, root] : kLeaves) {
    const Sha256Digest leaf = LeafHash(absl::HexStringToBytes(data));
    EXPECT_EQ(Hex(leaf), hash);
    tree.Append(leaf);
    EXPECT_EQ(Hex(tree.Root()), root);
  }
  EXPECT_EQ(tree.size(), 8);
}

TEST(MerkleTest, KnownHashes) {
  EXPECT_EQ(Hex(LeafHash("L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  // The published vector has children that are no hashes.
  EXPECT_EQ(Hex(Sha256({absl::string_view("\1", 1), "N123", "N456"})),
            "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
}

TEST(MerkleTest, KnownProofs) {
  const std::vector<Sha256Digest> leaves = Leaves();
  EXPECT_EQ(*InclusionProof(5, leaves),
            ProofFromBase64({"vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
                             "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
                             "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc="}));
  EXPECT_EQ(*ConsistencyProof(3, absl::MakeSpan(leaves).subspan(0, 7)),
            ProofFromBase64({"ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=",
                             "B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=",
                             "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
                             "g327FS6bB5AQcX6E6GXaTrwPoZioBtWdMb8VrM7yLQ4="}));
  EXPECT_EQ(*ConsistencyProof(6, leaves),
            ProofFromBase64({"DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
                             "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
                             "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc="}));
}

// MTH(D[n]) as the RFC defines it.
Sha256Digest RecursiveRoot(absl::Span<const Sha256Digest> leaves) {
  if (leaves.empty()) return Sha256("");
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return NodeHash(RecursiveRoot(leaves.subspan(0, split)),
                  RecursiveRoot(leaves.subspan(split)));
}

TEST(MerkleTest, RootIsTheRecursiveOne) {
  const std::vector<Sha256Digest> leaves = ManyLeaves(130);
  for (size_t size = 0; size <= leaves.size(); ++size) {
    const auto some = absl::MakeSpan(leaves).subspan(0, size);
    EXPECT_EQ(MerkleRoot(some), RecursiveRoot(some)) << size;
  }
}

TEST(MerkleTest, EveryProofHoldsAndNoOther) {
  const std::vector<Sha256Digest> leaves = ManyLeaves(35);
  for (size_t size = 1; size <= leaves.size(); ++size) {
    const auto some = absl::MakeSpan(leaves).subspan(0, size);
    const Sha256Digest root = MerkleRoot(some);
    for (size_t i = 0; i < size; ++i) {
      const MerkleProof proof = *InclusionProof(i, some);
      EXPECT_TRUE(VerifyInclusion(i, size, some[i], proof, root).ok());
      EXPECT_FALSE(VerifyInclusion(i + 1, size, some[i], proof, root).ok());
      MerkleProof damaged = proof;
      damaged.push_back(root);
      EXPECT_FALSE(VerifyInclusion(i, size, some[i], damaged, root).ok());
      for (size_t part = 0; part < proof.size(); ++part) {
        damaged = proof;
        damaged[part][0] ^= 1;
        EXPECT_FALSE(VerifyInclusion(i, size, some[i], damaged, root).ok());
        damaged = proof;
        damaged.erase(damaged.begin() + static_cast<ptrdiff_t>(part));
        EXPECT_FALSE(VerifyInclusion(i, size, some[i], damaged, root).ok());
      }
    }
    for (size_t first = 1; first <= size; ++first) {
      const Sha256Digest old_root = MerkleRoot(some.subspan(0, first));
      const MerkleProof proof = *ConsistencyProof(first, some);
      EXPECT_TRUE(VerifyConsistency(first, size, old_root, root, proof).ok());
      if (first > 1) {
        EXPECT_FALSE(
            VerifyConsistency(first - 1, size, old_root, root, proof).ok());
      }
      for (size_t part = 0; part < proof.size(); ++part) {
        MerkleProof damaged = proof;
        damaged[part][31] ^= 0x80;
        EXPECT_FALSE(
            VerifyConsistency(first, size, old_root, root, damaged).ok());
      }
    }
  }
  EXPECT_FALSE(InclusionProof(35, leaves).ok());
  EXPECT_FALSE(ConsistencyProof(0, leaves).ok());
  EXPECT_FALSE(ConsistencyProof(36, leaves).ok());
}

// The vectors of transparency-dev/merkle, in files of their own format.
class PublishedVectorsTest : public testing::Test {
 protected:
  // The vectors of that name, or an empty list after the test was skipped.
  static std::vector<nlohmann::json> Read(const std::string& kind) {
    std::vector<nlohmann::json> vectors;
    const char* directory = std::getenv("SEKISHO_VECTORS_DIR");
    if (directory == nullptr || *directory == 0) return vectors;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             std::string(directory) + "/merkle/testdata/" + kind)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream file(entry.path());
      vectors.push_back(nlohmann::json::parse(file));
    }
    EXPECT_FALSE(vectors.empty());
    return vectors;
  }

  static bool IsHash(const nlohmann::json& text) {
    Sha256Digest digest;
    return FromBase64(text.get<std::string>(), &digest);
  }
  // Hashes stand in for what is none: it is still equal to itself and to
  // nothing else.
  static Sha256Digest Hash(const nlohmann::json& text) {
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(text.get<std::string>(), &bytes));
    Sha256Digest digest = Sha256(bytes);
    if (bytes.size() == digest.size()) {
      std::copy(bytes.begin(), bytes.end(), digest.begin());
    }
    return digest;
  }
  static MerkleProof Proof(const nlohmann::json& list) {
    MerkleProof proof;
    for (const nlohmann::json& item : list) proof.push_back(Hash(item));
    return proof;
  }
};

#define SKIP_WITHOUT_VECTORS(vectors)                        \
  if (vectors.empty()) {                                     \
    GTEST_SKIP() << "SEKISHO_VECTORS_DIR does not say where" \
                    " the published vectors are";            \
  }

TEST_F(PublishedVectorsTest, Inclusion) {
  const std::vector<nlohmann::json> vectors = Read("inclusion");
  SKIP_WITHOUT_VECTORS(vectors);
  int accepted = 0;
  for (const nlohmann::json& vector : vectors) {
    const bool ok =
        IsHash(vector["leafHash"]) && IsHash(vector["root"]) &&
        VerifyInclusion(vector["leafIdx"].get<uint64_t>(),
                        vector["treeSize"].get<uint64_t>(),
                        Hash(vector["leafHash"]), Proof(vector["proof"]),
                        Hash(vector["root"]))
            .ok();
    EXPECT_EQ(ok, !vector["wantErr"].get<bool>()) << vector["desc"];
    accepted += ok;
  }
  EXPECT_EQ(vectors.size(), 98);
  EXPECT_EQ(accepted, 6);
}

TEST_F(PublishedVectorsTest, Consistency) {
  const std::vector<nlohmann::json> vectors = Read("consistency");
  SKIP_WITHOUT_VECTORS(vectors);
  int accepted = 0;
  for (const nlohmann::json& vector : vectors) {
    const bool ok = VerifyConsistency(
                        vector["size1"].get<uint64_t>(),
                        vector["size2"].get<uint64_t>(), Hash(vector["root1"]),
                        Hash(vector["root2"]), Proof(vector["proof"]))
                        .ok();
    EXPECT_EQ(ok, !vector["wantErr"].get<bool>()) << vector["desc"];
    accepted += ok;
  }
  EXPECT_EQ(vectors.size(), 98);
  EXPECT_EQ(accepted, 6);
}

}  // namespace
}  // namespace sekisho
