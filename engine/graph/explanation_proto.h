// Explanations from the message of explanation.proto.
#ifndef SEKISHO_ENGINE_GRAPH_EXPLANATION_PROTO_H_
#define SEKISHO_ENGINE_GRAPH_EXPLANATION_PROTO_H_

#include "absl/status/statusor.h"
#include "engine/graph/explanation.h"
#include "engine/graph/explanation.pb.h"

namespace sekisho {

// Verified, for `policy_count` policies. DataLoss for messages that stand for
// no explanations.
absl::StatusOr<Explanations> FromProto(const artifact::Explanations& proto,
                                       size_t policy_count);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_EXPLANATION_PROTO_H_
