// The decision point's clock, `context.now`.
//
// Where an action's context declares `now: datetime`, that is the time at the
// decision point, and a request does not say it. The time by another clock is
// an attribute of another name, which the schema declares like any other and
// the enforcement point is granted to assert. The record of a decision says
// what was added, and replay adds the same.
//
// Thread-safe: pure functions.
#ifndef SEKISHO_ENGINE_DECIDE_CLOCK_H_
#define SEKISHO_ENGINE_DECIDE_CLOCK_H_

#include "absl/time/time.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {

// Whether the decision point says `context.now` for the request's action.
bool DeclaresClock(const Schema& schema, const EntityUid& action);

// `{now: ..}`, in milliseconds.
Value ClockContext(absl::Time now);

// The context with the attributes of the record `added`, which replace those of
// the same name.
Value WithAdded(const Value& context, const Value& added);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_DECIDE_CLOCK_H_
