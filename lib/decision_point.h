// What is behind a sekisho_pdp: the service's Decider over a store that another
// process writes, and a log of its own.
//
// Why a decision sees one revision. Whatever was written, a refresh opens
// another secondary of the store, which does not change any more (store.h), and
// shows policy, entities and links of that one at once (PolicyStores::Follow).
// A decision takes the view that is shown once, and keeps it for as long as it
// needs; so nothing has to wait. The cache of entities is the secondary's and
// goes with it: what is in it was never true of another revision.
//
// Thread-safe.
#ifndef SEKISHO_LIB_DECISION_POINT_H_
#define SEKISHO_LIB_DECISION_POINT_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "engine/entities/store.h"
#include "engine/log/log_writer.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "server/decider.h"
#include "server/pep.h"
#include "server/policy_stores.h"
#include "server/recorder.h"

namespace sekisho {

// See sekisho_options.
struct DecisionPointOptions {
  std::string store;
  std::string data;
  std::string log_origin;
  std::string policy_store = "default";
  size_t entity_cache_bytes = size_t{64} << 20;
  // Nothing: only Refresh.
  std::optional<absl::Duration> refresh_interval = absl::Seconds(1);
  absl::Duration max_staleness = absl::Seconds(60);
  Durability durability = Durability::kGroup;
};

class DecisionPoint {
 public:
  static absl::StatusOr<std::unique_ptr<DecisionPoint>> Open(
      const DecisionPointOptions& options);
  ~DecisionPoint();

  // Errors are those of the RPC (decision.proto), Unavailable if it is too long
  // ago that the store could be read, and InvalidArgument for another policy
  // store than the options'.
  absl::Status Decide(v1::DecideRequest request, v1::DecideResponse* response);

  // See sekisho_refresh.
  absl::Status Refresh() ABSL_LOCKS_EXCLUDED(refresh_mutex_);

  // Stops refreshing and closes the log. REQUIRES: is called once, and nothing
  // afterwards.
  absl::Status Close();

 private:
  using Clock = std::chrono::steady_clock;

  DecisionPoint(const DecisionPointOptions& options,
                std::unique_ptr<DecisionLog> log);

  // Shows what the store has now, if it was written to.
  absl::Status Follow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);
  absl::Status Show(std::shared_ptr<EntityStore> store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);
  void KeepRefreshing(absl::Duration interval);
  absl::Status CheckStaleness() ABSL_LOCKS_EXCLUDED(error_mutex_);

  const DecisionPointOptions options_;
  const IdentifiedPep pep_;
  const std::unique_ptr<DecisionLog> log_;
  Recorder recorder_;
  PolicyStores policy_stores_;
  Decider decider_;

  // When the last look at the store began that succeeded, by Clock.
  std::atomic<Clock::rep> looked_ = 0;
  absl::Mutex refresh_mutex_;
  // What is shown; null until Open has shown something.
  std::shared_ptr<EntityStore> store_ ABSL_GUARDED_BY(refresh_mutex_);

  // Held for moments only.
  absl::Mutex error_mutex_;
  // Of the last look.
  absl::Status error_ ABSL_GUARDED_BY(error_mutex_);

  absl::Notification closing_;
  std::thread refresher_;
};

}  // namespace sekisho

#endif  // SEKISHO_LIB_DECISION_POINT_H_
