// Answers are proved before they are timed: a fast wrong answer is worth
// nothing.
#ifndef SEKISHO_BENCH_VERIFY_ANSWERS_H_
#define SEKISHO_BENCH_VERIFY_ANSWERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/decision_point.h"
#include "bench/request_file.h"
#include "compiler/compile.h"
#include "engine/model/entity.h"

namespace sekisho {

struct VerifiedAnswers {
  // By request: whether it is permitted.
  std::vector<uint8_t> permitted;
  size_t permits = 0;
  // How many were held to the reference evaluator, and to what their file says.
  size_t by_reference = 0;
  size_t by_file = 0;
};

// Decides every request, and holds every `stride`th to the reference evaluator
// (cause, determining policies, errors) and all to what is said of them. The
// reference evaluator takes about a microsecond a policy; it runs on all cores.
// FailedPrecondition, with the first differences, if there is any;
// InvalidArgument, naming it, if a request is refused.
absl::StatusOr<VerifiedAnswers> VerifyAnswers(
    DecisionPoint& point, const Compilation& policies,
    const std::vector<Entity>& entities,
    const std::vector<RequestToMeasure>& requests, size_t stride = 1);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_VERIFY_ANSWERS_H_
