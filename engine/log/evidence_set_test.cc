#include "engine/log/evidence_set.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Sha256Digest Numbered(int number) { return Sha256(absl::StrCat(number)); }

TEST(EvidenceSetTest, HasWhatWasInserted) {
  EvidenceSet set;
  constexpr int kSize = 10000;
  for (int i = 0; i < kSize; ++i) {
    EXPECT_FALSE(set.Contains(Numbered(i)));
    EXPECT_TRUE(set.Insert(Numbered(i)));
    EXPECT_FALSE(set.Insert(Numbered(i)));
  }
  for (int i = 0; i < kSize; ++i) EXPECT_TRUE(set.Contains(Numbered(i)));
  for (int i = kSize; i < 2 * kSize; ++i) {
    EXPECT_FALSE(set.Contains(Numbered(i)));
  }
}

TEST(EvidenceSetTest, ZerosAreAHash) {
  EvidenceSet set;
  EXPECT_FALSE(set.Contains(Sha256Digest{}));
  EXPECT_TRUE(set.Insert(Sha256Digest{}));
  EXPECT_TRUE(set.Contains(Sha256Digest{}));
}

// All words are compared.
TEST(EvidenceSetTest, HashesThatShareAllButAWord) {
  EvidenceSet set;
  const Sha256Digest hash = Numbered(1);
  set.Insert(hash);
  for (size_t byte = 0; byte < hash.size(); byte += 8) {
    Sha256Digest other = hash;
    other[byte] ^= 0x80;
    EXPECT_FALSE(set.Contains(other)) << byte;
  }
}

TEST(EvidenceSetTest, ReadersSeeNothingThatIsNotThere) {
  EvidenceSet set;
  constexpr int kSize = 20000;
  std::atomic<int> inserted = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&set, &inserted] {
      int last = 0;
      while (last < kSize) {
        last = inserted;
        for (int i = 0; i < 200; ++i) set.Contains(Numbered(last - i));
        EXPECT_FALSE(set.Contains(Numbered(kSize + last)));
      }
      EXPECT_TRUE(set.Contains(Numbered(0)));
    });
  }
  for (int i = 0; i < kSize; ++i) {
    set.Insert(Numbered(i));
    inserted = i + 1;
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace sekisho
