// Makes the bytes of an artifact. The same input gives the same bytes.
#ifndef SEKISHO_ENGINE_GRAPH_ARTIFACT_WRITER_H_
#define SEKISHO_ENGINE_GRAPH_ARTIFACT_WRITER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/graph/artifact.h"
#include "engine/graph/graph.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/graph/policy_info.h"
#include "engine/model/schema.h"

namespace sekisho {

// Policies and sources are freed as soon as they have been written.
// `explanations` are what an ExplanationWriter made. Without, Explain will have
// nothing to say of it.
absl::StatusOr<std::string> WriteArtifact(
    const DecisionGraph& graph, const Schema& schema,
    std::vector<PolicyInfo> policies,
    const std::vector<ObligationDeclaration>& obligations,
    std::vector<ArtifactSource> sources, std::string explanations = "");

// Artifact::hash() of what WriteArtifact made.
std::string HashOfArtifact(absl::string_view bytes);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_ARTIFACT_WRITER_H_
