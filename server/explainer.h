// Explains requests and logged decisions over the API: takes them in, explains,
// logs, and only then answers. What is refused is logged too.
#ifndef SEKISHO_SERVER_EXPLAINER_H_
#define SEKISHO_SERVER_EXPLAINER_H_

#include <atomic>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "server/pep.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

// Thread-safe. Waits for the disk where a logged decision is looked for.
class Explainer {
 public:
  // `log_directory` is where `recorder` writes. Both must outlive this object.
  Explainer(PolicyStores* policy_stores, Recorder* recorder,
            std::string log_directory)
      : policy_stores_(*policy_stores),
        recorder_(*recorder),
        log_directory_(std::move(log_directory)) {}

  // The errors are those of the RPC; see decision.proto. Gives up with
  // Cancelled, now and then, once `cancelled`.
  absl::Status Explain(const IdentifiedPep& pep,
                       const v1::ExplainRequest& message,
                       absl::FunctionRef<bool()> cancelled,
                       v1::ExplainResponse* response);

 private:
  // One request, as it is answered.
  class Task;

  PolicyStores& policy_stores_;
  Recorder& recorder_;
  const std::string log_directory_;
  // Requests under way.
  std::atomic<int> running_ = 0;
};

}  // namespace sekisho

#endif  // SEKISHO_SERVER_EXPLAINER_H_
