#include "analysis/cases/coverage.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"
#include "compiler/check/checker.h"
#include "compiler/matrix/matrix.h"
#include "compiler/matrix/read.h"
#include "compiler/source/diagnostic.h"
#include "engine/eval/evaluate.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

bool IsAtom(const TreeNode& node) { return node.kind == TreeNode::Kind::kAtom; }

Tri TriOf(const std::optional<Value>& value) {
  if (!value || !value->is_bool()) return Tri::kError;
  return value->AsBool() ? Tri::kTrue : Tri::kFalse;
}

// Whether evaluating `expr` may be an error even if the request fits the
// schema: an entity that is read may be missing, a number may be too large.
bool MayFail(const Expr& expr, const std::vector<TypedPolicy>& typed) {
  switch (expr.kind) {
    case ExprKind::kNegate:
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply:
    case ExprKind::kFunction:
      return true;
    case ExprKind::kCall:
      if (expr.name() == "getTag") return true;
      break;
    case ExprKind::kGet:
      for (const TypedPolicy& of_environment : typed) {
        const auto it = of_environment.types.find(expr.args()[0].get());
        if (it != of_environment.types.end() &&
            it->second.kind == Type::Kind::kEntity) {
          return true;
        }
      }
      break;
    default:
      break;
  }
  return std::any_of(expr.args().begin(), expr.args().end(),
                     [&](const ExprPtr& arg) { return MayFail(*arg, typed); });
}

// Whether a condition of a head rests on the types and the action alone.
bool RestsOnEnvironment(const Expr& expr) {
  return expr.kind == ExprKind::kIs
             ? expr.args().size() == 1
             : expr.args()[0]->variable == Variable::kAction;
}

// What `expr` reads, as Cedar text.
void AddReads(const Expr& expr, absl::flat_hash_set<std::string>* reads) {
  if (expr.kind == ExprKind::kGet) reads->insert(PrintExpression(expr));
  for (const ExprPtr& arg : expr.args()) AddReads(*arg, reads);
}

// Whether the checks demand `expr` for some of `reads` to be allowed.
bool IsGuard(const Expr& expr, const absl::flat_hash_set<std::string>& reads) {
  if (expr.kind == ExprKind::kHas) {
    return reads.contains(PrintExpression(
        *MakeOperation(ExprKind::kGet, {expr.args()[0]}, expr.name())));
  }
  if (expr.kind != ExprKind::kIs || expr.args().size() != 1) return false;
  const std::string start = absl::StrCat(PrintExpression(*expr.args()[0]), ".");
  return std::any_of(reads.begin(), reads.end(), [&](const std::string& read) {
    return absl::StartsWith(read, start);
  });
}

bool SameAnswer(const Decision& a, const Decision& b) {
  return a.cause == b.cause && a.determining == b.determining;
}

}  // namespace

double CoverageTotals::percent() const {
  return outcomes == 0 ? 100.0
                       : 100.0 * static_cast<double>(outcomes_covered) /
                             static_cast<double>(outcomes);
}

CoverageTotals CaseCoverage::Totals() const {
  CoverageTotals totals;
  for (const PolicyCoverage& policy : policies) {
    ++totals.policies;
    totals.policies_covered += policy.determining > 0;
    for (const TreePart& part : policy.tree.parts) {
      const NodeCoverage& node = policy.nodes[part.node];
      ++totals.parts;
      totals.parts_covered +=
          !node.HasGap(Tri::kFalse) && !node.HasGap(Tri::kTrue);
    }
    for (size_t i = 0; i < policy.nodes.size(); ++i) {
      if (!IsAtom(policy.tree.nodes[i])) continue;
      const NodeCoverage& node = policy.nodes[i];
      for (const Tri value : {Tri::kFalse, Tri::kTrue}) {
        if (!node.IsGoal(value)) continue;
        ++totals.outcomes;
        totals.outcomes_seen += node.of(value).seen > 0;
        totals.outcomes_covered += node.IsCovered(value);
      }
    }
  }
  return totals;
}

CoverageMeter::CoverageMeter(const Compilation& compilation, const CaseSet& set)
    : compilation_(compilation) {
  for (const Entity& entity : set.population) entities_[entity.uid] = entity;
  AddUnits();
  for (PolicyCoverage& unit : coverage_.policies) {
    unit.nodes.resize(unit.tree.nodes.size());
    FindConstants(&unit);
    NameColumns(&unit);
  }
}

