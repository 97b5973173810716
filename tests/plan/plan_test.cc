// What graphs policies become, and that neither the budget nor the order of
// sources changes a decision.
#include "compiler/plan/plan.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/compile.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSchema[] = R"(
entity User { vip: Bool, age: Long };
entity Doc { open: Bool };
action read appliesTo {
  principal: User, resource: Doc,
  context: {
    a: Bool, b: Bool, c: Bool, d: Bool, n: Long, place: String, other: String,
  },
};
)";

using Files = std::vector<std::pair<std::string, std::string>>;

struct Compiled {
  PolicyFolder folder;
  std::unique_ptr<Compilation> compilation;

  const DecisionGraph& graph() const { return compilation->graph; }
  // The ids of the policies at those indices, ordered.
  std::vector<std::string> Ids(const PolicyIndexes& policies) const {
    std::vector<std::string> ids;
    for (PolicyIndex policy : policies) {
      ids.push_back(compilation->policies[policy].id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }
};

std::unique_ptr<Compiled> CompileFiles(Files files, uint32_t budget,
                                       uint32_t policy_budget = 10'000,
                                       uint32_t table_threshold = 512) {
  files.emplace_back("s.cedarschema", kSchema);
  auto out = std::make_unique<Compiled>();
  out->folder = *MakePolicyFolder(std::move(files));
  out->compilation = std::make_unique<Compilation>(&out->folder.sources);
  CompileOptions options;
  options.plan.node_budget = budget;
  options.plan.policy_budget = policy_budget;
  options.plan.table_threshold = table_threshold;
  const absl::Status status =
      Compile(out->folder, options, out->compilation.get());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(out->compilation->diagnostics.has_errors())
      << out->compilation->diagnostics.ToString();
  return out;
}

std::unique_ptr<Compiled> CompileText(const std::string& rules,
                                      uint32_t budget = 1'000'000) {
  return CompileFiles({{"p.cedar", rules}}, budget);
}

std::string Permit(const std::string& condition) {
  return absl::StrCat("permit(principal, action, resource) when {", condition,
                      "};\n");
}

std::string Forbid(const std::string& condition) {
  return absl::StrCat("forbid(principal, action, resource) when {", condition,
                      "};\n");
}

// The graph without its tests.
std::string Nodes(const std::string& rules) {
  const std::string text = CompileText(rules)->graph().ToString();
  return text.substr(text.find("root "));
}

constexpr char kRoot[] = "root Action::\"read\" User Doc n0\n";

TEST(PlanTest, SmallGraphs) {
  const struct {
    std::string rules;
    const char* nodes;
  } kCases[] = {
      {"", "n0 end\n"},
      {"permit(principal, action, resource);", "n0 emit +p0 ->n1\nn1 end\n"},
      {Permit("false"), "n0 end\n"},
      {Permit("context.a"),
       "n0 branch t0 false->n2 true->n1\n"
       "n1 emit +p0 ->n2\n"
       "n2 end\n"},
      // A test whose outcome makes no difference is not asked.
      {Permit("context.a || !(context.a)"), "n0 emit +p0 ->n1\nn1 end\n"},
      {Permit("(context.a && context.b) || (!(context.a) && context.b)"),
       "n0 branch t1 false->n2 true->n1\n"
       "n1 emit +p0 ->n2\n"
       "n2 end\n"},
      // Policies that are decided are reported at once, and share what is left.
      {Permit("context.a") + Permit("context.a && context.b"),
       "n0 branch t0 false->n4 true->n1\n"
       "n1 emit +p0 ->n2\n"
       "n2 branch t1 false->n4 true->n3\n"
       "n3 emit +p1 ->n4\n"
       "n4 end\n"},
      // Policies that share no test are walked apart.
      {Permit("context.a") + Forbid("context.b"),
       "n0 split n3 n1\n"
       "n1 branch t1 false->n5 true->n2\n"
       "n2 emit +p1 ->n5\n"
       "n3 branch t0 false->n5 true->n4\n"
       "n4 emit +p0 ->n5\n"
       "n5 end\n"},
      // One node for all that is asked of a value.
      {Permit("context.n < 3") + Permit("context.n >= 3 && context.n < 9"),
       "n0 branch t0 ..2->n2 3..8->n1 9..->n3\n"
       "n1 emit +p1 ->n3\n"
       "n2 emit +p0 ->n3\n"
       "n3 end\n"},
      {Permit("context.place == \"x\" || context.place == \"y\"") +
           Permit("context.place == \"z\""),
       "n0 branch t0 \"x\"->n2 \"z\"->n1 other->n3\n"
       "n1 emit +p1 ->n3\n"
       "n2 emit +p0 ->n3\n"
       "n3 end\n"},
      // An absent entity is one outcome.
      {Forbid("principal.vip && principal.age > 3"),
       "n0 branch t1 false->n4 true->n1\n"
       "n1 branch t0 false->n5 true->n2\n"
       "n2 branch t2 ..3->n5 4..->n3\n"
       "n3 emit +p0 ->n5\n"
       "n4 emit !p0 ->n5\n"
       "n5 end\n"},
      // What may fail has an edge for it.
      {Permit("context.n + 1 == 2"),
       "n0 branch t0 false->n3 true->n2 error->n1\n"
       "n1 emit !p0 ->n3\n"
       "n2 emit +p0 ->n3\n"
       "n3 end\n"},
      // The request is asked before the store where that decides.
      {Permit("context.a && principal.vip"),
       "n0 branch t0 false->n5 true->n1\n"
       "n1 branch t2 false->n4 true->n2\n"
       "n2 branch t1 false->n5 true->n3\n"
       "n3 emit +p0 ->n5\n"
       "n4 emit !p0 ->n5\n"
       "n5 end\n"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Nodes(c.rules), std::string(kRoot) + c.nodes) << c.rules;
  }
}

// Rows that differ in one value, as those of a matrix do.
TEST(PlanTest, DisjointRowsTakeNodesInProportion) {
  for (int rows : {10, 100, 1000, 10'000}) {
    std::string rules;
    for (int i = 0; i < rows; ++i) {
      absl::StrAppend(&rules, Permit(absl::StrCat("context.place == \"p", i,
                                                  "\" && context.a")));
    }
    const auto compiled = CompileText(rules);
    // For each row a branch on the rest and an emit.
    EXPECT_LE(compiled->compilation->size.nodes,
              static_cast<uint32_t>(2 * rows + 2));
    EXPECT_EQ(compiled->compilation->size.worst_tests, 2u);
    EXPECT_EQ(compiled->compilation->splits_by_budget, 0u);
  }
}

TEST(PlanTest, IndependentPoliciesTakeNodesInProportion) {
  for (int count : {10, 100, 1000}) {
    std::string rules;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&rules,
                      Permit(absl::StrCat("context.place like \"p", i, "*\"")));
    }
    const auto compiled = CompileText(rules);
    EXPECT_LE(compiled->compilation->size.nodes,
              static_cast<uint32_t>(2 * count + 2));
    EXPECT_EQ(compiled->compilation->splits_by_budget, 0u);
  }
}

// Policies that share tests in a chain: as deep as combining goes, and beyond.
TEST(PlanTest, LongChainsOfPolicies) {
  std::string rules;
  for (int i = 0; i < 2500; ++i) {
    absl::StrAppend(&rules, Permit(absl::StrCat("context.place like \"p", i,
                                                "*\" || context.place like \"p",
                                                i + 1, "*\"")));
  }
  const auto compiled = CompileText(rules, 20'000);
  EXPECT_LE(compiled->compilation->size.nodes, 60'000u);
  EXPECT_EQ(compiled->compilation->size.worst_tests, 2501u);
}

// A policy whose tests would take exponentially many nodes is one test.
TEST(PlanTest, APolicyThatIsTooLargeIsOneTest) {
  std::mt19937 random(3);
  std::string hard = "true";
  for (int i = 0; i < 80; ++i) {
    absl::StrAppend(&hard, " && (");
    for (int k = 0; k < 3; ++k) {
      absl::StrAppend(&hard, k ? " || " : "", random() % 2 ? "!" : "",
                      "(context.place like \"*", random() % 60, "*\")");
    }
    absl::StrAppend(&hard, ")");
  }
  const auto compiled =
      CompileText(Permit(hard) + Permit("context.place like \"*7*\""), 1000);
  EXPECT_EQ(compiled->compilation->whole_policies, 1u);
  EXPECT_LT(compiled->compilation->size.nodes, 10u);
  EXPECT_EQ(compiled->compilation->size.worst_tests, 2u);
  const auto small = CompileText(Permit("context.a && context.b"), 0);
  EXPECT_EQ(small->compilation->whole_policies, 0u);
}

// Random policies over a few tests, so that they share much.
class RandomRules {
 public:
  explicit RandomRules(uint32_t seed) : random_(seed) {}

  std::string Rule(int i) {
    const std::string text =
        absl::StrCat("@id(\"r", i, "\") ", random_() % 3 ? "permit" : "forbid");
    return absl::StrCat(text, "(principal, action, resource) when {",
                        Condition(5), "};\n");
  }

  Request MakeRequest() {
    auto flag = [&] { return Value::Bool(random_() % 2); };
    Request request;
    request.principal = {"User", random_() % 4 ? "ann" : "gone"};
    request.action = {"Action", "read"};
    request.resource = {"Doc", "d"};
    const char* const kPlaces[] = {"x", "y", "z", "w"};
    request.context =
        Value::Record({{"a", flag()},
                       {"b", flag()},
                       {"c", flag()},
                       {"d", flag()},
                       {"n", Value::Long(static_cast<int64_t>(random_() % 8))},
                       {"place", Value::String(kPlaces[random_() % 4])},
                       {"other", Value::String("o")}});
    return request;
  }

 private:
  std::string Condition(int depth) {
    if (depth == 0 || random_() % 5 == 0) {
      const char* const kAtoms[] = {"context.a",
                                    "context.b",
                                    "context.c",
                                    "context.d",
                                    "context.n < 3",
                                    "context.n == 5",
                                    "context.n >= 6",
                                    "context.place == \"x\"",
                                    "context.place == \"y\"",
                                    "principal.vip",
                                    "principal.age > 30",
                                    "principal.age * 9223372036854775807 > 1"};
      return kAtoms[random_() % 12];
    }
    const char* op = random_() % 2 ? " && " : " || ";
    return absl::StrCat(random_() % 4 ? "" : "!", "(", Condition(depth - 1), op,
                        Condition(depth - 1), ")");
  }

  std::mt19937 random_;
};

// Neither the budget, nor compiling again, nor the order of files, makes a
// difference.
TEST(PlanTest, EveryPlanDecidesTheSame) {
  Entity ann;
  ann.uid = {"User", "ann"};
  ann.attributes =
      Value::Record({{"vip", Value::Bool(true)}, {"age", Value::Long(40)}});
  size_t whole = 0;
  for (uint32_t seed = 0; seed < 15; ++seed) {
    RandomRules generate(seed);
    Files files, others;
    for (int i = 0; i < 12; ++i) {
      const std::string rule = generate.Rule(i);
      files.emplace_back(absl::StrCat("f", 10 + i, ".cedar"), rule);
      others.emplace_back(absl::StrCat("f", 99 - i, ".cedar"), rule);
    }
    const auto first = CompileFiles(files, 1'000'000);
    std::vector<std::unique_ptr<Compiled>> plans;
    plans.push_back(CompileFiles(files, 1'000'000));
    plans.push_back(CompileFiles(files, 0));
    plans.push_back(CompileFiles(files, 20));
    plans.push_back(CompileFiles(others, 1'000'000));
    plans.push_back(CompileFiles(others, 5));
    plans.push_back(CompileFiles(files, 0, /*policy_budget=*/0));
    EXPECT_EQ(plans[0]->compilation->artifact, first->compilation->artifact);
    EXPECT_EQ(first->compilation->splits_by_budget, 0u);
    EXPECT_GT(plans[1]->compilation->splits_by_budget, 0u);
    whole += plans.back()->compilation->whole_policies;

    MemoryEntities entities({ann});
    for (int i = 0; i < 50; ++i) {
      const Request request = generate.MakeRequest();
      const Decision wanted = *Evaluate(first->graph(), request, entities);
      for (const auto& plan : plans) {
        const Decision decision = *Evaluate(plan->graph(), request, entities);
        ASSERT_EQ(decision.cause, wanted.cause) << seed;
        ASSERT_EQ(plan->Ids(decision.determining),
                  first->Ids(wanted.determining));
        ASSERT_EQ(plan->Ids(decision.errors), first->Ids(wanted.errors));
        ASSERT_EQ(plan->Ids(decision.undecided_forbids),
                  first->Ids(wanted.undecided_forbids));
      }
    }
  }
  EXPECT_GT(whole, 10u);
}

// What is in a table decides as its diagram does, for every combination of
// outcomes.
TEST(PlanTest, TablesDecideLikeDiagrams) {
  std::mt19937 random(20261122);
  const char* const kFlags[] = {"a", "b", "c", "d"};
  const char* const kPlaces[] = {"x", "y", "z", "w"};
  std::string rules;
  constexpr int kRules = 150;
  for (int i = 0; i < kRules; ++i) {
    std::string condition = "true";
    for (const char* flag : kFlags) {
      if (random() % 3 > 0) continue;
      absl::StrAppend(&condition, random() % 2 ? " && " : " && !", "context.",
                      flag);
    }
    if (random() % 4 > 0) {
      absl::StrAppend(&condition, " && (context.place == \"",
                      kPlaces[random() % 3], "\" || context.place == \"",
                      kPlaces[random() % 3], "\")");
    }
    if (random() % 2) {
      absl::StrAppend(&condition, " && context.n >= ", random() % 4,
                      " && context.n < ", 4 + random() % 4);
    }
    // A few that no table can have.
    if (random() % 10 == 0) condition = "principal.vip || " + condition;
    rules += random() % 5 ? Permit(condition) : Forbid(condition);
  }
  const auto diagram = CompileText(rules);
  std::vector<std::unique_ptr<Compiled>> plans;
  for (uint32_t budget : {1'000'000, 30, 0}) {
    plans.push_back(CompileFiles({{"p.cedar", rules}}, budget, 10'000,
                                 /*table_threshold=*/0));
    EXPECT_THAT(plans.back()->graph().ToString(), HasSubstr(" table "));
  }
  EXPECT_THAT(diagram->graph().ToString(), Not(HasSubstr(" table ")));

  Entity ann;
  ann.uid = {"User", "ann"};
  ann.attributes =
      Value::Record({{"vip", Value::Bool(false)}, {"age", Value::Long(40)}});
  MemoryEntities entities({ann});
  for (uint32_t flags = 0; flags < 16; ++flags) {
    for (const char* place : kPlaces) {
      for (int64_t n = 0; n < 9; ++n) {
        Request request;
        request.principal = {"User", n == 8 ? "gone" : "ann"};
        request.action = {"Action", "read"};
        request.resource = {"Doc", "d"};
        Value::Attributes context = {{"n", Value::Long(n)},
                                     {"place", Value::String(place)},
                                     {"other", Value::String("o")}};
        for (uint32_t i = 0; i < 4; ++i) {
          context.emplace_back(kFlags[i], Value::Bool((flags >> i & 1) != 0));
        }
        request.context = Value::Record(std::move(context));
        const Decision wanted = *Evaluate(diagram->graph(), request, entities);
        for (const auto& plan : plans) {
          EXPECT_EQ(*Evaluate(plan->graph(), request, entities), wanted);
        }
      }
    }
  }
}

}  // namespace
}  // namespace sekisho
