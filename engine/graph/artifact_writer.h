// Makes the bytes of an artifact. The same input gives the same bytes.
#ifndef SEKISHO_ENGINE_GRAPH_ARTIFACT_WRITER_H_
#define SEKISHO_ENGINE_GRAPH_ARTIFACT_WRITER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/graph/artifact.h"
#include "engine/graph/explanation.h"
#include "engine/graph/graph.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/graph/policy_info.h"
#include "engine/model/schema.h"

namespace sekisho {

// Without `explanations`, Explain will have nothing to say of it.
absl::StatusOr<std::string> WriteArtifact(
    const DecisionGraph& graph, const Schema& schema,
    const std::vector<PolicyInfo>& policies,
    const std::vector<ObligationDeclaration>& obligations,
    const std::vector<ArtifactSource>& sources,
    const Explanations* explanations = nullptr);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_ARTIFACT_WRITER_H_