void CoverageMeter::NameColumns(PolicyCoverage* unit) const {
  if (!compilation_.matrix) return;
  const MatrixReading& matrix = *compilation_.matrix;
  const std::optional<size_t> row = matrix.matrix.FindRow(unit->policy->id);
  if (!row || unit->policy->span != matrix.matrix.rows[*row].span) return;
  for (TreePart& part : unit->tree.parts) {
    const std::vector<CellReading>& cells = matrix.rows[*row].cells;
    for (size_t i = 0; i < cells.size() && part.column.empty(); ++i) {
      const ExprPtr& condition = cells[i].meaning.condition;
      if (condition != nullptr && condition->span.source == part.span.source &&
          condition->span.begin <= part.span.begin &&
          part.span.end <= condition->span.end) {
        part.column = matrix.matrix.columns[i].key;
      }
    }
  }
}

void CoverageMeter::AddUnits() {
  const std::vector<Policy>& policies = compilation_.policies;
  const size_t links_begin = policies.size() - compilation_.links.size();
  absl::flat_hash_map<std::string, size_t> unit_of;
  for (size_t i = 0; i < policies.size(); ++i) {
    const Policy& policy = policies[i];
    is_forbid_.push_back(policy.effect == Effect::kForbid);
    Evaluated evaluated;
    evaluated.policy = &policy;
    if (i < links_begin) {
      evaluated.unit = coverage_.policies.size();
      unit_of.emplace(policy.id, evaluated.unit);
      coverage_.policies.push_back(
          {&policy, BuildConditionTree(policy), {}, 0});
    } else {
      evaluated.unit =
          unit_of.at(compilation_.links[i - links_begin]->template_id);
    }
    if (!policy.is_template()) evaluated.tree = BuildConditionTree(policy);
    evaluated.values.resize(evaluated.tree.nodes.size());
    evaluated_.push_back(std::move(evaluated));
  }
}

void CoverageMeter::FindConstants(PolicyCoverage* unit) const {
  const Schema& schema = *compilation_.schema;
  const std::vector<RequestEnvironment> environments =
      RequestEnvironments(schema);
  Diagnostics ignored(nullptr);
  std::vector<TypedPolicy> typed =
      CheckPolicy(schema, environments, *unit->policy, &ignored);
  typed.erase(std::remove_if(typed.begin(), typed.end(),
                             [](const TypedPolicy& t) { return !t.applies; }),
              typed.end());
  for (const TreePart& part : unit->tree.parts) {
    const TreeNode& node = unit->tree.nodes[part.node];
    if (part.clause != TreePart::kHead || node.expr == nullptr ||
        !RestsOnEnvironment(*node.expr)) {
      continue;
    }
    std::array<bool, 2> possible = {};
    for (const RequestEnvironment& environment : environments) {
      const Request request{{environment.principal_type, ""},
                            environment.action,
                            {environment.resource_type, ""}};
      const std::optional<Value> value =
          ReferenceEvaluate(*node.expr, {request, {}, schema});
      possible[TriOf(value) == Tri::kTrue] = true;
    }
    if (possible[0] != possible[1]) {
      unit->nodes[part.node].constant = possible[1];
    }
  }
  absl::flat_hash_set<std::string> reads;
  if (unit->policy->effect == Effect::kPermit) {
    for (const Clause& clause : unit->policy->clauses) {
      AddReads(*clause.body, &reads);
    }
  }
  for (size_t i = 0; i < unit->nodes.size(); ++i) {
    const TreeNode& node = unit->tree.nodes[i];
    if (node.expr == nullptr || typed.empty()) continue;
    NodeCoverage& coverage = unit->nodes[i];
    coverage.is_guard = IsGuard(*node.expr, reads);
    coverage.may_fail = MayFail(*node.expr, typed);
    const auto of_first = typed[0].constants.find(node.expr.get());
    if (of_first == typed[0].constants.end()) continue;
    const bool value = of_first->second;
    if (std::all_of(typed.begin(), typed.end(), [&](const TypedPolicy& t) {
          const auto it = t.constants.find(node.expr.get());
          return it != t.constants.end() && it->second == value;
        })) {
      coverage.constant = value;
    }
  }
}

void CoverageMeter::WithEntities(const Case& c, absl::FunctionRef<void()> use) {
  std::vector<std::pair<EntityUid, std::optional<Entity>>> before;
  const auto keep = [&](const EntityUid& uid) {
    const auto it = entities_.find(uid);
    before.emplace_back(uid, it == entities_.end()
                                 ? std::nullopt
                                 : std::optional<Entity>(it->second));
  };
  for (const Entity& entity : c.put) {
    keep(entity.uid);
    entities_[entity.uid] = entity;
  }
  for (const EntityUid& uid : c.deleted) {
    keep(uid);
    entities_.erase(uid);
  }
  use();
  for (auto& [uid, entity] : before) {
    if (entity) {
      entities_[uid] = *std::move(entity);
    } else {
      entities_.erase(uid);
    }
  }
}

