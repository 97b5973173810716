#include "engine/entities/key_format.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "engine/model/link.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

TEST(KeyFormatTest, Layout) {
  EXPECT_EQ(EntityKey("ab", {"Person", "1"}), "\2abe\6Person1");
  EXPECT_EQ(TableKey("ab", Table::kRevision), "\2abr");
  EXPECT_EQ(absl::CEscape(ActivationKey("a", 258)),
            "\\001av\\000\\000\\000\\000\\000\\000\\001\\002");
  EXPECT_EQ(ArtifactKey("a", "00ff"), "\1aa00ff");
  EXPECT_EQ(WatermarkKey("a", "hr"), "\1awhr");
  EXPECT_EQ(ImportKey("a", "i1"), "\1aii1");
  EXPECT_EQ(LinkKey("a", "l1"), "\1all1");
  EXPECT_EQ(PolicyStoreKey("a"), std::string("\0sa", 3));
  EXPECT_EQ(TableKey("", Table::kFormat), std::string("\0f", 2));
}

TEST(KeyFormatTest, NoKeyBeginsAnotherStores) {
  const std::vector<std::string> stores = {"a", "ae", "ab", "b", "aer"};
  for (const std::string& a : stores) {
    for (const std::string& b : stores) {
      for (Table table : {Table::kEntity, Table::kRevision}) {
        EXPECT_EQ(
            absl::StartsWith(EntityKey(b, {"r", "e"}), TableKey(a, table)),
            a == b && table == Table::kEntity);
      }
    }
  }
}

TEST(KeyFormatTest, ActivationsSortByVersion) {
  for (uint64_t version : {uint64_t{1}, uint64_t{255}, uint64_t{256},
                           uint64_t{65535}, uint64_t{1} << 63}) {
    EXPECT_LT(ActivationKey("a", version - 1), ActivationKey("a", version));
    EXPECT_LT(ActivationKey("a", version),
              PrefixEnd(TableKey("a", Table::kActivation)));
  }
}

TEST(KeyFormatTest, LinksAreReadAsWritten) {
  const Link link = {"", "share", {"User", "ann"}, {}};
  const std::string bytes = EncodeLink(link);
  EXPECT_EQ(absl::CEscape(bytes), "\\001\\005share\\004User\\003ann\\000\\000");
  Link decoded;
  ASSERT_TRUE(DecodeLink(bytes, &decoded));
  EXPECT_EQ(decoded, link);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeLink(bytes.substr(0, size), &decoded));
  }
  EXPECT_FALSE(DecodeLink(bytes + "x", &decoded));
}

TEST(KeyFormatTest, RoundTrips) {
  EntityUid uid = {"Health::Person", std::string("\0\xff", 2)};
  std::string prefix = TableKey("a", Table::kEntity);
  EntityUid parsed;
  ASSERT_TRUE(ParseEntityKey(
      absl::string_view(EntityKey("a", uid)).substr(prefix.size()), &parsed));
  EXPECT_EQ(parsed, uid);

  uint64_t number = 0;
  prefix = TableKey("a", Table::kActivation);
  ASSERT_TRUE(ParseActivationKey(
      absl::string_view(ActivationKey("a", 1234567)).substr(prefix.size()),
      &number));
  EXPECT_EQ(number, 1234567u);
  ASSERT_TRUE(DecodeRevision(EncodeRevision(1u << 20), &number));
  EXPECT_EQ(number, 1u << 20);

  absl::Time time = absl::FromUnixNanos(1);
  absl::Time decoded;
  std::string hash;
  ASSERT_TRUE(DecodeActivation(EncodeActivation(time, "h"), &decoded, &hash));
  EXPECT_EQ(decoded, time);
  EXPECT_EQ(hash, "h");
  ASSERT_TRUE(DecodeWatermark(EncodeWatermark(time), &decoded));
  EXPECT_EQ(decoded, time);
  uint64_t applied, skipped;
  bool complete;
  ASSERT_TRUE(DecodeProgress(EncodeProgress(300, 2, true), &applied, &skipped,
                             &complete));
  EXPECT_EQ(applied, 300u);
  EXPECT_EQ(skipped, 2u);
  EXPECT_TRUE(complete);
}

TEST(KeyFormatTest, DamageIsRefused) {
  EntityUid uid;
  EXPECT_FALSE(ParseEntityKey("", &uid));
  EXPECT_FALSE(
      ParseEntityKey("\x05"
                     "abc",
                     &uid));
  EXPECT_FALSE(ParseEntityKey("\x81", &uid));
  uint64_t number;
  EXPECT_FALSE(ParseActivationKey("1234567", &number));
  EXPECT_FALSE(DecodeRevision("", &number));
  EXPECT_FALSE(DecodeRevision("\x01\x01", &number));
  EXPECT_FALSE(DecodeRevision(std::string("\x80\x00", 2), &number));
  EXPECT_FALSE(DecodeRevision(std::string(11, '\xff'), &number));
  absl::Time time;
  std::string hash;
  std::string bytes = EncodeActivation(absl::FromUnixSeconds(1), "hash");
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeActivation(bytes.substr(0, size), &time, &hash));
  }
  EXPECT_FALSE(DecodeActivation(bytes + "x", &time, &hash));
  bytes = EncodeWatermark(absl::FromUnixSeconds(1));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeWatermark(bytes.substr(0, size), &time));
  }
  EXPECT_FALSE(DecodeWatermark(bytes + "x", &time));
  uint64_t applied, skipped;
  bool complete;
  bytes = EncodeProgress(300, 2, true);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(
        DecodeProgress(bytes.substr(0, size), &applied, &skipped, &complete));
  }
  bytes[1] = 2;
  EXPECT_FALSE(DecodeProgress(bytes, &applied, &skipped, &complete));
}

}  // namespace
}  // namespace sekisho
