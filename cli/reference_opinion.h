// The reference evaluator as the second opinion of a replay.
#ifndef SEKISHO_CLI_REFERENCE_OPINION_H_
#define SEKISHO_CLI_REFERENCE_OPINION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/graph/artifact.h"
#include "engine/replay/replay.h"

namespace sekisho {

// Reads the sources that the artifact keeps. InvalidArgument if they have
// errors or are not those of its policies.
absl::StatusOr<std::unique_ptr<SecondOpinion>> MakeReferenceOpinion(
    const Artifact& artifact);

}  // namespace sekisho

#endif  // SEKISHO_CLI_REFERENCE_OPINION_H_
