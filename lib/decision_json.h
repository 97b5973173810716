#ifndef SEKISHO_LIB_DECISION_JSON_H_
#define SEKISHO_LIB_DECISION_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

// The response as JSON on one line, with values in Cedar's form.
// InvalidArgument if a value in it is malformed.
absl::StatusOr<std::string> DecisionToJson(const v1::DecideResponse& response);

}  // namespace sekisho

#endif  // SEKISHO_LIB_DECISION_JSON_H_
