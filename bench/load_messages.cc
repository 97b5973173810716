#include "bench/load_messages.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <random>

#include "absl/status/status.h"
#include "proto/codec.h"
#include "proto/compact_writer.h"

namespace sekisho {
namespace {

void Count(bool permitted, std::optional<bool> expected, LoadCounts* out) {
  ++(permitted ? out->permits : out->denials);
  if (expected.has_value() && *expected != permitted) ++out->wrong;
}

void Count(const v1::DecideResponse& answer, std::optional<bool> expected,
           LoadCounts* out) {
  Count(answer.decision() == v1::PERMIT, expected, out);
}

void Count(const v1::DecideResult& answer, std::optional<bool> expected,
           LoadCounts* out) {
  if (answer.has_decision()) {
    Count(answer.decision(), expected, out);
  } else {
    CountErrors(answer.error().code(), 1, out);
  }
}

void CountMissing(size_t count, LoadCounts* out) {
  if (count == 0) return;
  CountErrors(static_cast<int>(absl::StatusCode::kDataLoss), count, out);
}

void Count(const v1::CompactResults& answer, const ExpectedAnswers& expected,
           LoadCounts* out) {
  const size_t results = std::min(answer.causes().size(), expected.size());
  for (size_t i = 0; i < results; ++i) {
    const char cause = answer.causes()[i];
    if (cause == v1::CAUSE_UNSPECIFIED) continue;
    Count(cause == v1::PERMITTED, expected[i], out);
  }
  for (const v1::OtherResult& other : answer.others()) {
    if (other.item() < results) {
      Count(other.result(), expected[other.item()], out);
    }
  }
  CountMissing(expected.size() - results, out);
}

}  // namespace

LoadMessages MakeLoadMessages(const std::vector<RequestToMeasure>& requests,
                              const LoadOptions& options,
                              const v1::GetSymbolsResponse& symbols) {
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(options.seed);
  std::shuffle(order.begin(), order.end(), random);
  LoadMessages messages;
  std::optional<CompactWriter> writer;
  for (const size_t at : order) {
    const RequestToMeasure& each = requests[at];
    const bool compact = options.method == LoadMethod::kCompact;
    if (compact || options.method == LoadMethod::kBatch) {
      if (messages.batches.empty() || messages.expected.back().size() ==
                                          static_cast<size_t>(options.batch)) {
        messages.batches.emplace_back();
        messages.batches.back().set_policy_store(options.policy_store);
        messages.expected.emplace_back();
        writer.emplace(&symbols);
      }
      if (compact) {
        writer->Add(each.request, messages.batches.back().mutable_compact());
      } else {
        RequestToProto(each.request, messages.batches.back().add_items());
      }
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
  if (answer.has_compact()) {
    Count(answer.compact(), expected, out);
    return;
  }
  const auto results = static_cast<size_t>(answer.results_size());
  for (size_t i = 0; i < std::min(results, expected.size()); ++i) {
    Count(answer.results(static_cast<int>(i)), expected[i], out);
  }
  CountMissing(expected.size() - std::min(results, expected.size()), out);
}

void CountErrors(int code, uint64_t count, LoadCounts* out) {
  out->errors[absl::StatusCodeToString(static_cast<absl::StatusCode>(code))] +=
      count;
}

}  // namespace sekisho
