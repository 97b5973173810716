// Requests for decisions as they arrive: checks what of them does not depend on
// policies and entities, and whether the enforcement point may say it, and
// turns them into what is decided and logged.
//
// Errors are those of the RPCs (decision.proto). On an error, *out is as much
// as was understood.
#ifndef SEKISHO_SERVER_INTAKE_H_
#define SEKISHO_SERVER_INTAKE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/log/record.h"
#include "proto/sekisho/v1/decision.pb.h"
#include "server/pep.h"

namespace sekisho {

// What of an untrusted name goes into the log.
std::string Shortened(absl::string_view name);

// What a batch says for all its items.
absl::Status TakeShared(const IdentifiedPep& pep,
                        const v1::DecideRequest& message, RecordedRequest* out);
absl::Status TakeShared(const IdentifiedPep& pep,
                        const v1::DecideBatchRequest& message,
                        RecordedRequest* out);

// What each item says for itself.
absl::Status TakeItem(const IdentifiedPep& pep,
                      const v1::DecideRequest& message, RecordedRequest* out);
absl::Status TakeItem(const IdentifiedPep& pep,
                      const v1::DecideBatchItem& message, RecordedRequest* out);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_INTAKE_H_
