// Tested by tests/cases/near_miss_test.cc and tests/cli/cases_test.cc.
#include "analysis/cases/near_misses.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/cases/candidate_values.h"
#include "analysis/cases/changed_case.h"
#include "analysis/cases/run_cases.h"
#include "compiler/cedar/printer.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

constexpr char kName[] = "generated near miss";

// What a near miss makes fail: a cell of a row, an operand of the `&&` of a
// clause, or what the head demands of the action.
struct Demand {
  // Null for the action.
  const Expr* expr = nullptr;
  bool unless = false;
  std::string name;
};

void AddOperands(const Expr& expr, std::vector<Demand>* demands) {
  if (expr.kind != ExprKind::kAnd) {
    demands->push_back({&expr, false, PrintExpression(expr)});
    return;
  }
  for (const ExprPtr& arg : expr.args()) AddOperands(*arg, demands);
}

std::vector<Demand> DemandsOf(const Policy& policy) {
  std::vector<Demand> demands;
  if (policy.action.kind != Scope::Kind::kAny) {
    demands.push_back({nullptr, false, "action"});
  }
  for (const Clause& clause : policy.clauses) {
    const Expr& body = *clause.body;
    if (!clause.column.empty()) {
      demands.push_back({&body, clause.unless, clause.column});
    } else if (clause.unless) {
      demands.push_back(
          {&body, true, absl::StrCat("unless ", PrintExpression(body))});
    } else {
      AddOperands(body, &demands);
    }
  }
  return demands;
}

// Two cases of one key ask the same, whatever they are called.
std::string KeyOf(const Case& c) {
  std::string key = RequestToJson(c.request);
  for (const Entity& entity : c.put)
    absl::StrAppend(&key, EntityToJson(entity));
  for (const EntityUid& uid : c.deleted) {
    absl::StrAppend(&key, " ", uid.ToString());
  }
  return key;
}

// The population as the case finds it, as long as this object lives.
class Replaced {
 public:
  Replaced(const Case& c, EntityMap* population) : population_(*population) {
    for (const Entity& entity : c.put) {
      Keep(entity.uid);
      population_[entity.uid] = entity;
    }
    for (const EntityUid& uid : c.deleted) {
      Keep(uid);
      population_.erase(uid);
    }
  }
  ~Replaced() {
    for (auto& [uid, entity] : before_) {
      if (entity) {
        population_[uid] = *std::move(entity);
      } else {
        population_.erase(uid);
      }
    }
  }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  void Keep(const EntityUid& uid) {
    const auto it = population_.find(uid);
    before_.emplace_back(uid, it == population_.end()
                                  ? std::nullopt
                                  : std::optional<Entity>(it->second));
  }

  EntityMap& population_;
  std::vector<std::pair<EntityUid, std::optional<Entity>>> before_;
};

}  // namespace

ConditionsInCases::ConditionsInCases(const CompiledCases& all,
                                     const Artifact& artifact)
    : schema_(artifact.schema()) {
  for (const Entity& entity : all.set.population) {
    population_[entity.uid] = entity;
  }
}

std::vector<std::string> ConditionsInCases::Failing(const Policy& policy,
                                                    const Case& c) {
  const Replaced replaced(c, &population_);
  const ReferenceInput input{c.request, population_, schema_};
  std::vector<std::string> failing;
  const auto add = [&](const std::string& name) {
    if (std::find(failing.begin(), failing.end(), name) == failing.end()) {
      failing.push_back(name);
    }
  };
  Policy head;
  head.principal = policy.principal;
  head.resource = policy.resource;
  if (ReferenceSatisfied(head, input) != true) add("the head");
  head = Policy();
  head.action = policy.action;
  for (const Demand& demand : DemandsOf(policy)) {
    const bool holds = demand.expr == nullptr
                           ? ReferenceSatisfied(head, input) == true
                           : ReferenceEvaluate(*demand.expr, input) ==
                                 Value::Bool(!demand.unless);
    if (!holds) add(demand.name);
  }
  return failing;
}

