// Property: what an explanation says of policies is what the reference
// evaluator says, on the cases of the healthcare policies and on random
// policies; the decision is the graph's; and what it suggests helps.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/conditions.h"
#include "analysis/explain.h"
#include "analysis/world.h"
#include "compiler/cedar/ast.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/reference/reference.h"
#include "engine/decide/decide.h"
#include "engine/entities/memory.h"
#include "engine/graph/artifact.h"
#include "engine/model/json.h"
#include "gtest/gtest.h"
#include "tests/cases/healthcare.h"
#include "tests/differential/random_policies.h"
#include "tests/explain/edited_case.h"

namespace sekisho {
namespace {

Truth TruthOf(const std::optional<bool>& value) {
  return !value ? Truth::kError : *value ? Truth::kTrue : Truth::kFalse;
}

Truth TruthOf(const std::optional<Value>& value) {
  return !value || !value->is_bool() ? Truth::kError
                                     : TruthOf(std::optional(value->AsBool()));
}

EntityMap MapOf(const std::vector<Entity>& entities) {
  EntityMap map;
  for (const Entity& entity : entities) map[entity.uid] = entity;
  return map;
}

// The truth of the whole policy, from its clauses.
Truth WholeTruth(const ExplainedPolicy& policy, const Request& request,
                 Conditions* conditions) {
  if (!policy.principal_type.empty() &&
      policy.principal_type != request.principal.type) {
    return Truth::kFalse;
  }
  if (!policy.resource_type.empty() &&
      policy.resource_type != request.resource.type) {
    return Truth::kFalse;
  }
  for (const ExplainedClause& clause : policy.clauses) {
    const Truth truth = conditions->Evaluate(clause.condition);
    if (truth != Truth::kTrue) return truth;
  }
  return Truth::kTrue;
}

TEST(ExplainDifferentialTest, EveryClauseOfEveryCaseIsTheReferences) {
  const CompiledCases& all = Healthcare();
  auto artifact = Artifact::FromBytes(all.compilation.artifact);
  ASSERT_TRUE(artifact.ok());
  auto explanations = (*artifact)->explanations();
  ASSERT_TRUE(explanations.ok()) << explanations.status();
  std::map<Truth, size_t> clauses;
  for (const Case& c : all.set.cases) {
    if (c.expect == Expectation::kInvalid) continue;
    SCOPED_TRACE(Describe(c));
    const std::vector<Entity> entities = EntitiesOf(all.set, c);
    const EntityMap map = MapOf(entities);
    const ReferenceInput input{c.request, map, *all.compilation.schema};
    MemoryEntities memory(entities);
    RecordingReader recorder(&memory);
    World world(c.request, &recorder);
    Conditions conditions(**explanations, &world);
    for (size_t i = 0; i < all.compilation.policies.size(); ++i) {
      const Policy& policy = all.compilation.policies[i];
      const ExplainedPolicy& explained = (*explanations)->policies[i];
      std::map<std::string, Truth> expected;
      Policy head;
      head.action = policy.action;
      expected["action"] = TruthOf(ReferenceSatisfied(head, input));
      for (const Clause& clause : policy.clauses) {
        ASSERT_FALSE(clause.unless);
        expected[clause.column] =
            TruthOf(ReferenceEvaluate(*clause.body, input));
      }
      ASSERT_EQ(explained.clauses.size(), expected.size());
      for (const ExplainedClause& clause : explained.clauses) {
        const std::string& column = (*explanations)->columns[clause.column].key;
        const Truth truth = conditions.Evaluate(clause.condition);
        EXPECT_EQ(truth, expected.at(column)) << policy.id << " " << column;
        ++clauses[truth];
      }
    }
    auto decision = Decide(**artifact, c.request, memory);
    auto explanation = Explain(**artifact, c.request, memory);
    ASSERT_TRUE(decision.ok() && explanation.ok());
    EXPECT_EQ(explanation->decision, *decision);
  }
  EXPECT_GT(clauses[Truth::kTrue], 10'000u);
  EXPECT_GT(clauses[Truth::kFalse], 10'000u);
  EXPECT_GT(clauses[Truth::kError], 100u);
}

// One random policy set with what it is asked.
class RandomSet {
 public:
  RandomSet(RandomPolicies* generate, uint64_t number)
      : text_(generate->Policies(1 + static_cast<int>(generate->Below(12)))),
        label_(absl::StrCat("set ", number, "\n", text_)) {
    options_.fail_closed = generate->Chance(50);
    options_.validate = generate->Chance(70);
    auto folder = MakePolicyFolder(
        {{"s.cedarschema", kRandomSchema}, {"p.cedar", text_}});
    folder_ = std::make_unique<PolicyFolder>(*std::move(folder));
    compilation_ = std::make_unique<Compilation>(&folder_->sources);
    EXPECT_TRUE(Compile(*folder_, options_, compilation_.get()).ok());
    EXPECT_FALSE(compilation_->diagnostics.has_errors()) << text_;
    artifact_ = *Artifact::FromBytes(compilation_->artifact);
    set_.population = generate->Entities();
  }

  void Ask(const Request& request) {
    SCOPED_TRACE(absl::StrCat(label_, RequestToJson(request), "\n",
                              EntitiesToJson(set_.population)));
    const EntityMap map = MapOf(set_.population);
    const ReferenceInput input{request, map, *compilation_->schema};
    auto explanations = artifact_->explanations();
    ASSERT_TRUE(explanations.ok()) << explanations.status();
    MemoryEntities memory(set_.population);
    RecordingReader recorder(&memory);
    World world(request, &recorder);
    Conditions conditions(**explanations, &world);
    for (size_t i = 0; i < compilation_->policies.size(); ++i) {
      ASSERT_EQ(WholeTruth((*explanations)->policies[i], request, &conditions),
                TruthOf(ReferenceSatisfied(compilation_->policies[i], input)))
          << compilation_->policies[i].id;
    }
    auto explanation = Explain(*artifact_, request, memory);
    ASSERT_TRUE(explanation.ok()) << explanation.status();
    ASSERT_EQ(
        explanation->decision,
        ReferenceDecide(compilation_->policies, input, options_.fail_closed));
    Case c;
    c.request = request;
    for (const PolicyReport& report : explanation->nearest) {
      TryNear(c, report);
    }
    for (const auto* forbids :
         {&explanation->determining, &explanation->undecided_forbids}) {
      if (explanation->decision.permitted()) continue;
      for (const PolicyReport& report : *forbids) TryForbid(c, report);
    }
  }

  size_t plans = 0;
  size_t options = 0;
  size_t forbid_options = 0;

 private:
  // What the reference says of the policy after the edits.
  Truth After(const Case& c, const EditSet& edits, PolicyIndex policy,
              Decision* decision) {
    const EditedCase edited = ApplyEdits(set_, c, edits);
    EXPECT_EQ(edited.errors, "");
    const EntityMap map = MapOf(edited.entities);
    const ReferenceInput input{edited.request, map, *compilation_->schema};
    *decision =
        ReferenceDecide(compilation_->policies, input, options_.fail_closed);
    return TruthOf(ReferenceSatisfied(compilation_->policies[policy], input));
  }

  void TryNear(const Case& c, const PolicyReport& report) {
    Decision decision;
    if (!report.plan.empty()) {
      ++plans;
      EXPECT_EQ(After(c, report.plan, report.policy, &decision), Truth::kTrue)
          << report.info.id;
      EXPECT_TRUE(decision.permitted()) << report.info.id;
    }
    if (report.cells.size() != 1) return;
    for (const EditSet& edits : report.cells[0].options) {
      ++options;
      EXPECT_EQ(After(c, edits, report.policy, &decision), Truth::kTrue)
          << report.info.id;
    }
  }

  void TryForbid(const Case& c, const PolicyReport& report) {
    Decision decision;
    for (const CellReport& cell : report.cells) {
      for (const EditSet& edits : cell.options) {
        ++forbid_options;
        EXPECT_NE(After(c, edits, report.policy, &decision), Truth::kTrue)
            << report.info.id;
      }
    }
  }

  std::string text_;
  std::string label_;
  CompileOptions options_;
  std::unique_ptr<PolicyFolder> folder_;
  std::unique_ptr<Compilation> compilation_;
  std::shared_ptr<const Artifact> artifact_;
  CaseSet set_;
};

TEST(ExplainDifferentialTest, RandomPoliciesAreExplainedAsTheReferenceDecides) {
  RandomPolicies generate(20261122);
  size_t plans = 0;
  size_t options = 0;
  size_t forbid_options = 0;
  for (uint64_t i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
    RandomSet set(&generate, i);
    for (int k = 0; k < 25 && !testing::Test::HasFailure(); ++k) {
      set.Ask(generate.MakeRequest());
    }
    plans += set.plans;
    options += set.options;
    forbid_options += set.forbid_options;
  }
  std::cout << plans << " plans, " << options << " options, " << forbid_options
            << " of forbids\n";
  EXPECT_GT(plans, 300u);
  EXPECT_GT(options, 400u);
  EXPECT_GT(forbid_options, 100u);
}

}  // namespace
}  // namespace sekisho
