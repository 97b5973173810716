// A decision graph as people see it: the whole of it, what concerns one policy,
// and a decision's way.
#include "engine/graph/graph_view.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "engine/eval/machine.h"
#include "engine/graph/graph.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity User;
entity Doc;
action read, write appliesTo {
  principal: User,
  resource: Doc,
  context: { a: String, b: String, c: String, n: Long },
};
)";

struct Compiled {
  explicit Compiled(const std::string& rules)
      : folder(*MakePolicyFolder(
            {{"p.cedar", rules}, {"s.cedarschema", kSchema}})),
        compilation(&folder.sources) {
    EXPECT_TRUE(Compile(folder, {}, &compilation).ok());
    EXPECT_FALSE(compilation.diagnostics.has_errors())
        << compilation.diagnostics.ToString({});
  }

  const DecisionGraph& graph() const { return compilation.graph; }

  PolicyFolder folder;
  Compilation compilation;
};

constexpr char kRules[] = R"(
permit (principal, action == Action::"read", resource)
when { context.a == "x" && context.n > 3 };
forbid (principal, action, resource)
when { context.a == "夜\"間" };
)";

TEST(GraphViewTest, TheWholeOfIt) {
  const Compiled compiled(kRules);
  EXPECT_EQ(GraphView(compiled.graph()).ToString({"a \"b\"", "夜"}),
            R"(t0 symbol total context.a
t1 interval total context.n
p0 permit "a \"b\""
p1 forbid "夜"
root Action::"read" User Doc n1
root Action::"write" User Doc n0
n0 branch t0 "x"->n5 "夜\"間"->n2 other->n5
n1 branch t0 "x"->n3 "夜\"間"->n2 other->n5
n2 emit +p1 ->n5
n3 branch t1 ..3->n5 4..->n4
n4 emit +p0 ->n5
n5 end
)");
}

TEST(GraphViewTest, WhatConcernsOnePolicy) {
  const Compiled compiled(kRules);
  GraphView permit(compiled.graph()), forbid(compiled.graph());
  permit.Keep(0);
  EXPECT_EQ(permit.ToString({}), R"(t0 symbol total context.a
t1 interval total context.n
root Action::"read" User Doc n0
n0 branch t0 "x"->n1 "夜\"間"->n3
n1 branch t1 ..3->n3 4..->n2
n2 emit +p0 ->n3
n3 end
)");
  forbid.Keep(1);
  EXPECT_EQ(forbid.ToString({}), R"(t0 symbol total context.a
root Action::"read" User Doc n0
root Action::"write" User Doc n0
n0 branch t0 "x"->n2 "夜\"間"->n1 other->n2
n1 emit +p1 ->n2
n2 end
)");
}

TEST(GraphViewTest, ForGraphviz) {
  const Compiled compiled(kRules);
  GraphView view(compiled.graph());
  view.Keep(1);
  view.Trace(compiled.graph().environments[0],
             [](TestIndex) { return Outcome{0}; });
  EXPECT_EQ(view.ToDot({"first", "夜"}), R"(digraph decision {
  graph [rankdir=TB, fontname="sans-serif"];
  node [fontname="sans-serif", fontsize=11, shape=box];
  edge [fontname="sans-serif", fontsize=9];
  r0 [label="User, Action::\"read\", Doc", shape=plaintext];
  r0 -> n0 [style=bold, color="#1f5fbf", penwidth=2.5];
  r1 [label="User, Action::\"write\", Doc", shape=plaintext];
  r1 -> n0 [style=bold];
  n0 [label="context.a", style=rounded, color="#1f5fbf", penwidth=2.5];
  n0 -> n2 [label="\"x\", other", color="#1f5fbf", penwidth=2.5];
  n0 -> n1 [label="\"夜\\\"間\""];
  n1 [label="forbid 夜", style=filled, fillcolor="#f3c6c6"];
  n1 -> n2 [label=""];
  n2 [label="", shape=point, width=0.12, color="#1f5fbf", penwidth=2.5];
}
)");
}

TEST(GraphViewTest, ADecisionsWay) {
  const Compiled compiled(kRules);
  GraphView view(compiled.graph());
  view.Trace(compiled.graph().environments[0],
             [](TestIndex) { return Outcome{0}; });
  view.KeepTraced();
  EXPECT_EQ(view.ToString({}), R"(t0 symbol total context.a
t1 interval total context.n
* root Action::"read" User Doc n1
* n1 branch t0 "x"->n3
* n3 branch t1 ..3->n5
* n5 end
)");
}

// The policies that the marked nodes report.
std::vector<PolicyIndex> Reported(const GraphView& view) {
  std::vector<PolicyIndex> policies;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(view.ToString({}), '\n'))) {
    if (!absl::StartsWith(line, "* n")) continue;
    for (const std::string& word :
         std::vector<std::string>(absl::StrSplit(line, ' '))) {
      if (!absl::StartsWith(word, "+p")) continue;
      policies.push_back(static_cast<PolicyIndex>(std::stoul(word.substr(2))));
    }
  }
  return policies;
}

// Many enough to stand in tables, or so few that they are a diagram.
std::string RandomRules(size_t count, uint32_t seed) {
  static const char* const kValues[] = {"u", "v", "w"};
  std::mt19937 random(seed);
  std::string rules;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&rules, "permit (principal, action, resource) when { ",
                    "context.a == \"", kValues[random() % 3], i % 10,
                    "\" && context.b != \"", kValues[random() % 3],
                    "\" && (context.c == \"", kValues[random() % 3],
                    "\" || context.n > ", random() % 4, ") };\n");
  }
  return rules;
}

// Property: a policy's own part of the graph says of each request what the
// decision says of the policy.
TEST(GraphViewTest, APolicysPartDecidesAsTheWholeDoes) {
  size_t satisfied = 0, tables = 0;
  for (const size_t count : {size_t{12}, size_t{700}}) {
    const Compiled compiled(RandomRules(count, 7));
    const DecisionGraph& graph = compiled.graph();
    tables += absl::StrContains(graph.ToString(), " table ");
    std::mt19937 random(1);
    std::vector<Request> requests;
    static const char* const kValues[] = {"u", "v", "w"};
    for (int i = 0; i < 150; ++i) {
      const auto text = [&](size_t suffixes) {
        const std::string value = kValues[random() % 3];
        return Value::String(
            suffixes == 0 ? value : absl::StrCat(value, random() % suffixes));
      };
      requests.push_back({{"User", "u"},
                          {"Action", "read"},
                          {"Doc", "d"},
                          Value::Record({{"a", text(10)},
                                         {"b", text(0)},
                                         {"c", text(0)},
                                         {"n", Value::Long(random() % 5)}})});
    }
    for (PolicyIndex policy = 0; policy<count; policy += count> 100 ? 23 : 1) {
      GraphView part(graph);
      part.Keep(policy);
      for (const Request& request : requests) {
        MemoryEntities entities;
        const Decision decision = *Evaluate(graph, request, entities);
        const bool expected =
            std::find(decision.determining.begin(), decision.determining.end(),
                      policy) != decision.determining.end();
        GraphView traced = part;
        Machine machine(graph, request, entities);
        traced.Trace(*graph.Find(request.action, "User", "Doc"),
                     [&](TestIndex test) { return machine.Ask(test); });
        const std::vector<PolicyIndex> reported = Reported(traced);
        ASSERT_EQ(!reported.empty(), expected) << part.ToString({});
        satisfied += expected;
      }
    }
  }
  EXPECT_EQ(tables, 1u);
  EXPECT_GT(satisfied, 20u);
}

}  // namespace
}  // namespace sekisho
