// One decision from beginning to end: validate the request, evaluate it, and
// say which policy version and which revision of the entities it was made by.
#ifndef SEKISHO_ENGINE_DECIDE_DECIDE_H_
#define SEKISHO_ENGINE_DECIDE_DECIDE_H_

#include "absl/status/statusor.h"
#include "engine/eval/decision.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"
#include "engine/model/validate.h"

namespace sekisho {

// InvalidArgument, naming the first wrong field as `field: message`, if the
// request does not fit the schema; what `entities` returned if it failed.
// `evidence` and `links`: see Evaluate.
absl::StatusOr<Decision> Decide(const Artifact& artifact,
                                const Request& request, EntityReader& entities,
                                Evidence* evidence = nullptr,
                                const LinkSet* links = nullptr);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_DECIDE_DECIDE_H_
