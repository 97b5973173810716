// An entity as bytes: how the store keeps it, and what the decision log keeps
// as evidence.
//
//   record     := version names attributes tags parents
//   version    := 0x01
//   names      := count string*      entity types and attribute names that the
//                                    rest uses
//   attributes := fields
//   tags       := fields
//   fields     := count (name value)*
//   parents    := count uid*
//   uid        := name string        type and id
//   name       := varint             index into names
//   value      := 0x00               false
//              |  0x01               true
//              |  0x02 varint        integer: 0, -1, 1, -2, ... are 0, 1, 2, 3
//              |  0x03 string
//              |  0x04 uid
//              |  0x05 count value*  set
//              |  0x06 fields        record
//   string     := count byte*        UTF-8
//   count      := varint
//   varint     := seven bits a byte, the low ones first, the high bit set on
//                 all bytes but the last; no longer than needed
//
// Names, fields, elements of sets and parents are strictly ascending (as
// Value::Compare and EntityUid order them), and every name is used. So an
// entity has exactly one encoding, and equal bytes mean equal entities; the uid
// itself is the record's key and not in it.
//
// The entity Person::"1" with the attribute `org: Org::"a"` and no more is
//   01  02 03 'O' 'r' 'g' 03 'o' 'r' 'g'  01 01 04 00 01 'a'  00  00
//
// The layout and the numbers are frozen: records are read by every later
// version.
#ifndef SEKISHO_ENGINE_MODEL_ENTITY_FORMAT_H_
#define SEKISHO_ENGINE_MODEL_ENTITY_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/model/entity.h"

namespace sekisho {

// How deep sets and records nest in an attribute, at most.
inline constexpr int kMaxEntityDepth = 64;

// InvalidArgument if a value is nested too deeply.
absl::StatusOr<std::string> EncodeEntity(const Entity& entity);

// The entity `uid` from its record. DataLoss if `bytes` is not exactly what
// EncodeEntity returns for some entity: whatever the bytes, this returns, in
// time and memory proportional to their number.
absl::StatusOr<Entity> DecodeEntity(EntityUid uid, absl::string_view bytes);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_ENTITY_FORMAT_H_
