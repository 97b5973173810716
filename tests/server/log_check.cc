#include "tests/server/log_check.h"

#include "engine/log/log_reader.h"
#include "engine/log/merkle.h"
#include "engine/log/record_format.h"
#include "engine/log/signing_key.h"
#include "engine/log/verify.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

std::string Bytes(const Sha256Digest& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()),
                     digest.size());
}

}  // namespace

std::vector<Logged> ReadLog(const std::string& data) {
  std::vector<Logged> out;
  auto reader = LogReader::Open(data + "/log");
  EXPECT_TRUE(reader.ok()) << reader.status();
  while (reader.ok()) {
    auto entry = (*reader)->Next();
    EXPECT_TRUE(entry.ok()) << entry.status();
    if (!entry.ok() || !entry->has_value()) break;
    if ((*entry)->kind != LogEntry::Kind::kRecord) continue;
    auto record = DecodeRecord((*entry)->bytes);
    EXPECT_TRUE(record.ok()) << record.status();
    if (!record.ok()) break;
    out.push_back({*std::move(record), Bytes(LeafHash((*entry)->bytes))});
  }
  return out;
}

void ExpectProved(const std::string& data) {
  auto key = SigningKey::ReadFile(data + "/log.key");
  ASSERT_TRUE(key.ok()) << key.status();
  VerifyOptions options;
  options.keys = {key->verifier()};
  auto result = VerifyLog(data + "/log", options);
  ASSERT_TRUE(result.ok()) << result.status();
  for (const std::string& problem : result->problems) {
    ADD_FAILURE() << problem;
  }
}

const Logged* Find(const std::vector<Logged>& log,
                   const v1::LogPosition& position) {
  if (position.index() >= log.size()) return nullptr;
  const Logged& logged = log[position.index()];
  return logged.leaf_hash == position.leaf_hash() ? &logged : nullptr;
}

}  // namespace sekisho
