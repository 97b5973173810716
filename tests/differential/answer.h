// What an evaluator says to a request, in one form whichever evaluator it is.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_ANSWER_H_
#define SEKISHO_TESTS_DIFFERENTIAL_ANSWER_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "compiler/cedar/ast.h"
#include "engine/eval/decision.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

struct Answer {
  // Without a decision the rest is empty. Messages are not compared.
  absl::StatusCode code = absl::StatusCode::kOk;
  bool permitted = false;
  Cause cause = Cause::kNotCovered;
  // Ids.
  std::vector<std::string> determining;
  std::vector<std::string> errors;
  std::vector<std::string> undecided_forbids;

  bool decided() const { return code == absl::StatusCode::kOk; }
  bool operator==(const Answer&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Answer& answer);

// Ids by PolicyIndex.
std::vector<std::string> IdsOf(const std::vector<Policy>& policies);

Answer AnswerOf(const absl::StatusOr<Decision>& decision,
                const std::vector<std::string>& ids);
Answer AnswerOf(const v1::DecideResponse& response);
Answer AnswerOf(const absl::StatusOr<v1::DecideResponse>& response);
Answer AnswerOf(const v1::DecideResult& result);

// Whether the request is one that the schema allows: what ValidateRequest finds
// nothing in, told by other code.
bool Fits(const Schema& schema, const Request& request);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_ANSWER_H_
