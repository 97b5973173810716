// Cedar's JSON forms of requests and entities.
//
// Values: JSON booleans, integers, strings, arrays (sets) and objects
// (records); an entity reference is {"__entity": {"type": .., "id": ..}}, an
// extension value {"__extn": {"fn": "ip", "arg": "10.0.0.1"}}: the call of a
// function of engine/model/functions.h with one argument, or with several in
// `args`. With a schema, {"type": .., "id": ..} is an entity reference too
// where the schema says entity, and where it says an extension type,
// {"fn": .., "arg": ..} and the text alone are extension values.
#ifndef SEKISHO_ENGINE_MODEL_JSON_H_
#define SEKISHO_ENGINE_MODEL_JSON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/model/entity.h"
#include "engine/model/obligation.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// All return InvalidArgument with the place in the document, as a path such
// as `[3].attrs.roles[0]`, for text that is not of that form. `schema` may be
// null. Duplicate keys, numbers that are no 64-bit integers and nesting deeper
// than kMaxJsonDepth are errors.
inline constexpr int kMaxJsonDepth = 64;

// [{"uid": {..}, "attrs": {..}, "tags": {..}, "parents": [..]}, ..]
// All but the uid may be left out. An entity may be given twice if its content
// is the same; none may be among its own ancestors. The content is not
// validated (see validate.h).
absl::StatusOr<std::vector<Entity>> EntitiesFromJson(absl::string_view json,
                                                     const Schema* schema);
// One of them, and a value alone; `type` is what the value ought to be, or
// null.
absl::StatusOr<Entity> EntityFromJson(absl::string_view json,
                                      const Schema* schema);
absl::StatusOr<Value> ValueFromJson(absl::string_view json, const Type* type);
// {"principal": {..}, "action": {..}, "resource": {..}, "context": {..}};
// a uid may also be a string in Cedar's notation, `Person::"nurse-1"`.
// Without a context the request has an empty one.
absl::StatusOr<Request> RequestFromJson(absl::string_view json,
                                        const Schema* schema);

// Whether an entity type can have this name: identifiers with `::` between
// them.
bool IsTypeName(absl::string_view name);

// An entity's name in Cedar's notation, `Person::"nurse-1"`, escapes included.
absl::StatusOr<EntityUid> UidFromText(absl::string_view text);

// What is not UTF-8 is written as U+FFFD.
std::string EntitiesToJson(const std::vector<Entity>& entities);
// On one line, without its end.
std::string EntityToJson(const Entity& entity);
std::string RequestToJson(const Request& request);
// A value in the same notation, on one line.
std::string ValueToJson(const Value& value);
// [{"name": .., "parameters": {..}}, ..], on one line.
std::string ObligationsToJson(const std::vector<Obligation>& obligations);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_JSON_H_
