// The decision comes from the graph; what is said about it from the conditions
// in the explanations, which compute the same, clause by clause. What would
// help is not derived but tried: candidates are applied to a copy of the world,
// and those after which the clause is as wanted and no other clause of its
// policy is lost are offered.
#include "analysis/explain.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/conditions.h"
#include "analysis/value_words.h"
#include "analysis/world.h"
#include "engine/base/status_macros.h"
#include "engine/eval/evaluate.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

constexpr size_t kMaxFound = 16;

class Explainer {
 public:
  Explainer(const Artifact& artifact, const Explanations& explanations,
            World* world)
      : artifact_(artifact),
        explanations_(explanations),
        world_(*world),
        conditions_(explanations, world) {}

  // A policy whose clauses hold, all of them.
  PolicyReport Determining(PolicyIndex policy) {
    PolicyReport report = Report(policy);
    for (const ExplainedClause& clause : Clauses(policy)) {
      report.cells.push_back(Cell(clause));
    }
    return report;
  }

  // A forbid that should fail.
  PolicyReport InTheWay(PolicyIndex policy) {
    PolicyReport report = Report(policy);
    for (const ExplainedClause& clause : Clauses(policy)) {
      CellReport cell = Cell(clause);
      AddFound(clause, /*wanted=*/false, &cell);
      cell.options = Tried(world_, &conditions_, policy, clause, false);
      report.cells.push_back(std::move(cell));
    }
    return report;
  }

  // The permits that come nearest, and how far permits reach.
  std::vector<PolicyIndex> Nearest(size_t most, Coverage* coverage) {
    std::vector<std::pair<size_t, PolicyIndex>> candidates;
    *coverage = Coverage::kNoPermitForTypes;
    for (PolicyIndex i = 0; i < explanations_.policies.size(); ++i) {
      // Nobody comes nearer to a template: its links are policies.
      if (artifact_.policies()[i].is_forbid || !TypesFit(i) ||
          artifact_.graph().TemplateOf(i).has_value()) {
        continue;
      }
      size_t failing = 0;
      bool action_fits = true;
      for (const ExplainedClause& clause : Clauses(i)) {
        if (conditions_.Holds(clause.condition)) continue;
        ++failing;
        if (IsAboutAction(clause)) action_fits = false;
      }
      candidates.emplace_back(failing, i);
      if (action_fits) {
        *coverage = Coverage::kCovered;
      } else if (*coverage == Coverage::kNoPermitForTypes) {
        *coverage = Coverage::kNoPermitForAction;
      }
    }
    const size_t count = std::min(most, candidates.size());
    std::partial_sort(candidates.begin(), candidates.begin() + count,
                      candidates.end());
    std::vector<PolicyIndex> nearest;
    for (size_t i = 0; i < count; ++i) nearest.push_back(candidates[i].second);
    return nearest;
  }

  // A permit that should be satisfied, with `forbids` out of the way.
  PolicyReport Near(PolicyIndex policy,
                    const std::vector<PolicyIndex>& forbids) {
    PolicyReport report = Report(policy);
    for (const ExplainedClause& clause : Clauses(policy)) {
      if (conditions_.Holds(clause.condition)) continue;
      CellReport cell = Cell(clause);
      AddFound(clause, /*wanted=*/true, &cell);
      cell.options = Tried(world_, &conditions_, policy, clause, true);
      report.cells.push_back(std::move(cell));
    }
    report.plan = Plan(policy, forbids);
    return report;
  }

 private:
  const std::vector<ExplainedClause>& Clauses(PolicyIndex policy) const {
    return explanations_.policies[policy].clauses;
  }

  bool TypesFit(PolicyIndex policy) const {
    const ExplainedPolicy& explained = explanations_.policies[policy];
    const Request& request = world_.request();
    return (explained.principal_type.empty() ||
            explained.principal_type == request.principal.type) &&
           (explained.resource_type.empty() ||
            explained.resource_type == request.resource.type);
  }

  bool IsAboutAction(const ExplainedClause& clause) const {
    const Condition& condition = explanations_.conditions[clause.condition];
    return condition.kind == ConditionKind::kAtom &&
           condition.reads.size() == 1 &&
           explanations_.paths[condition.reads[0]].root == PathRoot::kAction;
  }

