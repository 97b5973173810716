// Tested by key_format_test.cc.
#include "engine/entities/key_format.h"

#include "engine/base/bytes.h"

namespace sekisho {
namespace {

constexpr uint8_t kActivationVersion = 1;

}  // namespace

std::string TableKey(absl::string_view store, Table table) {
  std::string key;
  key.reserve(store.size() + 32);
  key.push_back(static_cast<char>(store.size()));
  key.append(store.data(), store.size());
  key.push_back(static_cast<char>(table));
  return key;
}

std::string EntityKey(absl::string_view store, const EntityUid& uid) {
  std::string key = TableKey(store, Table::kEntity);
  PutString(uid.type, &key);
  key += uid.id;
  return key;
}

std::string ActivationKey(absl::string_view store, uint64_t version) {
  std::string key = TableKey(store, Table::kActivation);
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(version >> shift));
  }
  return key;
}

std::string ArtifactKey(absl::string_view store, absl::string_view hash) {
  std::string key = TableKey(store, Table::kArtifact);
  key.append(hash.data(), hash.size());
  return key;
}

std::string PolicyStoreKey(absl::string_view store) {
  std::string key = TableKey("", Table::kPolicyStore);
  key.append(store.data(), store.size());
  return key;
}

std::string PrefixEnd(std::string prefix) {
  ++prefix.back();
  return prefix;
}

bool ParseEntityKey(absl::string_view rest, EntityUid* uid) {
  ByteReader in(rest);
  absl::string_view type;
  if (!in.String(&type)) return false;
  uid->type = std::string(type);
  uid->id = std::string(in.rest());
  return true;
}

bool ParseActivationKey(absl::string_view rest, uint64_t* version) {
  if (rest.size() != 8) return false;
  *version = 0;
  for (char byte : rest) *version = *version << 8 | static_cast<uint8_t>(byte);
  return true;
}

std::string EncodeRevision(uint64_t revision) {
  std::string bytes;
  PutVarint(revision, &bytes);
  return bytes;
}

bool DecodeRevision(absl::string_view bytes, uint64_t* revision) {
  ByteReader in(bytes);
  return in.Varint(revision) && in.empty();
}

std::string EncodeActivation(absl::Time time, absl::string_view hash) {
  std::string bytes(1, static_cast<char>(kActivationVersion));
  PutVarint(static_cast<uint64_t>(absl::ToUnixNanos(time)), &bytes);
  PutString(hash, &bytes);
  return bytes;
}

bool DecodeActivation(absl::string_view bytes, absl::Time* time,
                      std::string* hash) {
  ByteReader in(bytes);
  uint8_t version;
  uint64_t nanoseconds;
  absl::string_view text;
  if (!in.Byte(&version) || version != kActivationVersion ||
      !in.Varint(&nanoseconds) || !in.String(&text) || !in.empty()) {
    return false;
  }
  *time = absl::FromUnixNanos(static_cast<int64_t>(nanoseconds));
  *hash = std::string(text);
  return true;
}

}  // namespace sekisho