std::optional<std::string> CheckNearMiss(const CompiledCases& all,
                                         const Case& c,
                                         ConditionsInCases* conditions) {
  const std::vector<Policy>& policies = all.compilation.policies;
  const auto policy =
      std::find_if(policies.begin(), policies.end(),
                   [&](const Policy& p) { return p.id == c.request_name; });
  const std::vector<std::string> failing = conditions->Failing(*policy, c);
  if (failing == std::vector<std::string>{c.column}) return std::nullopt;
  return absl::StrCat(
      "no near miss of ", policy->id, " in ", c.column, ": ",
      failing.empty()
          ? "all its conditions hold"
          : absl::StrCat("what fails is ", absl::StrJoin(failing, ", ")));
}

namespace {

class Generator {
 public:
  Generator(const CompiledCases& all, const Artifact& artifact)
      : all_(all),
        artifact_(artifact),
        runner_(artifact, all.set),
        conditions_(all, artifact),
        changer_(all.set, artifact.schema()),
        values_(artifact.schema(), all.set, all.compilation.policies) {
    for (const Case& c : all.set.cases) known_.insert(KeyOf(c));
  }

  NearMisses Run() {
    for (const Policy& policy : all_.compilation.policies) {
      if (policy.effect != Effect::kPermit || policy.is_template()) continue;
      const Case* base = BaseOf(policy);
      if (base == nullptr) {
        ++out_.permits_without_case;
        continue;
      }
      for (const Demand& demand : DemandsOf(policy)) {
        if (!Generate(policy, demand, *base)) ++out_.missing;
      }
    }
    return std::move(out_);
  }

 private:
  // Of the cases that it alone permits the one with the shortest change.
  const Case* BaseOf(const Policy& policy) const {
    const Case* base = nullptr;
    for (const Case& c : all_.set.cases) {
      if (c.expect != Expectation::kPermit || c.by.size() != 1 ||
          c.by[0] != policy.id) {
        continue;
      }
      if (base == nullptr || c.change.size() < base->change.size()) base = &c;
    }
    return base;
  }

  std::vector<std::string> StepsFor(const Demand& demand,
                                    const Request& request) const {
    std::vector<std::string> steps;
    if (demand.expr == nullptr) {
      for (const auto& [uid, action] : artifact_.schema().actions) {
        steps.push_back(absl::StrCat("action = ", uid.ToString()));
      }
      return steps;
    }
    for (const AttributePath& path : PathsOf(*demand.expr)) {
      for (std::string& step : values_.Steps(path, request)) {
        steps.push_back(std::move(step));
      }
    }
    if (steps.size() > kMaxNearMissesTried) steps.resize(kMaxNearMissesTried);
    return steps;
  }

  bool Generate(const Policy& policy, const Demand& demand, const Case& base) {
    const std::vector<std::string> alone = {demand.name};
    bool is_known = false;
    for (const std::string& step : StepsFor(demand, base.request)) {
      std::optional<Case> c = changer_.Change(base, step);
      if (!c || conditions_.Failing(policy, *c) != alone) continue;
      if (!known_.insert(KeyOf(*c)).second) {
        is_known = true;
        continue;
      }
      c->name = kName;
      c->column = demand.name;
      c->span = base.span;
      Expect(&*c);
      out_.cases.push_back(*std::move(c));
      return true;
    }
    return is_known;
  }

  // A denial; whatever forbids or fails is no matter of the permit's.
  void Expect(Case* c) {
    c->expect = Expectation::kDeny;
    const absl::StatusOr<Decision> answer = runner_.Run(*c).answer;
    if (!answer.ok() || answer->permitted()) return;
    const auto id = [&](PolicyIndex i) { return artifact_.policies()[i].id; };
    for (const PolicyIndex i : answer->determining) c->by.push_back(id(i));
    if (answer->errors.empty()) return;
    c->errors.emplace();
    for (const PolicyIndex i : answer->errors) c->errors->push_back(id(i));
  }

  const CompiledCases& all_;
  const Artifact& artifact_;
  CaseRunner runner_;
  ConditionsInCases conditions_;
  const CaseChanger changer_;
  const CandidateValues values_;
  // What stands in tables, and what has been generated.
  absl::flat_hash_set<std::string> known_;
  NearMisses out_;
};

}  // namespace

NearMisses GenerateNearMisses(const CompiledCases& all,
                              const Artifact& artifact) {
  return Generator(all, artifact).Run();
}

}  // namespace sekisho
