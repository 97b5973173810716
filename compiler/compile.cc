#include "compiler/compile.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cedar_source.h"
#include "compiler/check/checker.h"
#include "compiler/explain/explain_policies.h"
#include "compiler/links/links.h"
#include "compiler/matrix/lower_rows.h"
#include "compiler/plan/formula.h"
#include "compiler/plan/lower.h"
#include "compiler/plan/program_builder.h"
#include "engine/base/status_macros.h"
#include "engine/graph/artifact_writer.h"
#include "engine/graph/policy_info.h"
#include "engine/graph/program.h"

namespace sekisho {
namespace {

PolicyInfo Describe(const Policy& policy, const SourceSet& sources) {
  PolicyInfo info;
  info.id = policy.id;
  info.is_forbid = policy.effect == Effect::kForbid;
  for (const Annotation& annotation : policy.annotations) {
    info.annotations.emplace_back(annotation.name, annotation.value);
  }
  info.source = std::string(sources.name(policy.span.source));
  info.line = sources.LineOf(policy.span);
  return info;
}

std::vector<ArtifactSource> ArtifactSources(const SourceSet& sources) {
  std::vector<ArtifactSource> out;
  for (SourceId id = 0; id < sources.size(); ++id) {
    out.push_back(
        {std::string(sources.name(id)), std::string(sources.text(id))});
  }
  return out;
}

bool NeedsTooMuchStack(const Policy& policy) {
  return std::any_of(policy.clauses.begin(), policy.clauses.end(),
                     [](const Clause& clause) {
                       return StackOf(*clause.body) > kMaxProgramStack;
                     });
}

// Checks, lowers and plans all policies, those of `whole` as one test each.
// Returns the policies that are too large otherwise; if there are any, or after
// errors, or if they were only to be checked, there is no graph to be used.
std::vector<PolicyIndex> BuildGraph(
    const std::vector<RequestEnvironment>& environments,
    const CompileOptions& options, const std::vector<bool>& whole,
    Diagnostics* diagnostics, Compilation* compilation) {
  const Schema& schema = *compilation->schema;
  Lowering lowering(&schema);
  // drafts[e]: the policies that can matter in environment e.
  std::vector<std::vector<std::pair<PolicyIndex, Draft>>> drafts(
      environments.size());
  const size_t links_begin =
      compilation->policies.size() - compilation->links.size();
  for (PolicyIndex i = 0; i < compilation->policies.size(); ++i) {
    const Policy& policy = compilation->policies[i];
    if (i >= links_begin) {
      if (options.validate) {
        CheckHead(schema, environments, policy, diagnostics);
      }
      continue;
    }
    const std::vector<TypedPolicy> typed =
        options.validate
            ? CheckPolicy(schema, environments, policy, diagnostics)
            : std::vector<TypedPolicy>(1);
    if (options.validate) {
      compilation->obligations.Check(schema, compilation->policy_obligations[i],
                                     environments, typed, diagnostics);
    }
    if (NeedsTooMuchStack(policy)) {
      diagnostics
          ->Error(policy.span,
                  absl::StrCat("the policy needs more than ", kMaxProgramStack,
                               " values at once"))
          .Help("put fewer values that are no constants into one set");
    }
    if (options.check_only) continue;
    if (policy.is_template()) {
      lowering.AddTemplate(
          i, policy,
          options.validate
              ? AdmittedTypes(schema, environments, policy)
              : std::vector<std::pair<std::string, std::string>>());
    }
    for (size_t e = 0; e < environments.size(); ++e) {
      Draft draft = lowering.Lower(policy, environments[e], typed[e], whole[i]);
      if (draft.kind == Draft::Kind::kFalse) continue;
      drafts[e].emplace_back(i, std::move(draft));
    }
  }
  if (diagnostics->has_errors() || options.check_only) return {};

  DecisionGraph& graph = compilation->graph;
  graph = DecisionGraph();
  graph.schema = &schema;
  graph.fail_closed = options.fail_closed;
  for (const Policy& policy : compilation->policies) {
    graph.is_forbid.push_back(policy.effect == Effect::kForbid);
  }
  graph.links = LinkSet(compilation->links);
  compilation->code.clear();
  lowering.Finish(&graph, &compilation->code);

  std::vector<bool> total;
  std::vector<uint32_t> outcomes;
  for (const Test& test : graph.tests) {
    total.push_back(test.total);
    outcomes.push_back(test.outcome_count());
  }
  FormulaPool pool(std::move(total), std::move(outcomes));
  Planner planner(graph.tests, lowering.traits(), &pool, options.plan);
  for (size_t e = 0; e < environments.size(); ++e) {
    PolicyFormulas formulas;
    for (const auto& [policy, draft] : drafts[e]) {
      formulas.emplace_back(policy, Lowering::ToFormula(draft, graph, &pool));
    }
    planner.AddRoot(formulas);
  }
  std::vector<NodeRef> roots;
  compilation->nodes = planner.Finish(&roots);
  compilation->splits_by_budget = planner.splits_by_budget();
  graph.nodes = compilation->nodes;
  for (size_t e = 0; e < environments.size(); ++e) {
    graph.environments.push_back({environments[e].action,
                                  environments[e].principal_type,
                                  environments[e].resource_type, roots[e],
                                  lowering.Slice(environments[e])});
  }
  return planner.too_large();
}

}  // namespace

void ReadPolicies(const PolicyFolder& folder, const CompileOptions& options,
                  Compilation* compilation) {
  Diagnostics* diagnostics = &compilation->diagnostics;
  compilation->schema =
      ReadSchemaSource(folder.sources, folder.schema, diagnostics);
  if (folder.matrix) {
    compilation->matrix =
        ReadMatrix(folder.sources, *folder.matrix, diagnostics);
    compilation->policies = LowerRows(*compilation->matrix, diagnostics);
  }
  if (folder.obligations != kNoSource) {
    compilation->obligations =
        Obligations(folder.sources, folder.obligations, diagnostics);
  }
  size_t position = 0;
  for (SourceId source : folder.rules) {
    for (Policy& policy :
         ReadPolicySource(folder.sources, source, diagnostics)) {
      // Positions count on from file to file.
      if (options.number_policies || policy.id.empty()) {
        policy.id = absl::StrCat("policy", position);
      }
      ++position;
      compilation->policies.push_back(std::move(policy));
    }
  }
  if (folder.links != kNoSource) {
    compilation->links =
        LinkPolicies(ReadLinks(folder.sources, folder.links, diagnostics),
                     &compilation->policies, diagnostics);
  }
  CheckIds(compilation->policies, diagnostics);
  compilation->policy_obligations.resize(compilation->policies.size());
  if (options.number_policies) return;
  for (size_t i = 0; i < compilation->policies.size(); ++i) {
    compilation->policy_obligations[i] = compilation->obligations.IndicesOf(
        compilation->policies[i], diagnostics);
  }
  compilation->obligations.WarnOfUnused(diagnostics);
}

absl::Status Compile(const PolicyFolder& folder, const CompileOptions& options,
                     Compilation* compilation) {
  ReadPolicies(folder, options, compilation);
  if (!compilation->schema) return absl::OkStatus();
  const Schema& schema = *compilation->schema;
  const std::vector<RequestEnvironment> environments =
      options.validate ? RequestEnvironments(schema)
                       : std::vector<RequestEnvironment>(1);
  if (compilation->matrix && options.validate) {
    for (const Policy& policy :
         LowerUnfinishedRows(*compilation->matrix, &compilation->diagnostics)) {
      CheckPolicy(schema, environments, policy, &compilation->diagnostics);
    }
  }

  std::vector<bool> whole(compilation->policies.size(), false);
  std::vector<PolicyIndex> too_large = BuildGraph(
      environments, options, whole, &compilation->diagnostics, compilation);
  if (compilation->diagnostics.has_errors() || options.check_only) {
    return absl::OkStatus();
  }
  while (!too_large.empty()) {
    for (PolicyIndex policy : too_large) whole[policy] = true;
    // What the checker says has been said.
    Diagnostics again(&folder.sources);
    too_large = BuildGraph(environments, options, whole, &again, compilation);
  }
  compilation->whole_policies =
      static_cast<uint32_t>(std::count(whole.begin(), whole.end(), true));

  const DecisionGraph& graph = compilation->graph;
  RETURN_IF_ERROR(graph.Verify());
  compilation->size = Measure(graph);
  std::vector<PolicyInfo> policies;
  for (size_t i = 0; i < compilation->policies.size(); ++i) {
    policies.push_back(Describe(compilation->policies[i], folder.sources));
    policies.back().obligations = compilation->policy_obligations[i];
  }
  const Explanations explanations =
      ExplainPolicies(folder.sources, schema, compilation->policies,
                      compilation->matrix ? &*compilation->matrix : nullptr);
  RETURN_IF_ERROR(explanations.Verify(policies.size()));
  ASSIGN_OR_RETURN(
      compilation->artifact,
      WriteArtifact(graph, schema, policies,
                    compilation->obligations.declarations(),
                    ArtifactSources(folder.sources), &explanations));
  return absl::OkStatus();
}

}  // namespace sekisho
