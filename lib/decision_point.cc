// Tested by tests/lib.
#include "lib/decision_point.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact.h"
#include "server/data_directory.h"

namespace sekisho {
namespace {

absl::StatusOr<std::shared_ptr<EntityStore>> OpenStore(
    const DecisionPointOptions& options) {
  EntityStoreOptions store_options;
  store_options.entity_cache_bytes = options.entity_cache_bytes;
  return EntityStore::OpenSecondary(options.store, store_options);
}

// Who opens a store with its own rights may say everything to it.
IdentifiedPep Library() {
  auto grants = std::make_shared<PepGrants>();
  grants->permissions.set(static_cast<size_t>(Permission::kDecide));
  grants->policy_stores.AddAll();
  grants->context.Add({});
  grants->entity_types.AddAll();
  return IdentifiedPep({"library", ""}, std::move(grants));
}

}  // namespace

DecisionPoint::DecisionPoint(const DecisionPointOptions& options,
                             std::unique_ptr<DecisionLog> log)
    : options_(options),
      pep_(Library()),
      log_(std::move(log)),
      recorder_(log_.get(), "library"),
      decider_(&policy_stores_, &recorder_) {}

absl::StatusOr<std::unique_ptr<DecisionPoint>> DecisionPoint::Open(
    const DecisionPointOptions& options) {
  RETURN_IF_ERROR(ValidatePolicyStoreId(options.policy_store));
  if (options.refresh_interval.value_or(absl::ZeroDuration()) >=
      options.max_staleness) {
    return absl::InvalidArgumentError(
        "max_staleness_ms: is not longer than refresh_ms");
  }
  const Clock::time_point start = Clock::now();
  // First, so that who has to try again leaves nothing in a log.
  ASSIGN_OR_RETURN(std::shared_ptr<EntityStore> store, OpenStore(options));
  RETURN_IF_ERROR(MakeDataDirectory(options.data));
  ASSIGN_OR_RETURN(std::unique_ptr<DecisionLog> log,
                   OpenLog(options.data, "libsekisho", options.log_origin,
                           options.durability));
  std::unique_ptr<DecisionPoint> point(
      new DecisionPoint(options, std::move(log)));
  {
    absl::MutexLock lock(&point->refresh_mutex_);
    RETURN_IF_ERROR(point->Show(std::move(store)));
  }
  point->looked_ = start.time_since_epoch().count();
  if (options.refresh_interval.has_value()) {
    point->refresher_ = std::thread(
        [point = point.get(), interval = *options.refresh_interval] {
          point->KeepRefreshing(interval);
        });
  }
  return point;
}

DecisionPoint::~DecisionPoint() {
  if (!closing_.HasBeenNotified()) closing_.Notify();
  if (refresher_.joinable()) refresher_.join();
}

absl::Status DecisionPoint::Close() {
  closing_.Notify();
  if (refresher_.joinable()) refresher_.join();
  return log_->Close("closed");
}

absl::Status DecisionPoint::Decide(v1::DecideRequest request,
                                   v1::DecideResponse* response) {
  RETURN_IF_ERROR(CheckStaleness());
  if (request.policy_store().empty()) {
    request.set_policy_store(options_.policy_store);
  } else if (request.policy_store() != options_.policy_store) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy_store: this decision point was opened for `",
                     options_.policy_store, "`, another decides for others"));
  }
  return decider_.Decide(pep_, request, response);
}

absl::Status DecisionPoint::CheckStaleness() {
  if (!options_.refresh_interval.has_value()) return absl::OkStatus();
  const Clock::duration age =
      Clock::now().time_since_epoch() - Clock::duration(looked_.load());
  if (absl::FromChrono(age) <= options_.max_staleness) return absl::OkStatus();
  absl::MutexLock lock(&error_mutex_);
  return absl::UnavailableError(
      absl::StrCat("the store could not be read for ",
                   absl::FormatDuration(absl::FromChrono(age)),
                   error_.ok() ? "" : ": ", error_.message()));
}

absl::Status DecisionPoint::Refresh() {
  absl::MutexLock lock(&refresh_mutex_);
  const Clock::time_point start = Clock::now();
  absl::Status status = Follow();
  if (status.ok()) looked_ = start.time_since_epoch().count();
  absl::MutexLock error_lock(&error_mutex_);
  error_ = status;
  return status;
}

absl::Status DecisionPoint::Follow() {
  ASSIGN_OR_RETURN(const bool outdated, store_->IsOutdated());
  if (!outdated) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::shared_ptr<EntityStore> store, OpenStore(options_));
  return Show(std::move(store));
}

absl::Status DecisionPoint::Show(std::shared_ptr<EntityStore> store) {
  const absl::string_view reason = store_ == nullptr ? "open" : "activate";
  RETURN_IF_ERROR(policy_stores_.Follow(
      options_.policy_store, store,
      [&](const PolicyStores::ActivateResult& result,
          const Artifact& artifact) {
        return recorder_.RecordActivation(
            {}, options_.policy_store, result.activation, result.previous_hash,
            artifact.bytes(), reason);
      }));
  store_ = std::move(store);
  return absl::OkStatus();
}

void DecisionPoint::KeepRefreshing(absl::Duration interval) {
  absl::Duration wait = interval;
  while (!closing_.WaitForNotificationWithTimeout(wait)) {
    const Clock::time_point start = Clock::now();
    // An error is told to decisions, once it matters to them.
    Refresh().IgnoreError();
    const absl::Duration took = absl::FromChrono(Clock::now() - start);
    wait = std::max(interval, std::min(10 * took, options_.max_staleness / 4));
  }
}

}  // namespace sekisho
