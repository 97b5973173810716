// Whether what is stored fits a policy that is to come into force.
//
// Tested by tests/server.
#ifndef SEKISHO_SERVER_STORED_FIT_H_
#define SEKISHO_SERVER_STORED_FIT_H_

#include "absl/status/status.h"
#include "engine/entities/store.h"
#include "engine/graph/artifact.h"
#include "engine/model/link.h"
#include "engine/model/schema.h"

namespace sekisho {

// If so, entities fit both or neither.
bool SameEntityTypes(const Schema& a, const Schema& b);

// FailedPrecondition, naming the first few that do not, unless all fit. What
// `entities` returned if it failed.
absl::Status CheckStored(const Schema& schema, EntitySnapshot& entities);
absl::Status CheckLinks(const Artifact& artifact, const LinkSet& links);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_STORED_FIT_H_
