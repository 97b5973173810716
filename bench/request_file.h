// Requests from a file, in the public Cedar conformance format: a JSON array of
//
//   {"principal": {"type": "Person", "id": "nurse-1"}, "action": {..},
//    "resource": {..}, "context": {..}, "decision": "allow"}
//
// or an object with such an array as its `requests`. `decision`, `allow` or
// `deny`, may be left out; further members are ignored. A uid may also be a
// string in Cedar's notation.
#ifndef SEKISHO_BENCH_REQUEST_FILE_H_
#define SEKISHO_BENCH_REQUEST_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

struct RequestToMeasure {
  Request request;
  // What the file says of the decision, if anything.
  std::optional<bool> permitted;
};

// `schema` may be null. Errors name the place, as `requests[3].principal: ..`:
// InvalidArgument for what is not of that form, and if there is no request.
absl::StatusOr<std::vector<RequestToMeasure>> RequestsFromJson(
    absl::string_view json, const Schema* schema);

// What RequestsFromJson reads, a request a line.
std::string RequestsToJson(const std::vector<RequestToMeasure>& requests);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_REQUEST_FILE_H_
