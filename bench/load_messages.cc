#include "bench/load_messages.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>

#include "absl/status/status.h"
#include "proto/codec.h"

namespace sekisho {
namespace {

void Count(const v1::DecideResponse& answer, std::optional<bool> expected,
           LoadCounts* out) {
  const bool permitted = answer.decision() == v1::PERMIT;
  ++(permitted ? out->permits : out->denials);
  if (expected.has_value() && *expected != permitted) ++out->wrong;
}

void Count(const v1::DecideResult& answer, std::optional<bool> expected,
           LoadCounts* out) {
  if (answer.has_decision()) {
    Count(answer.decision(), expected, out);
  } else {
    CountErrors(answer.error().code(), 1, out);
  }
}

}  // namespace

LoadMessages MakeLoadMessages(const std::vector<RequestToMeasure>& requests,
                              const LoadOptions& options) {
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(options.seed);
  std::shuffle(order.begin(), order.end(), random);
  LoadMessages messages;
  for (const size_t at : order) {
    const RequestToMeasure& each = requests[at];
    if (options.method == LoadMethod::kBatch) {
      if (messages.batches.empty() ||
          messages.batches.back().items_size() == options.batch) {
        messages.batches.emplace_back();
        messages.batches.back().set_policy_store(options.policy_store);
        messages.expected.emplace_back();
      }
      RequestToProto(each.request, messages.batches.back().add_items());
    } else {
      messages.requests.emplace_back();
      messages.requests.back().set_policy_store(options.policy_store);
      RequestToProto(each.request, &messages.requests.back());
      messages.expected.emplace_back();
    }
    messages.expected.back().push_back(each.permitted);
  }
  return messages;
}

void CountAnswer(const v1::DecideResponse& answer,
                 const ExpectedAnswers& expected, LoadCounts* out) {
  Count(answer, expected[0], out);
}

void CountAnswer(const v1::DecideResult& answer,
                 const ExpectedAnswers& expected, LoadCounts* out) {
  Count(answer, expected[0], out);
}

void CountAnswer(const v1::DecideBatchResponse& answer,
                 const ExpectedAnswers& expected, LoadCounts* out) {
  const auto results = static_cast<size_t>(answer.results_size());
  for (size_t i = 0; i < std::min(results, expected.size()); ++i) {
    Count(answer.results(static_cast<int>(i)), expected[i], out);
  }
  if (results < expected.size()) {
    CountErrors(static_cast<int>(absl::StatusCode::kDataLoss),
                expected.size() - results, out);
  }
}

void CountErrors(int code, uint64_t count, LoadCounts* out) {
  out->errors[absl::StatusCodeToString(static_cast<absl::StatusCode>(code))] +=
      count;
}

}  // namespace sekisho