  PolicyReport Report(PolicyIndex policy) const {
    PolicyReport report;
    report.policy = policy;
    report.info = artifact_.policies()[policy];
    return report;
  }

  CellReport Cell(const ExplainedClause& clause) {
    CellReport cell;
    if (clause.column != kNoColumn) {
      const ExplainedColumn& column = explanations_.columns[clause.column];
      cell.column = column.key;
      cell.header = column.header;
      cell.from_request = column.from_request;
    }
    cell.wanted = clause.cell;
    cell.text = clause.text;
    cell.source = clause.source;
    cell.line = clause.line;
    cell.outcome = conditions_.Evaluate(clause.condition);
    return cell;
  }

  void AddFound(const ExplainedClause& clause, bool wanted, CellReport* cell) {
    for (uint32_t path : conditions_.InTheWay(clause.condition, wanted)) {
      if (cell->found.size() == kMaxFound) break;
      Found found = world_.Look(explanations_.paths[path]);
      // A missing entity is one thing, however much of it is read; that it is
      // missing says more than that something refers to it.
      auto known =
          std::find_if(cell->found.begin(), cell->found.end(),
                       [&](const Found& f) { return f.path == found.path; });
      if (known != cell->found.end()) {
        if (found.state == FoundState::kEntityMissing) *known = found;
        continue;
      }
      found.value_words = ValueWords(explanations_, found.value);
      cell->found.push_back(std::move(found));
    }
    if (!wanted) return;
    for (const Help& help : clause.help) {
      if (conditions_.Holds(help.condition) ||
          std::find(cell->help.begin(), cell->help.end(), help.words) !=
              cell->help.end()) {
        continue;
      }
      cell->help.push_back(help.words);
    }
  }

  // Applies the edits to a copy. Nothing if they do not apply, or if the copy
  // would not fit the schema.
  std::optional<World> Changed(const World& world, const EditSet& edits) {
    if (trials_ == kMaxTrials) return std::nullopt;
    ++trials_;
    World changed = world;
    for (const Edit& edit : edits) {
      if (!changed.Apply(edit)) return std::nullopt;
    }
    if (!changed.IsValid(artifact_.schema())) return std::nullopt;
    return changed;
  }

  // The options that make the clause as wanted and lose no other clause of the
  // policy that was. `conditions` are those of `world`.
  std::vector<EditSet> Tried(const World& world, Conditions* conditions,
                             PolicyIndex policy, const ExplainedClause& clause,
                             bool wanted) {
    std::vector<EditSet> options;
    if (conditions->IsAsWanted(clause.condition, wanted)) return options;
    for (EditSet& edits : conditions->Options(clause.condition, wanted)) {
      std::optional<World> changed = Changed(world, edits);
      if (!changed) continue;
      Conditions after(explanations_, &*changed);
      if (!after.IsAsWanted(clause.condition, wanted)) continue;
      // To fail, one clause is enough.
      if (wanted && Loses(policy, conditions, &after)) continue;
      for (Edit& edit : edits) {
        edit.value_words = ValueWords(explanations_, edit.value);
      }
      options.push_back(std::move(edits));
    }
    return options;
  }

  bool Loses(PolicyIndex policy, Conditions* before, Conditions* after) const {
    const auto& clauses = Clauses(policy);
    return std::any_of(clauses.begin(), clauses.end(),
                       [&](const ExplainedClause& clause) {
                         return before->Holds(clause.condition) &&
                                !after->Holds(clause.condition);
                       });
  }

  // Changes, one clause after the other, after which the graph permits by that
  // policy; empty if they are not found.
  EditSet Plan(PolicyIndex policy, const std::vector<PolicyIndex>& forbids) {
    World world = world_;
    EditSet plan;
    for (PolicyIndex forbid : forbids) {
      if (!MakeFail(forbid, &world, &plan)) return {};
    }
    for (const ExplainedClause& clause : Clauses(policy)) {
      if (!Make(policy, clause, /*wanted=*/true, &world, &plan)) return {};
    }
    if (plan.empty()) return {};
    const absl::StatusOr<Decision> decision =
        Evaluate(artifact_.graph(), world.request(), world);
    if (!decision.ok() || !decision->permitted() ||
        !std::binary_search(decision->determining.begin(),
                            decision->determining.end(), policy)) {
      return {};
    }
    return plan;
  }

