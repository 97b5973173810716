// Tested by key_format_test.cc.
#include "engine/entities/key_format.h"

#include "engine/base/bytes.h"

namespace sekisho {
namespace {

// Of activations, watermarks, progress and links.
constexpr uint8_t kValueVersion = 1;

std::string NameKey(absl::string_view store, Table table,
                    absl::string_view name) {
  std::string key = TableKey(store, table);
  key.append(name.data(), name.size());
  return key;
}

std::string NewValue() {
  return std::string(1, static_cast<char>(kValueVersion));
}

bool ReadVersion(ByteReader* in) {
  uint8_t version = 0;
  return in->Byte(&version) && version == kValueVersion;
}

void PutTime(absl::Time time, std::string* out) {
  PutVarint(static_cast<uint64_t>(absl::ToUnixNanos(time)), out);
}

bool ReadTime(ByteReader* in, absl::Time* time) {
  uint64_t nanoseconds;
  if (!in->Varint(&nanoseconds)) return false;
  *time = absl::FromUnixNanos(static_cast<int64_t>(nanoseconds));
  return true;
}

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
  return NameKey(store, Table::kArtifact, hash);
}

std::string WatermarkKey(absl::string_view store, absl::string_view source) {
  return NameKey(store, Table::kWatermark, source);
}

std::string ImportKey(absl::string_view store, absl::string_view import_id) {
  return NameKey(store, Table::kImport, import_id);
}

std::string LinkKey(absl::string_view store, absl::string_view link_id) {
  return NameKey(store, Table::kLink, link_id);
}

std::string PolicyStoreKey(absl::string_view store) {
  return NameKey("", Table::kPolicyStore, store);
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

std::string EncodeLink(const Link& link) {
  std::string bytes = NewValue();
  for (const std::string* text :
       {&link.template_id, &link.principal.type, &link.principal.id,
        &link.resource.type, &link.resource.id}) {
    PutString(*text, &bytes);
  }
  return bytes;
}

bool DecodeLink(absl::string_view bytes, Link* link) {
  ByteReader in(bytes);
  if (!ReadVersion(&in)) return false;
  for (std::string* text :
       {&link->template_id, &link->principal.type, &link->principal.id,
        &link->resource.type, &link->resource.id}) {
    absl::string_view view;
    if (!in.String(&view)) return false;
    text->assign(view.data(), view.size());
  }
  return in.empty();
}

std::string EncodeActivation(absl::Time time, absl::string_view hash) {
  std::string bytes = NewValue();
  PutTime(time, &bytes);
  PutString(hash, &bytes);
  return bytes;
}

bool DecodeActivation(absl::string_view bytes, absl::Time* time,
                      std::string* hash) {
  ByteReader in(bytes);
  absl::string_view text;
  if (!ReadVersion(&in) || !ReadTime(&in, time) || !in.String(&text) ||
      !in.empty()) {
    return false;
  }
  *hash = std::string(text);
  return true;
}

std::string EncodeWatermark(absl::Time time) {
  std::string bytes = NewValue();
  PutTime(time, &bytes);
  return bytes;
}

bool DecodeWatermark(absl::string_view bytes, absl::Time* time) {
  ByteReader in(bytes);
  return ReadVersion(&in) && ReadTime(&in, time) && in.empty();
}

std::string EncodeProgress(uint64_t applied, uint64_t skipped, bool complete) {
  std::string bytes = NewValue();
  bytes.push_back(complete ? 1 : 0);
  PutVarint(applied, &bytes);
  PutVarint(skipped, &bytes);
  return bytes;
}

bool DecodeProgress(absl::string_view bytes, uint64_t* applied,
                    uint64_t* skipped, bool* complete) {
  ByteReader in(bytes);
  uint8_t flag = 0;
  if (!ReadVersion(&in) || !in.Byte(&flag) || flag > 1 || !in.Varint(applied) ||
      !in.Varint(skipped)) {
    return false;
  }
  *complete = flag == 1;
  return in.empty();
}

}  // namespace sekisho
