// The keys of the database.
//
//   key        := store table rest
//   store      := length (1 byte), bytes     the policy store's id
//
//   table  rest                 value
//   'r'    nothing              the revision: varint
//   'e'    type (varint length, bytes) id     an entity: record_format.h
//   'v'    version (8 bytes, the high one first)    an activation, below
//   'a'    hash                 an artifact's bytes
//   'w'    source               its watermark: 0x01 time
//   'i'    import id            an import's progress, below
//   'l'    link id              a link of a template, below
//
//   activation := 0x01 time hash
//   time       := varint        nanoseconds since 1970
//   hash       := varint length, bytes
//   progress   := 0x01 complete applied skipped
//   complete   := 0x00 | 0x01
//   applied, skipped := varint
//   link       := 0x01 template-id principal resource
//   principal, resource := type id         without a slot, both are empty
//   template-id, type, id := varint length, bytes
//
// A store of length 0 is the database itself, with the tables
//   'f'    nothing              the format of all this: 0x01
//   's'    policy store id      nothing: the policy store exists
//
// As every key begins with its store's length and id, no key of one store is
// the prefix of a key of another, whatever the ids and the rest are.
//
// The layout and the letters are frozen.
#ifndef SEKISHO_ENGINE_ENTITIES_KEY_FORMAT_H_
#define SEKISHO_ENGINE_ENTITIES_KEY_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/model/link.h"
#include "engine/model/value.h"

namespace sekisho {

enum class Table : char {
  kRevision = 'r',
  kEntity = 'e',
  kActivation = 'v',
  kArtifact = 'a',
  kWatermark = 'w',
  kImport = 'i',
  kLink = 'l',
  kFormat = 'f',
  kPolicyStore = 's',
};

// REQUIRES for all: `store` is valid (store.h), or empty where it
// is the database itself.
std::string TableKey(absl::string_view store, Table table);
std::string EntityKey(absl::string_view store, const EntityUid& uid);
std::string ActivationKey(absl::string_view store, uint64_t version);
std::string ArtifactKey(absl::string_view store, absl::string_view hash);
std::string WatermarkKey(absl::string_view store, absl::string_view source);
std::string ImportKey(absl::string_view store, absl::string_view import_id);
std::string LinkKey(absl::string_view store, absl::string_view link_id);
std::string PolicyStoreKey(absl::string_view store);

// The key after all keys that begin with `prefix`, which is a TableKey.
std::string PrefixEnd(std::string prefix);

// These take apart what follows the TableKey in a key. False if it is not of
// that form.
bool ParseEntityKey(absl::string_view rest, EntityUid* uid);
bool ParseActivationKey(absl::string_view rest, uint64_t* version);

std::string EncodeRevision(uint64_t revision);
bool DecodeRevision(absl::string_view bytes, uint64_t* revision);
// The id, which is in the key, and the place of a compiled link are not in it.
std::string EncodeLink(const Link& link);
bool DecodeLink(absl::string_view bytes, Link* link);
std::string EncodeActivation(absl::Time time, absl::string_view hash);
bool DecodeActivation(absl::string_view bytes, absl::Time* time,
                      std::string* hash);
std::string EncodeWatermark(absl::Time time);
bool DecodeWatermark(absl::string_view bytes, absl::Time* time);
std::string EncodeProgress(uint64_t applied, uint64_t skipped, bool complete);
bool DecodeProgress(absl::string_view bytes, uint64_t* applied,
                    uint64_t* skipped, bool* complete);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_KEY_FORMAT_H_
