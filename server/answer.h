// A decision that was made and logged, as it is answered.
#ifndef SEKISHO_SERVER_ANSWER_H_
#define SEKISHO_SERVER_ANSWER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/decide/oblige.h"
#include "engine/eval/decision.h"
#include "engine/graph/policy_info.h"
#include "engine/log/log_writer.h"
#include "engine/log/record.h"
#include "proto/sekisho/v1/decision.pb.h"

namespace sekisho {

struct Answer {
  Decision decision;
  Obliged obliged;
  // The decision's name.
  Bytes16 id{};
  LogPosition position;
  // From the decoded request to the decision.
  uint64_t evaluation_ns = 0;
};

// All but what says by which view, when, and to which request. `policies` are
// the artifact's, `origin` is the log's name.
void AnswerToProto(const Answer& answer,
                   const std::vector<PolicyInfo>& policies,
                   const std::string& origin, v1::DecideResponse* out);

// Answers a batch in numbers, item by item.
class CompactAnswers {
 public:
  // `policies` are the artifact's; both must outlive this object, and so must
  // the links that decisions name.
  CompactAnswers(const std::vector<PolicyInfo>* policies,
                 v1::CompactResults* out)
      : policies_(*policies), out_(*out) {}

  // Whether the results have places for all that the answer says.
  static bool IsCompact(const Answer& answer);
  // The answer to the next item. REQUIRES: IsCompact(answer).
  void Add(const Answer& answer);
  // For the answer to the next item, if it is not compact: the caller says it.
  v1::DecideResult* AddOther();

 private:
  uint32_t PlaceOf(const Decision& decision, PolicyIndex policy);

  const std::vector<PolicyInfo>& policies_;
  v1::CompactResults& out_;
  // By a policy's or link's id, which has one address: its place in the
  // results.
  absl::flat_hash_map<const std::string*, uint32_t> places_;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_ANSWER_H_