  bool MakeFail(PolicyIndex policy, World* world, EditSet* plan) {
    const auto& clauses = Clauses(policy);
    return std::any_of(clauses.begin(), clauses.end(),
                       [&](const ExplainedClause& clause) {
                         return Make(policy, clause, false, world, plan);
                       });
  }

  // Makes the clause as wanted, if it is not.
  bool Make(PolicyIndex policy, const ExplainedClause& clause, bool wanted,
            World* world, EditSet* plan) {
    Conditions conditions(explanations_, world);
    if (conditions.IsAsWanted(clause.condition, wanted)) return true;
    const std::vector<EditSet> options =
        Tried(*world, &conditions, policy, clause, wanted);
    if (options.empty()) return false;
    for (const Edit& edit : options[0]) world->Apply(edit);
    plan->insert(plan->end(), options[0].begin(), options[0].end());
    return true;
  }

  const Artifact& artifact_;
  const Explanations& explanations_;
  World& world_;
  Conditions conditions_;
  size_t trials_ = 0;
};

}  // namespace

absl::StatusOr<Explanation> Explain(const Artifact& artifact,
                                    const Request& request,
                                    EntityReader& entities,
                                    const ExplainOptions& options) {
  const std::vector<FieldError> errors =
      ValidateRequest(artifact.schema(), request);
  if (!errors.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(errors[0].field, ": ", errors[0].message));
  }
  ASSIGN_OR_RETURN(const Explanations* explanations, artifact.explanations());

  RecordingReader recorder(&entities);
  Explanation out;
  out.policy_hash = artifact.hash();
  out.action = request.action;
  out.principal_type = request.principal.type;
  out.resource_type = request.resource.type;
  // With evidence, so that the whole slice is read.
  ASSIGN_OR_RETURN(out.decision, Evaluate(artifact.graph(), request, recorder,
                                          &out.evidence));
  for (PolicyIndex policy : out.decision.errors) {
    if (out.errors.size() == options.max_determining) break;
    out.errors.push_back(artifact.policies()[policy]);
  }

  World world(request, &recorder);
  Explainer explainer(artifact, *explanations, &world);
  const bool permitted = out.decision.permitted();
  for (PolicyIndex policy : out.decision.determining) {
    if (out.determining.size() == options.max_determining) break;
    out.determining.push_back(permitted ? explainer.Determining(policy)
                                        : explainer.InTheWay(policy));
  }
  for (PolicyIndex policy : out.decision.undecided_forbids) {
    if (out.undecided_forbids.size() == options.max_determining) break;
    out.undecided_forbids.push_back(explainer.InTheWay(policy));
  }
  if (!permitted) {
    // All of them, undecided ones too where another one is satisfied.
    std::vector<PolicyIndex> forbids = out.decision.determining;
    for (PolicyIndex policy : out.decision.errors) {
      if (artifact.graph().fail_closed && artifact.graph().is_forbid[policy]) {
        forbids.push_back(policy);
      }
    }
    for (PolicyIndex policy :
         explainer.Nearest(options.max_nearest, &out.coverage)) {
      out.nearest.push_back(explainer.Near(policy, forbids));
    }
  }
  RETURN_IF_ERROR(recorder.status());
  out.evidence = recorder.Read();
  return out;
}

RedactedExplanation Redact(const Explanation& explanation) {
  RedactedExplanation out;
  out.permitted = explanation.decision.permitted();
  // Behind a forbid there is nothing that the user could do.
  if (explanation.decision.cause != Cause::kNotCovered) return out;
  for (const PolicyReport& policy : explanation.nearest) {
    RedactedExplanation::Way way;
    bool useful = !policy.cells.empty();
    for (const CellReport& cell : policy.cells) {
      RedactedExplanation::Cell told;
      if (cell.from_request) {
        told.header = cell.header;
        told.wanted = cell.wanted;
      }
      told.help = cell.help;
      useful = useful && (cell.from_request || !cell.help.empty());
      way.cells.push_back(std::move(told));
    }
    if (useful &&
        std::find(out.ways.begin(), out.ways.end(), way) == out.ways.end()) {
      out.ways.push_back(std::move(way));
    }
  }
  return out;
}

}  // namespace sekisho
