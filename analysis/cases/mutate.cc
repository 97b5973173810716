#include "analysis/cases/mutate.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/cases/run_cases.h"
#include "compiler/check/checker.h"
#include "compiler/compile.h"
#include "engine/base/status_macros.h"
#include "engine/decide/oblige.h"
#include "engine/eval/evaluate.h"

namespace sekisho {
namespace {

using Kind = Mutant::Kind;
using Fate = Mutant::Fate;

ExprPtr Negation(const ExprPtr& expr) {
  return MakeOperation(ExprKind::kNot, {expr});
}

// By node: the value that asks nothing in its place.
std::vector<bool> NeutralValues(const ConditionTree& tree) {
  std::vector<bool> neutral(tree.nodes.size(), true);
  // Children stand behind their parents.
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    const TreeNode::Kind kind = tree.nodes[i].kind;
    for (const uint32_t child : tree.nodes[i].children) {
      neutral[child] = kind == TreeNode::Kind::kAnd  ? true
                       : kind == TreeNode::Kind::kOr ? false
                       : kind == TreeNode::Kind::kNot
                           ? !neutral[i]
                           : static_cast<bool>(neutral[i]);
    }
  }
  return neutral;
}

// A policy with one node of its tree changed.
class Mutator {
 public:
  Mutator(const Policy& policy, const ConditionTree& tree)
      : policy_(policy), tree_(tree), neutral_(NeutralValues(tree)) {}

  Policy Mutate(uint32_t node, Kind kind) {
    Policy mutant = policy_;
    for (size_t i = 0; i < tree_.parts.size(); ++i) {
      const size_t end = i + 1 < tree_.parts.size() ? tree_.parts[i + 1].node
                                                    : tree_.nodes.size();
      if (node < tree_.parts[i].node || node >= end) continue;
      if (tree_.parts[i].clause == TreePart::kHead) {
        MutateHead(node, kind, &mutant);
      } else if (node == tree_.parts[i].node) {
        MutateClause(tree_.parts[i].clause, kind, &mutant);
      } else {
        Clause& clause = mutant.clauses[tree_.parts[i].clause];
        uint32_t root = tree_.parts[i].node;
        if (clause.unless) root = tree_.nodes[root].children[0];
        clause.body = With(root, node, kind);
      }
    }
    return mutant;
  }

 private:
  void MutateHead(uint32_t node, Kind kind, Policy* mutant) const {
    // The parts of the head stand in this order.
    Scope* const scopes[] = {&mutant->principal, &mutant->action,
                             &mutant->resource};
    size_t at = 0;
    for (Scope* scope : scopes) {
      if (scope->kind == Scope::Kind::kAny) continue;
      if (tree_.parts[at++].node != node) continue;
      *scope = Scope();
      break;
    }
    const ExprPtr& expr = tree_.nodes[node].expr;
    if (kind == Kind::kDropped || expr == nullptr) return;
    Clause clause;
    clause.body = Negation(expr);
    clause.origin = expr->span;
    mutant->clauses.insert(mutant->clauses.begin(), std::move(clause));
  }

  static void MutateClause(size_t clause, Kind kind, Policy* mutant) {
    if (kind == Kind::kDropped) {
      mutant->clauses.erase(mutant->clauses.begin() +
                            static_cast<std::ptrdiff_t>(clause));
    } else {
      mutant->clauses[clause].unless = !mutant->clauses[clause].unless;
    }
  }

  // The expression of `at` with `node` changed.
  ExprPtr With(uint32_t at, uint32_t node, Kind kind) const {
    const TreeNode& tree_node = tree_.nodes[at];
    if (at == node) {
      return kind == Kind::kNegated ? Negation(tree_node.expr)
                                    : MakeLiteral(Value::Bool(neutral_[node]));
    }
    ExprParts parts = tree_node.expr->parts();
    for (size_t i = 0; i < tree_node.children.size(); ++i) {
      const uint32_t child = tree_node.children[i];
      const uint32_t end = i + 1 < tree_node.children.size()
                               ? tree_node.children[i + 1]
                               : ~uint32_t{0};
      // The nodes of a child stand together.
      if (child <= node && node < end) {
        parts.args[i] = With(child, node, kind);
      }
    }
    return MakeExpr(std::move(parts));
  }