void CoverageMeter::EvaluateConditions(const Case& c,
                                       std::optional<size_t> unit) {
  const ReferenceInput input{c.request, entities_, *compilation_.schema};
  // Conditions are shared by the rows of a matrix.
  absl::flat_hash_map<const Expr*, Tri> known;
  for (Evaluated& policy : evaluated_) {
    if (policy.values.empty() || (unit && policy.unit != *unit)) continue;
    for (size_t i = 0; i < policy.values.size(); ++i) {
      const TreeNode& node = policy.tree.nodes[i];
      if (!IsAtom(node)) continue;
      const auto [it, is_new] = known.try_emplace(node.expr.get());
      if (is_new) it->second = TriOf(ReferenceEvaluate(*node.expr, input));
      policy.values[i].value = it->second;
    }
    Evaluate(policy.tree, &policy.values);
  }
}

// The decision, had the policy come out so.
Decision CoverageMeter::DecisionIf(size_t policy, Tri outcome) const {
  std::vector<PolicyIndex> satisfied;
  std::vector<PolicyIndex> failed;
  for (size_t i = 0; i < evaluated_.size(); ++i) {
    if (evaluated_[i].values.empty()) continue;
    const Tri value = i == policy ? outcome : evaluated_[i].values[0].value;
    if (value == Tri::kTrue) satisfied.push_back(static_cast<PolicyIndex>(i));
    if (value == Tri::kError) failed.push_back(static_cast<PolicyIndex>(i));
  }
  return Combine(is_forbid_, compilation_.graph.fail_closed, satisfied, failed);
}

bool CoverageMeter::WouldCover(const Case& c, size_t unit, uint32_t node,
                               Tri value) {
  bool covers = false;
  WithEntities(c, [&] {
    EvaluateConditions(c, unit);
    for (size_t i = 0; i < evaluated_.size() && !covers; ++i) {
      if (evaluated_[i].unit != unit || evaluated_[i].values.empty()) continue;
      const NodeValue& observed = evaluated_[i].values[node];
      const Tri outcome = evaluated_[i].values[0].value;
      if (!observed.reached || observed.value != value ||
          (observed.policy_if[0] == outcome &&
           observed.policy_if[1] == outcome)) {
        continue;
      }
      EvaluateConditions(c, std::nullopt);
      covers = ChangesDecision(i, observed,
                               DecisionIf(evaluated_.size(), Tri::kFalse));
    }
  });
  return covers;
}

// Whether the decision would be another one with the opposite of the node.
bool CoverageMeter::ChangesDecision(size_t policy, const NodeValue& node,
                                    const Decision& decision) const {
  const Tri outcome = evaluated_[policy].values[0].value;
  for (const Tri other : {Tri::kFalse, Tri::kTrue}) {
    const Tri then = node.policy_if[static_cast<size_t>(other)];
    if (other != node.value && then != outcome &&
        !SameAnswer(DecisionIf(policy, then), decision)) {
      return true;
    }
  }
  return false;
}

absl::Status CoverageMeter::Add(const Case& c, const Decision& decision) {
  WithEntities(c, [&] { EvaluateConditions(c, std::nullopt); });
  // Of no policy: as things are.
  const Decision observed = DecisionIf(evaluated_.size(), Tri::kFalse);
  if (!SameAnswer(observed, decision) || observed.errors != decision.errors) {
    return absl::InternalError(
        absl::StrCat("the graph does not decide the case `", c.Label(),
                     "` as its conditions say: please report this"));
  }
  ++coverage_.cases;
  for (size_t i = 0; i < evaluated_.size(); ++i) Count(c, i, decision);
  return absl::OkStatus();
}

void CoverageMeter::Count(const Case& c, size_t policy,
                          const Decision& decision) {
  const std::vector<NodeValue>& values = evaluated_[policy].values;
  if (values.empty()) return;
  PolicyCoverage& unit = coverage_.policies[evaluated_[policy].unit];
  const Tri outcome = values[0].value;
  unit.determining +=
      std::find(decision.determining.begin(), decision.determining.end(),
                policy) != decision.determining.end();
  for (size_t i = 0; i < values.size(); ++i) {
    NodeCoverage& node = unit.nodes[i];
    if (!values[i].reached) {
      ++node.not_reached;
      ++node.decided_by[values[i].decided_by];
      continue;
    }
    OutcomeCoverage& seen = node.outcomes[static_cast<size_t>(values[i].value)];
    ++seen.seen;
    const auto changes_policy = [&](Tri other) {
      return other != values[i].value &&
             values[i].policy_if[static_cast<size_t>(other)] != outcome;
    };
    if (!changes_policy(Tri::kFalse) && !changes_policy(Tri::kTrue)) continue;
    ++seen.changed_policy;
    const bool changes_answer = ChangesDecision(policy, values[i], decision);
    seen.changed_decision += changes_answer;
    if (changes_answer &&
        seen.examples.size() < OutcomeCoverage::kMaxExamples) {
      seen.examples.push_back(&c);
    }
  }
}

}  // namespace sekisho
