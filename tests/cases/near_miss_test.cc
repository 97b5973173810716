// What the cases promise of the matrix: a near miss fails in exactly one column
// of its row, and every column that constrains a row has its near miss. Held
// against the rows by the reference evaluator, clause by clause.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/cases/near_misses.h"
#include "compiler/cedar/ast.h"
#include "compiler/reference/reference.h"
#include "engine/graph/artifact.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

using Columns = std::set<std::string>;

constexpr char kAction[] = "action";

const std::vector<Policy>& Policies() {
  return Healthcare().compilation.policies;
}

const Policy& PolicyOf(const std::string& use_case) {
  for (const Policy& policy : Policies()) {
    if (policy.id == use_case) return policy;
  }
  ADD_FAILURE() << "no policy " << use_case;
  return Policies().front();
}

// The columns that constrain the row.
Columns Constrained(const Policy& policy) {
  Columns columns;
  for (const Clause& clause : policy.clauses) columns.insert(clause.column);
  if (policy.action.kind != Scope::Kind::kAny) columns.insert(kAction);
  return columns;
}

// The columns of the row that are false or an error on this case, each
// evaluated alone; `the head` if the type of the principal or resource is
// wrong.
Columns Failing(const Policy& policy, const Case& c) {
  EntityMap entities;
  for (const Entity& entity : EntitiesOf(Healthcare().set, c)) {
    entities[entity.uid] = entity;
  }
  const ReferenceInput input{c.request, entities,
                             *Healthcare().compilation.schema};
  Columns failing;
  Policy head;
  head.action = policy.action;
  if (ReferenceSatisfied(head, input) != true) failing.insert(kAction);
  head.action = Scope();
  head.principal = policy.principal;
  head.resource = policy.resource;
  if (ReferenceSatisfied(head, input) != true) failing.insert("the head");
  for (const Clause& clause : policy.clauses) {
    const std::optional<Value> value = ReferenceEvaluate(*clause.body, input);
    if (value != Value::Bool(!clause.unless)) failing.insert(clause.column);
  }
  return failing;
}

TEST(NearMissTest, ExactlyTheNamedColumnFails) {
  size_t count = 0;
  for (const Case& c : Healthcare().set.cases) {
    if (!c.is_near_miss()) continue;
    SCOPED_TRACE(Describe(c));
    EXPECT_EQ(Failing(PolicyOf(c.request_name), c), Columns{c.column});
    EXPECT_THAT(c.by, testing::Not(testing::Contains(c.request_name)));
    ++count;
  }
  EXPECT_GT(count, 0u);
}

// What `sekisho test` says itself: of all cases which columns fail, and that no
// near miss is none.
TEST(NearMissTest, TheCommandFindsTheSameColumns) {
  const absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
      Artifact::FromBytes(Healthcare().compilation.artifact);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  ConditionsInCases conditions(Healthcare(), **artifact);
  size_t failing = 0;
  for (const Case& c : Healthcare().set.cases) {
    SCOPED_TRACE(Describe(c));
    for (const Policy& policy : Policies()) {
      if (policy.id != c.request_name && failing % 7 != 0) continue;
      Columns found;
      for (const std::string& name : conditions.Failing(policy, c)) {
        found.insert(name);
      }
      ASSERT_EQ(found, Failing(policy, c)) << policy.id;
      failing += found.size();
    }
    if (!c.is_near_miss()) continue;
    EXPECT_EQ(CheckNearMiss(Healthcare(), c, &conditions), std::nullopt);
    Case other = c;
    other.column = c.column == "role" ? "device" : "role";
    EXPECT_EQ(CheckNearMiss(Healthcare(), other, &conditions),
              absl::StrCat("no near miss of ", c.request_name, " in ",
                           other.column, ": what fails is ", c.column));
  }
  EXPECT_GT(failing, 1000u);
}

TEST(NearMissTest, GeneratedOnesFailInTheirColumnAlone) {
  const absl::StatusOr<std::shared_ptr<const Artifact>> artifact =
      Artifact::FromBytes(Healthcare().compilation.artifact);
  ASSERT_TRUE(artifact.ok()) << artifact.status();
  const NearMisses generated = GenerateNearMisses(Healthcare(), **artifact);
  EXPECT_EQ(generated.missing, 0u);
  EXPECT_EQ(generated.permits_without_case, 0u);
  for (const Case& c : generated.cases) {
    SCOPED_TRACE(Describe(c));
    EXPECT_EQ(c.expect, Expectation::kDeny);
    EXPECT_EQ(Failing(PolicyOf(c.request_name), c), Columns{c.column});
  }
  EXPECT_GT(generated.cases.size(), 400u);
}

TEST(NearMissTest, EveryConstrainedColumnHasOne) {
  std::map<std::string, Columns> missed;
  for (const Case& c : Healthcare().set.cases) {
    if (!c.is_near_miss()) continue;
    EXPECT_TRUE(missed[c.request_name].insert(c.column).second)
        << Describe(c) << " has another";
  }
  for (const Policy& policy : Policies()) {
    EXPECT_EQ(missed[policy.id], Constrained(policy)) << policy.id;
  }
}

TEST(NearMissTest, EveryUseCaseHasOnePermitOfItsOwn) {
  std::map<std::string, int> permits;
  for (const Case& c : Healthcare().set.cases) {
    if (c.name != "permit") continue;
    SCOPED_TRACE(Describe(c));
    EXPECT_EQ(c.change, "");
    EXPECT_EQ(c.expect, Expectation::kPermit);
    EXPECT_THAT(c.by, testing::ElementsAre(c.request_name));
    EXPECT_EQ(Failing(PolicyOf(c.request_name), c), Columns{});
    ++permits[c.request_name];
  }
  EXPECT_EQ(permits.size(), Policies().size());
  for (const Policy& policy : Policies()) {
    EXPECT_EQ(permits[policy.id], 1) << policy.id;
  }
}

}  // namespace
}  // namespace sekisho
