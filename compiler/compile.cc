#include "compiler/compile.h"

#include <malloc.h>

#include <algorithm>
#include <optional>
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

// The passes behind the syntax trees.
class Passes {
 public:
  Passes(const PolicyFolder& folder, const CompileOptions& options,
         Compilation* compilation)
      : folder_(folder),
        options_(options),
        schema_(*compilation->schema),
        environments_(options.validate ? RequestEnvironments(schema_)
                                       : std::vector<RequestEnvironment>(1)),
        out_(*compilation) {}

  absl::Status Run() {
    if (out_.matrix && options_.validate) {
      for (const Policy& policy :
           LowerUnfinishedRows(*out_.matrix, &out_.diagnostics)) {
        CheckPolicy(schema_, environments_, policy, &out_.diagnostics);
      }
    }
    whole_.assign(out_.policies.size(), false);
    std::vector<PolicyIndex> too_large =
        BuildGraph(/*describe=*/true, &out_.diagnostics);
    if (out_.diagnostics.has_errors() || options_.check_only) {
      return absl::OkStatus();
    }
    while (!too_large.empty()) {
      for (PolicyIndex policy : too_large) whole_[policy] = true;
      // What is wrong has been said.
      Compilation again(&folder_.sources);
      if (!options_.keep_policies) {
        ReadPolicies(folder_, options_, &again);
        out_.policies = std::move(again.policies);
      }
      too_large = BuildGraph(/*describe=*/false, &again.diagnostics);
    }
    out_.whole_policies =
        static_cast<uint32_t>(std::count(whole_.begin(), whole_.end(), true));
    RETURN_IF_ERROR(out_.graph.Verify());
    out_.size = Measure(out_.graph);
    ReturnFreeMemory();
    ASSIGN_OR_RETURN(out_.artifact,
                     WriteArtifact(out_.graph, schema_, std::move(infos_),
                                   out_.obligations.declarations(),
                                   ArtifactSources(folder_.sources),
                                   std::move(explanations_)));
    return absl::OkStatus();
  }

 private:
  // What was freed lies in small pieces between what is still there, of no use
  // for larger things.
  void ReturnFreeMemory() const {
    if (!options_.keep_policies) malloc_trim(0);
  }

  // By environment: the policies that can matter in it.
  using Drafts = std::vector<PackedDrafts>;

  // Checks, lowers and plans all policies, those of `whole_` as one test each.
  // Returns the policies that are too large otherwise; if there are any, or
  // after errors, or if they were only to be checked, there is no graph to be
  // used. With `describe`, what the artifact says of policies besides is made.
  std::vector<PolicyIndex> BuildGraph(bool describe, Diagnostics* diagnostics) {
    ConstantCache constants;
    Lowering lowering(&schema_, &constants);
    std::optional<PolicyExplainer> explainer;
    if (describe && !options_.check_only && !diagnostics->has_errors()) {
      explainer.emplace(folder_.sources, schema_,
                        out_.matrix ? &*out_.matrix : nullptr, &constants);
    }
    Drafts drafts(environments_.size());
    out_.graph = DecisionGraph();
    const size_t links_begin = out_.policies.size() - out_.links.size();
    for (PolicyIndex i = 0; i < out_.policies.size(); ++i) {
      Policy& policy = out_.policies[i];
      if (i < links_begin) {
        Lower(i, policy, diagnostics, &lowering, &drafts);
      } else if (options_.validate) {
        CheckHead(schema_, environments_, policy, diagnostics);
      }
      if (options_.check_only) continue;
      out_.graph.is_forbid.push_back(policy.effect == Effect::kForbid);
      if (explainer && !diagnostics->has_errors()) {
        infos_.push_back(Describe(policy, folder_.sources));
        infos_.back().obligations = out_.policy_obligations[i];
        explainer->Add(policy);
      }
      constants.Clear();
      if (!options_.keep_policies) policy = Policy();
    }
    if (diagnostics->has_errors() || options_.check_only) return {};
    if (!options_.keep_policies) out_.policies = std::vector<Policy>();
    if (explainer) explanations_ = explainer->Finish();
    explainer.reset();
    ReturnFreeMemory();
    return Plan(&lowering, &drafts);
  }

