// Property: whatever the bytes of an artifact are, even if their hash fits,
// they are refused, or the artifact decides requests, prints and measures
// itself and hands out its sources and explanations without leaving it, and
// ends.
#include <cstdlib>
#include <iterator>

#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/graph/artifact.h"
#include "engine/graph/artifact_writer.h"
#include "engine/graph/explanation.h"
#include "engine/graph/explanation_writer.h"
#include "engine/graph/small_graph.h"
#include "tests/fuzz/fuzz.h"

namespace sekisho {
namespace {

void Decide(const DecisionGraph& graph, const Request& request,
            EntityReader& entities) {
  Evidence evidence;
  // Entities need not fit a damaged schema, and then there is no decision.
  (void)Evaluate(graph, request, entities, &evidence);
}

void Use(const Artifact& artifact) {
  const DecisionGraph& graph = artifact.graph();
  MemoryEntities entities(SmallEntities());
  for (const Request& request : SmallRequests()) {
    Decide(graph, request, entities);
  }
  for (const Environment& environment : graph.environments) {
    Request request = SmallRequests()[0];
    request.action = environment.action;
    request.principal.type = environment.principal_type;
    request.resource.type = environment.resource_type;
    Decide(graph, request, entities);
  }
  (void)graph.ToString();
  (void)Measure(graph);
  (void)artifact.Sources();
  (void)artifact.explanations();
}

// An artifact with something to explain.
std::string WriteExplained() {
  const SmallGraph small;
  Explanations explanations;
  explanations.code = small.code;
  explanations.programs = small.parts;
  explanations.programs.environments.clear();
  explanations.programs.code = explanations.code;
  explanations.paths = {{PathRoot::kPrincipal, {"grants", "kind"}}};
  Condition atom;
  atom.reads = {0};
  atom.to_hold = {{EditKind::kInsert, 0, 3}};
  Condition negation;
  negation.kind = ConditionKind::kNot;
  negation.operands = {0};
  explanations.conditions = {atom, negation};
  explanations.columns = {{"roles", {"role", "職種"}, true}};
  explanations.policies.resize(small.policies.size());
  ExplainedClause& clause =
      explanations.policies[1].clauses.emplace_back(ExplainedClause());
  clause.column = 0;
  clause.text = "!context.home";
  clause.condition = 1;
  clause.help = {{0, {"go home", ""}}};
  explanations.labels = {{small.parts.constants[0], {"one", "一"}}};
  if (!explanations.Verify(small.policies.size()).ok()) std::abort();
  ExplanationWriter writer;
  writer.Append(explanations);
  return *WriteArtifact(small.Graph(), small.schema, small.policies,
                        small.obligations, small.sources, writer.Finish());
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  SmallGraph any;
  any.parts.environments[0].action = {};
  any.parts.environments[0].principal_type = "";
  any.parts.environments[0].resource_type = "";
  return {SmallGraph().Write(), any.Write(), WriteExplained()};
}

}  // namespace sekisho

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(data, data + size);
  sekisho::Rehash(&bytes);
  auto artifact = sekisho::Artifact::FromBytes(std::move(bytes));
  if (artifact.ok()) sekisho::Use(**artifact);
  return 0;
}
