// A graph with one of everything, for tests.
#ifndef SEKISHO_ENGINE_GRAPH_SMALL_GRAPH_H_
#define SEKISHO_ENGINE_GRAPH_SMALL_GRAPH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph/artifact.h"
#include "engine/graph/graph.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/graph/policy_info.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// What an artifact is made of. Change any of it, and call Graph() for a graph
// with those nodes and that code.
struct SmallGraph {
  SmallGraph();

  // Refers to this object, which must outlive it.
  DecisionGraph Graph() const;
  // As the bytes of an artifact.
  std::string Write() const;

  Schema schema;
  std::vector<PolicyInfo> policies;
  std::vector<ObligationDeclaration> obligations;
  std::vector<ArtifactSource> sources;
  std::vector<uint32_t> nodes;
  std::vector<uint32_t> code;
  // Without nodes, code and schema.
  DecisionGraph parts;
};

// The bytes with a hash that fits them, so that what is wrong with the rest of
// them is seen. Nothing happens to what is too short to be an artifact.
void Rehash(std::string* artifact);

// Requests that the graph's one environment fits, and one that it does not.
std::vector<Request> SmallRequests();
// The entities of those requests; not all of them.
std::vector<Entity> SmallEntities();

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_SMALL_GRAPH_H_
