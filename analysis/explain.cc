// The decision comes from the graph; what is said about it from the conditions
// in the explanations, which compute the same, clause by clause. What would
// help is not derived but tried: candidates are applied to a copy of the world,
// and those after which the clause is as wanted and no other clause of its
// policy is lost are offered.
#include "analysis/explain.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/conditions.h"
#include "analysis/value_words.h"
#include "analysis/world.h"
#include "engine/base/status_macros.h"
#include "engine/decide/oblige.h"
#include "engine/eval/evaluate.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

constexpr size_t kMaxFound = 16;

class Explainer {
 public:
  // `decision` is what the graph said.
  Explainer(const Artifact& artifact, const Explanations& explanations,
            const ExplainOptions& options, const Decision& decision,
            World* world)
      : artifact_(artifact),
        explanations_(explanations),
        options_(options),
        decision_(decision),
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
    const size_t all = artifact_.policies().size() + decision_.links.size();
    for (PolicyIndex i = 0; i < all; ++i) {
      // Nobody comes nearer to a template: its links are policies.
      const bool is_template = i < artifact_.policies().size() &&
                               artifact_.graph().TemplateOf(i).has_value();
      if (is_template || Info(i).is_forbid || !TypesFit(i)) continue;
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
  PolicyReport Near(PolicyIndex policy, const PolicyIndexes& forbids) {
    PolicyReport report = Report(policy);
    for (const ExplainedClause& clause : Clauses(policy)) {
      if (conditions_.Holds(clause.condition)) continue;
      CellReport cell = Cell(clause);
      AddFound(clause, /*wanted=*/true, &cell);
      cell.options = Tried(world_, &conditions_, policy, clause, true);
      report.cells.push_back(std::move(cell));
    }
    AddPlan(policy, forbids, &report);
    return report;
  }

 private:
  const PolicyInfo& Info(PolicyIndex policy) const {
    return PolicyOf(artifact_.policies(), decision_, policy);
  }
  // Of a link made at run time, that of its template.
  const ExplainedPolicy& Explained(PolicyIndex policy) const {
    const size_t place = &Info(policy) - artifact_.policies().data();
    return explanations_.policies[place];
  }
  const std::vector<ExplainedClause>& Clauses(PolicyIndex policy) const {
    return Explained(policy).clauses;
  }

  bool TypesFit(PolicyIndex policy) const {
    const ExplainedPolicy& explained = Explained(policy);
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
    report.info = Info(policy);
    report.info.id = IdOf(artifact_.policies(), decision_, policy);
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
        if (found.state == FoundState::kEntityMissing ||
            found.state == FoundState::kEntityUnknown) {
          *known = found;
        }
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
  // policy; none if they are not found.
  void AddPlan(PolicyIndex policy, const PolicyIndexes& forbids,
               PolicyReport* report) {
    World world = world_;
    EditSet plan;
    for (PolicyIndex forbid : forbids) {
      if (!MakeFail(forbid, &world, &plan)) return;
    }
    for (const ExplainedClause& clause : Clauses(policy)) {
      if (!Make(policy, clause, /*wanted=*/true, &world, &plan)) return;
    }
    if (plan.empty()) return;
    const absl::StatusOr<Decision> decision =
        Evaluate(artifact_.graph(), world.request(), world,
                 /*evidence=*/nullptr, options_.links);
    if (!decision.ok() || !decision->permitted() ||
        std::none_of(decision->determining.begin(), decision->determining.end(),
                     [&](PolicyIndex by) {
                       return IdOf(artifact_.policies(), *decision, by) ==
                              report->info.id;
                     })) {
      return;
    }
    std::vector<std::string> unsupported;
    if (!IsPermitted(*decision, world.request(), &unsupported)) return;
    report->plan = std::move(plan);
    report->plan_obligations = std::move(unsupported);
  }

  // Whether the permit stays one if the enforcement point supports what it says
  // and `*unsupported`, which is what it would have to.
  bool IsPermitted(const Decision& permit, const Request& request,
                   std::vector<std::string>* unsupported) const {
    Decision decision = permit;
    *unsupported =
        Oblige(artifact_, request, options_.supported_obligations, &decision)
            .unsupported;
    if (decision.permitted()) return true;
    std::optional<std::vector<std::string>> supported =
        options_.supported_obligations;
    if (!supported) return false;
    supported->insert(supported->end(), unsupported->begin(),
                      unsupported->end());
    decision = permit;
    Oblige(artifact_, request, supported, &decision);
    return decision.permitted();
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
  const ExplainOptions& options_;
  const Decision& decision_;
  World& world_;
  Conditions conditions_;
  size_t trials_ = 0;
};

}  // namespace

absl::StatusOr<Explanation> Explain(const Artifact& artifact,
                                    const Request& request,
                                    EntityReader& entities,
                                    const ExplainOptions& options,
                                    Evidence* evidence) {
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
  Evidence slice;
  ASSIGN_OR_RETURN(out.decision, Evaluate(artifact.graph(), request, recorder,
                                          &slice, options.links));
  out.unsupported_obligations =
      Oblige(artifact, request, options.supported_obligations, &out.decision)
          .unsupported;
  for (PolicyIndex policy : out.decision.errors) {
    if (out.errors.size() == options.max_determining) break;
    out.errors.push_back(PolicyOf(artifact.policies(), out.decision, policy));
    out.errors.back().id = IdOf(artifact.policies(), out.decision, policy);
  }

  World world(request, &recorder);
  Explainer explainer(artifact, *explanations, options, out.decision, &world);
  const bool by_permits = out.decision.permitted() ||
                          out.decision.cause == Cause::kObligationUnsupported;
  for (PolicyIndex policy : out.decision.determining) {
    if (out.determining.size() == options.max_determining) break;
    out.determining.push_back(by_permits ? explainer.Determining(policy)
                                         : explainer.InTheWay(policy));
  }
  for (PolicyIndex policy : out.decision.undecided_forbids) {
    if (out.undecided_forbids.size() == options.max_determining) break;
    out.undecided_forbids.push_back(explainer.InTheWay(policy));
  }
  if (!by_permits) {
    // All of them, undecided ones too where another one is satisfied.
    PolicyIndexes forbids = out.decision.determining;
    for (PolicyIndex policy : out.decision.errors) {
      if (artifact.graph().fail_closed &&
          PolicyOf(artifact.policies(), out.decision, policy).is_forbid) {
        forbids.push_back(policy);
      }
    }
    for (PolicyIndex policy :
         explainer.Nearest(options.max_nearest, &out.coverage)) {
      out.nearest.push_back(explainer.Near(policy, forbids));
    }
  }
  RETURN_IF_ERROR(recorder.status());
  const Evidence read = recorder.Read();
  for (const ReadEntity& one : read) out.read.push_back(one.uid());
  if (evidence != nullptr) *evidence = read;
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