  const Policy& policy_;
  const ConditionTree& tree_;
  const std::vector<bool> neutral_;
};

// The nodes that are mutated: atoms, and clauses as a whole.
std::vector<uint32_t> MutatedNodes(const ConditionTree& tree) {
  std::vector<uint32_t> nodes;
  for (uint32_t node = 1; node < tree.nodes.size(); ++node) {
    const bool is_part =
        std::any_of(tree.parts.begin(), tree.parts.end(),
                    [&](const TreePart& part) { return part.node == node; });
    if (is_part || tree.nodes[node].kind == TreeNode::Kind::kAtom) {
      nodes.push_back(node);
    }
  }
  return nodes;
}

class MutantTester {
 public:
  MutantTester(const CompiledCases& all, const Artifact& artifact,
               const CaseCoverage& coverage)
      : all_(all),
        artifact_(artifact),
        coverage_(coverage),
        compilation_(&all.folder.sources),
        environments_(RequestEnvironments(artifact.schema())) {}

  absl::StatusOr<MutationReport> Run(const std::vector<const Case*>& cases) {
    AddOriginals();
    for (size_t unit = 0; unit < coverage_.policies.size(); ++unit) {
      AddMutantsOf(unit);
    }
    RETURN_IF_ERROR(Compile());
    CaseRunner runner(artifact_, all_.set);
    for (const Case* c : cases) {
      if (c->expect == Expectation::kInvalid) continue;
      CaseEntities entities = runner.EntitiesOf(*c);
      RETURN_IF_ERROR(Test(*c, entities));
    }
    return std::move(report_);
  }

 private:
  // Where a mutant stands among the policies of the graph, and in place of
  // which policy of the artifact it is.
  struct Placed {
    size_t mutant = 0;
    PolicyIndex original = 0;
    PolicyIndex place = 0;
  };

  PolicyIndex Place(Policy policy) {
    policy.id = absl::StrCat(compilation_.policies.size());
    policy.effect = Effect::kPermit;
    policy.annotations.clear();
    compilation_.policies.push_back(std::move(policy));
    return static_cast<PolicyIndex>(compilation_.policies.size() - 1);
  }

  // Policies of the artifact keep their indices; templates are never satisfied.
  void AddOriginals() {
    for (const Policy& policy : all_.compilation.policies) {
      Place(policy.is_template() ? Never(policy) : policy);
      is_forbid_.push_back(policy.effect == Effect::kForbid);
    }
  }

  static Policy Never(const Policy& policy) {
    Policy never;
    never.span = policy.span;
    never.clauses.emplace_back();
    never.clauses[0].body = MakeLiteral(Value::Bool(false));
    return never;
  }

  // The policies that the unit stands for: itself, or the template's links.
  std::vector<PolicyIndex> PoliciesOf(const Policy& unit) const {
    const std::vector<Policy>& policies = all_.compilation.policies;
    const auto& links = all_.compilation.links;
    const size_t links_begin = policies.size() - links.size();
    std::vector<PolicyIndex> out;
    for (size_t i = 0; i < policies.size(); ++i) {
      const bool is_link =
          i >= links_begin && links[i - links_begin]->template_id == unit.id;
      if (is_link || (&policies[i] == &unit && !unit.is_template())) {
        out.push_back(static_cast<PolicyIndex>(i));
      }
    }
    return out;
  }

  void AddMutantsOf(size_t unit) {
    const PolicyCoverage& coverage = coverage_.policies[unit];
    const std::vector<PolicyIndex> originals = PoliciesOf(*coverage.policy);
    std::vector<ConditionTree> trees;
    for (const PolicyIndex original : originals) {
      trees.push_back(BuildConditionTree(all_.compilation.policies[original]));
    }
    const std::vector<bool> neutral = NeutralValues(coverage.tree);
    for (const uint32_t node : MutatedNodes(coverage.tree)) {
      for (const Kind kind : {Kind::kNegated, Kind::kDropped}) {
        Mutant mutant{unit, node, kind, Fate::kSurvived, nullptr};
        if (kind == Kind::kDropped &&
            coverage.nodes[node].constant == neutral[node]) {
          mutant.fate = Fate::kSame;
          report_.mutants.push_back(mutant);
          continue;
        }
        for (size_t i = 0; i < originals.size(); ++i) {
          Policy policy =
              Mutator(all_.compilation.policies[originals[i]], trees[i])
                  .Mutate(node, kind);
          if (!PassesChecks(policy)) {
            mutant.fate = Fate::kRefused;
            break;
          }
          placed_.push_back(
              {report_.mutants.size(), originals[i], Place(std::move(policy))});
        }
        report_.mutants.push_back(mutant);
      }
    }
  }

