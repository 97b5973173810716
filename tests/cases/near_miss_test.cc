// What the cases promise of the matrix: a near miss fails in exactly one column
// of its row, and every column that constrains a row has its near miss. Held
// against the rows by the reference evaluator, clause by clause.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/reference/reference.h"
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