  void Lower(PolicyIndex index, const Policy& policy, Diagnostics* diagnostics,
             Lowering* lowering, Drafts* drafts) const {
    const std::vector<TypedPolicy> typed =
        options_.validate
            ? CheckPolicy(schema_, environments_, policy, diagnostics)
            : std::vector<TypedPolicy>(1);
    if (options_.validate) {
      out_.obligations.Check(schema_, out_.policy_obligations[index],
                             environments_, typed, diagnostics);
    }
    if (NeedsTooMuchStack(policy)) {
      diagnostics
          ->Error(policy.span,
                  absl::StrCat("the policy needs more than ", kMaxProgramStack,
                               " values at once"))
          .Help("put fewer values that are no constants into one set");
    }
    if (options_.check_only) return;
    if (policy.is_template()) {
      lowering->AddTemplate(
          index, policy,
          options_.validate
              ? AdmittedTypes(schema_, environments_, policy)
              : std::vector<std::pair<std::string, std::string>>());
    }
    for (size_t e = 0; e < environments_.size(); ++e) {
      const Draft draft =
          lowering->Lower(policy, environments_[e], typed[e], whole_[index]);
      if (draft.kind == Draft::Kind::kFalse) continue;
      lowering->Pack(index, draft, &(*drafts)[e]);
    }
  }

  std::vector<PolicyIndex> Plan(Lowering* lowering, Drafts* drafts) {
    DecisionGraph& graph = out_.graph;
    graph.schema = &schema_;
    graph.fail_closed = options_.fail_closed;
    graph.links = LinkSet(out_.links);
    out_.code.clear();
    lowering->Finish(&graph, &out_.code);

    std::vector<bool> total;
    std::vector<uint32_t> outcomes;
    for (const Test& test : graph.tests) {
      total.push_back(test.total);
      outcomes.push_back(test.outcome_count());
    }
    FormulaPool pool(std::move(total), std::move(outcomes));
    Planner planner(graph.tests, lowering->traits(), &pool, options_.plan);
    for (PackedDrafts& of_environment : *drafts) {
      const PolicyFormulas formulas =
          lowering->ToFormulas(of_environment, graph, &pool);
      of_environment = PackedDrafts();
      planner.AddRoot(formulas);
    }
    std::vector<NodeRef> roots;
    out_.nodes = planner.Finish(&roots);
    out_.splits_by_budget = planner.splits_by_budget();
    graph.nodes = out_.nodes;
    for (size_t e = 0; e < environments_.size(); ++e) {
      const RequestEnvironment& environment = environments_[e];
      graph.environments.push_back(
          {environment.action, environment.principal_type,
           environment.resource_type, roots[e], lowering->Slice(environment)});
    }
    return planner.too_large();
  }

  const PolicyFolder& folder_;
  const CompileOptions& options_;
  const Schema& schema_;
  const std::vector<RequestEnvironment> environments_;
  Compilation& out_;
  // By PolicyIndex: which are one test each.
  std::vector<bool> whole_;
  // What the artifact says of policies besides the graph.
  std::vector<PolicyInfo> infos_;
  std::string explanations_;
};

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

absl::Status CompilePolicies(const PolicyFolder& folder,
                             const CompileOptions& options,
                             Compilation* compilation) {
  return Passes(folder, options, compilation).Run();
}

absl::Status Compile(const PolicyFolder& folder, const CompileOptions& options,
                     Compilation* compilation) {
  ReadPolicies(folder, options, compilation);
  if (!compilation->schema) return absl::OkStatus();
  return CompilePolicies(folder, options, compilation);
}

}  // namespace sekisho