  bool PassesChecks(const Policy& policy) const {
    Diagnostics diagnostics(&all_.folder.sources);
    CheckPolicy(artifact_.schema(), environments_, policy, &diagnostics);
    return !diagnostics.has_errors();
  }

  absl::Status Compile() {
    compilation_.schema = artifact_.schema();
    compilation_.policy_obligations.resize(compilation_.policies.size());
    RETURN_IF_ERROR(CompilePolicies(all_.folder, {}, &compilation_));
    if (!compilation_.diagnostics.has_errors()) return absl::OkStatus();
    return absl::InternalError(compilation_.diagnostics.ToString());
  }

  absl::Status Test(const Case& c, CaseEntities& entities) {
    ASSIGN_OR_RETURN(const Decision decision,
                     Evaluate(compilation_.graph, c.request, entities));
    outcomes_.assign(compilation_.policies.size(), Tri::kFalse);
    for (const PolicyIndex i : decision.determining) outcomes_[i] = Tri::kTrue;
    for (const PolicyIndex i : decision.errors) outcomes_[i] = Tri::kError;
    for (size_t i = 0; i < placed_.size();) {
      const size_t mutant = placed_[i].mutant;
      size_t end = i;
      bool differs = false;
      for (; end < placed_.size() && placed_[end].mutant == mutant; ++end) {
        differs = differs || outcomes_[placed_[end].place] !=
                                 outcomes_[placed_[end].original];
      }
      Mutant& tested = report_.mutants[mutant];
      if (differs && tested.fate == Fate::kSurvived && Fails(c, i, end)) {
        tested.fate = Fate::kCaught;
        tested.caught_by = &c;
      }
      i = end;
    }
    return absl::OkStatus();
  }

  // Whether the case fails with the mutants [begin, end) of placed_ in place of
  // the policies that they are of.
  bool Fails(const Case& c, size_t begin, size_t end) const {
    std::vector<Tri> mutated(
        outcomes_.begin(),
        outcomes_.begin() + static_cast<std::ptrdiff_t>(is_forbid_.size()));
    for (size_t i = begin; i < end; ++i) {
      mutated[placed_[i].original] = outcomes_[placed_[i].place];
    }
    std::vector<PolicyIndex> satisfied;
    std::vector<PolicyIndex> failed;
    for (size_t i = 0; i < mutated.size(); ++i) {
      if (mutated[i] == Tri::kTrue) satisfied.push_back(i);
      if (mutated[i] == Tri::kError) failed.push_back(i);
    }
    absl::StatusOr<Decision> decision =
        Combine(is_forbid_, artifact_.graph().fail_closed, satisfied, failed);
    const Obliged obliged =
        Oblige(artifact_, c.request, std::nullopt, &*decision);
    return !Mismatches(artifact_, c, decision, obliged).empty();
  }

  const CompiledCases& all_;
  const Artifact& artifact_;
  const CaseCoverage& coverage_;
  Compilation compilation_;
  const std::vector<RequestEnvironment> environments_;
  std::vector<bool> is_forbid_;
  MutationReport report_;
  // Ascending by mutant.
  std::vector<Placed> placed_;
  // Of all policies of the graph on the case at hand.
  std::vector<Tri> outcomes_;
};

}  // namespace

size_t MutationReport::Count(Fate fate) const {
  return static_cast<size_t>(
      std::count_if(mutants.begin(), mutants.end(),
                    [&](const Mutant& mutant) { return mutant.fate == fate; }));
}

double MutationReport::percent() const {
  const size_t all = Count(Fate::kCaught) + Count(Fate::kSurvived);
  return all == 0 ? 100.0
                  : 100.0 * static_cast<double>(Count(Fate::kCaught)) /
                        static_cast<double>(all);
}

absl::StatusOr<MutationReport> TestMutants(
    const CompiledCases& all, const Artifact& artifact,
    const std::vector<const Case*>& cases, const CaseCoverage& coverage) {
  return MutantTester(all, artifact, coverage).Run(cases);
}

}  // namespace sekisho
