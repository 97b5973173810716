// The messages of a load, made before it begins, in random order.
#ifndef SEKISHO_BENCH_LOAD_MESSAGES_H_
#define SEKISHO_BENCH_LOAD_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/load.h"
#include "bench/request_file.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

// What each request of a message is expected to be, if that is known.
using ExpectedAnswers = std::vector<std::optional<bool>>;

struct LoadMessages {
  // Of kUnary and kStream.
  std::vector<v1::DecideRequest> requests;
  // Of kBatch and kCompact.
  std::vector<v1::DecideBatchRequest> batches;
  // By message.
  std::vector<ExpectedAnswers> expected;
};

// `symbols` are the server's, of kCompact.
LoadMessages MakeLoadMessages(const std::vector<RequestToMeasure>& requests,
                              const LoadOptions& options,
                              const v1::GetSymbolsResponse& symbols);

// Counts the answers to one message.
void CountAnswer(const v1::DecideResponse& answer,
                 const ExpectedAnswers& expected, LoadCounts* out);
void CountAnswer(const v1::DecideBatchResponse& answer,
                 const ExpectedAnswers& expected, LoadCounts* out);
void CountAnswer(const v1::DecideResult& answer,
                 const ExpectedAnswers& expected, LoadCounts* out);
void CountErrors(int code, uint64_t count, LoadCounts* out);

}  // namespace sekisho

#endif  // SEKISHO_BENCH_LOAD_MESSAGES_H_
