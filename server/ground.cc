// Tested by tests/server.
#include "server/ground.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/decide/clock.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

// An unchanged old record is as fresh as its source's watermark.
absl::Status CheckAge(const SourceAge& asked, absl::Time now,
                      EntitySnapshot& entities) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> watermark,
                   entities.WatermarkOf(asked.source));
  const absl::Duration limit = absl::Nanoseconds(asked.max_age_ns);
  if (watermark.has_value() && now - *watermark <= limit) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "max_age: source `", asked.source, "` ",
      watermark.has_value()
          ? absl::StrCat("has a watermark that is ",
                         absl::FormatDuration(now - *watermark), " old")
          : "never stated a watermark",
      "; at most ", absl::FormatDuration(limit), " is asked for"));
}

}  // namespace

absl::Status Ground::Find(const Caller& caller, absl::Time now,
                          const RecordedRequest& request,
                          PolicyStores& policy_stores, Recorder& recorder) {
  const std::string& store = caller.policy_store;
  if (request.demanded_policy.empty()) {
    ASSIGN_OR_RETURN(view_, policy_stores.Current(store));
  } else {
    ASSIGN_OR_RETURN(
        view_, policy_stores.Pinned(store, request.demanded_policy,
                                    [&](const HeldPolicy& policy) {
                                      return recorder.RecordActivation(
                                          caller.pep, store, policy.activation,
                                          /*previous_hash=*/"",
                                          policy.artifact->bytes(), "held");
                                    }));
  }
  const View& view = *view_;
  if (request.at_least_revision > view.entities->revision()) {
    return absl::FailedPreconditionError(
        absl::StrCat("at_least_as_fresh: the entities are at revision ",
                     view.entities->revision(), ", not yet at ",
                     *request.at_least_revision));
  }
  for (const SourceAge& age : request.max_age) {
    RETURN_IF_ERROR(CheckAge(age, now, *view.entities));
  }
  for (size_t i = 0; i < request.entities.size(); ++i) {
    const std::vector<FieldError> errors =
        ValidateEntity(view.policy->artifact->schema(), request.entities[i]);
    if (!errors.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "entities[", i, "].", errors[0].field, ": ", errors[0].message));
    }
    supplied_.Put(request.entities[i]);
  }
  stored_.emplace(view.entities.get());
  entities_ = &*stored_;
  if (!view.validated) {
    validated_.emplace(&view.policy->artifact->schema(), entities_);
    entities_ = &*validated_;
  }
  if (supplied_.size() > 0) {
    overlaid_.emplace(&supplied_, entities_);
    entities_ = &*overlaid_;
  }
  return absl::OkStatus();
}

absl::StatusOr<Value> AddedContext(const Schema& schema, const Request& request,
                                   absl::Time now) {
  if (!DeclaresClock(schema, request.action)) return Value::Record({});
  Value clock = ClockContext(now);
  for (const Value::Attribute& attribute : clock.AsRecord()) {
    if (request.context.Find(attribute.first) == nullptr) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "context.", attribute.first,
        ": this is the server's clock; leave it out, and send the time of "
        "another clock under another name that the schema declares"));
  }
  return clock;
}

}  // namespace sekisho
