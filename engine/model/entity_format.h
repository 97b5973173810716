// An entity as bytes: how the store keeps it, and what the decision log keeps
// as evidence.
//
//   record     := version names attributes tags parents
//   version    := 0x01
//   names      := count string*      entity types and attribute names that the
//                                    rest uses
//   attributes := fields
//   tags       := fields
//   parents    := count uid*
//   name       := varint             index into names
//   fields, uid, string, count: as value_format.h says
//
// Names and parents are strictly ascending (as EntityUid orders them), and
// every name is used. So an entity has exactly one encoding, and equal bytes
// mean equal entities; the uid itself is the record's key and not in it.
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

// InvalidArgument if a value is nested too deeply (kMaxFormatDepth).
absl::StatusOr<std::string> EncodeEntity(const Entity& entity);

// The entity `uid` from its record. DataLoss if `bytes` is not exactly what
// EncodeEntity returns for some entity: whatever the bytes, this returns, in
// time and memory proportional to their number.
absl::StatusOr<Entity> DecodeEntity(EntityUid uid, absl::string_view bytes);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_ENTITY_FORMAT_H_
