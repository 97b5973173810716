// Values, entities and requests between their protobuf form and the engine's.
//
//   absl::StatusOr<Request> request = RequestFromProto(decide_request);
//
// What comes in is not trusted: every error is InvalidArgument and begins with
// the field that is wrong, `context.location: value is not set`. Types are not
// looked at here; see engine/model/validate.h. Strings are valid UTF-8 already,
// protobuf refuses others.
#ifndef SEKISHO_PROTO_CODEC_H_
#define SEKISHO_PROTO_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/model/cause.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/value.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "proto/sekisho/v1/entity.pb.h"
#include "proto/sekisho/v1/value.pb.h"

namespace sekisho {

// How deep records and sets may nest, the outermost record included. Three
// messages a level: within protobuf's own limit of 100.
inline constexpr int kMaxValueDepth = 28;

// `field` is what errors call the message; empty for none.
absl::StatusOr<EntityUid> EntityUidFromProto(const v1::EntityUid& uid,
                                             absl::string_view field);
absl::StatusOr<Value> ValueFromProto(const v1::Value& value,
                                     absl::string_view field);
absl::StatusOr<Value> RecordFromProto(const v1::Record& record,
                                      absl::string_view field);
absl::StatusOr<Entity> EntityFromProto(const v1::Entity& entity,
                                       absl::string_view field);
absl::StatusOr<Request> RequestFromProto(const v1::DecideRequest& request);
// Errors name fields within the item.
absl::StatusOr<Request> RequestFromProto(const v1::DecideBatchItem& item);

// The first name that two attributes of a record from outside have, or null.
const std::string* FirstRepeatedName(const Value& record);

// Never CAUSE_UNSPECIFIED.
v1::Cause CauseToProto(Cause cause);
// kNotCovered for what is not set, or of a later server.
Cause CauseFromProto(v1::Cause cause);
void EntityUidToProto(const EntityUid& uid, v1::EntityUid* out);
// REQUIRES: `record` is one.
void RecordToProto(const Value& record, v1::Record* out);
void ValueToProto(const Value& value, v1::Value* out);
void EntityToProto(const Entity& entity, v1::Entity* out);
void RequestToProto(const Request& request, v1::DecideRequest* out);
void RequestToProto(const Request& request, v1::DecideBatchItem* out);

}  // namespace sekisho

#endif  // SEKISHO_PROTO_CODEC_H_
