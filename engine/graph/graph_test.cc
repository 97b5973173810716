#include "engine/graph/graph.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/graph/program.h"
#include "engine/graph/small_graph.h"
#include "engine/model/functions.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Code = std::vector<uint32_t>;

uint32_t Head(NodeKind kind, uint32_t count) {
  return static_cast<uint32_t>(kind) | count << 8;
}

uint32_t I(Op op, uint32_t operand = 0) {
  return EncodeInstruction(op, operand);
}

TEST(GraphTest, ToString) {
  EXPECT_EQ(SmallGraph().Graph().ToString(),
            R"(t0 boolean total context.home
t1 symbol principal.role
t2 interval total context.count
t3 boolean if context.home && principal in Ward::"icu" then {a: 1, b: principal.grants} == [{kind: "*\n"}] else !("axb" like "*x*")
root Action::"view" User User n0
n0 split n1 n2 n3
n1 branch t0 false->n8 true->n5
n2 branch t1 Role::"doctor"->n8 Role::"nurse"->n6 other->n8 error->n6
n3 branch t2 ..0->n8 1..4->n4 5..->n9
n4 branch t3 false->n8 true->n7 error->n8
n5 emit +p0 ->n8
n6 emit +p2 !p1 ->n8
n7 emit +p3 ->n8
n8 end
n9 table p0 p3 t0 t2
)");
}

TEST(GraphTest, FindsTheEnvironmentOfARequest) {
  SmallGraph small;
  const EntityUid view = {"Action", "view"};
  const DecisionGraph graph = small.Graph();
  EXPECT_EQ(graph.Find(view, "User", "User"), &graph.environments[0]);
  EXPECT_EQ(graph.Find(view, "User", "Ward"), nullptr);
  EXPECT_EQ(graph.Find({"Action", "edit"}, "User", "User"), nullptr);
  // Empty names stand for every request.
  small.parts.environments.insert(small.parts.environments.begin(),
                                  Environment());
  const DecisionGraph any = small.Graph();
  EXPECT_EQ(any.Find(view, "User", "User"), &any.environments[1]);
  EXPECT_EQ(any.Find(view, "User", "Ward"), &any.environments[0]);
}

// A word of the table, and what must not be in it.
TEST(GraphTest, DamagedTablesAreRefused) {
  constexpr struct {
    const char* name;
    size_t at;
    uint32_t word;
  } kCases[] = {
      {"no policies", 50, static_cast<uint32_t>(NodeKind::kTable)},
      {"more policies", 50, static_cast<uint32_t>(NodeKind::kTable) | 3 << 8},
      {"too short", 51, 16},
      {"no tests", 52, 0},
      {"fewer tests", 52, 1},
      {"more tests", 52, 3},
      {"very many tests", 52, ~0u},
      {"a test that there is not", 53, 4},
      {"a test that may fail", 53, 1},
      {"no runs", 54, 0},
      {"more runs", 54, 3},
      {"very many runs", 54, ~0u},
      {"runs that do not begin at 0", 57, 1},
      {"runs that do not ascend", 58, 0},
      {"an outcome that there is not", 58, 2},
      {"a policy that there is not", 62, 4},
      {"a bit for no policy", 63, 0b101},
  };
  for (const auto& c : kCases) {
    SmallGraph small;
    small.nodes[c.at] = c.word;
    EXPECT_EQ(small.Graph().Verify().message(),
              "the decision graph is damaged: a table of policies")
        << c.name;
  }
  SmallGraph beyond;
  beyond.nodes[51] = 18;
  EXPECT_EQ(beyond.Graph().Verify().message(),
            "the decision graph is damaged: a node leaves its bounds");
}

TEST(GraphTest, DamageIsRefused) {
  ASSERT_TRUE(SmallGraph().Graph().Verify().ok())
      << SmallGraph().Graph().Verify();
  const struct {
    const char* name;
    std::function<void(SmallGraph&)> damage;
    const char* message;
  } kCases[] = {
      {"a node kind that there is not", [](SmallGraph& g) { g.nodes[49] = 5; },
       "a node leaves its bounds"},
      {"a branch that leaves the nodes",
       [](SmallGraph& g) { g.nodes[29] = Head(NodeKind::kBranch, 50); },
       "a node leaves its bounds"},
      {"an emit that leaves the nodes",
       [](SmallGraph& g) { g.nodes[46] = ~0u; }, "a node leaves its bounds"},
      {"an emit cut short",
       [](SmallGraph& g) { g.nodes[49] = Head(NodeKind::kEmit, 0); },
       "a node leaves its bounds"},
      {"a split that leaves the nodes",
       [](SmallGraph& g) { g.nodes[49] = Head(NodeKind::kSplit, 1); },
       "a node leaves its bounds"},
      {"a backward edge", [](SmallGraph& g) { g.nodes[38] = 4; },
       "an edge leads nowhere"},
      {"an edge to itself", [](SmallGraph& g) { g.nodes[38] = 36; },
       "an edge leads nowhere"},
      {"an edge into a node", [](SmallGraph& g) { g.nodes[1] = 5; },
       "an edge leads nowhere"},
      {"an edge out of the nodes", [](SmallGraph& g) { g.nodes[8] = 67; },
       "an edge leads nowhere"},
      {"no next node", [](SmallGraph& g) { g.nodes[38] = kNoNode; },
       "an edge leads nowhere"},
      {"a test that there is not", [](SmallGraph& g) { g.nodes[5] = 4; },
       "a branch without a test"},
      {"a branch without outcomes",
       [](SmallGraph& g) {
         g.nodes = {Head(NodeKind::kBranch, 0), 0, kNoNode};
       },
       "a branch without a test"},
      {"no error edge", [](SmallGraph& g) { g.nodes[13] = kNoNode; },
       "a branch without an error edge"},
      {"a test that is no longer total",
       [](SmallGraph& g) { g.parts.tests[0].total = false; },
       "a branch without an error edge"},
      {"runs that do not begin at 0", [](SmallGraph& g) { g.nodes[7] = 1; },
       "the outcomes of a branch are out of order"},
      {"runs that do not ascend", [](SmallGraph& g) { g.nodes[9] = 0; },
       "the outcomes of a branch are out of order"},
      {"an outcome that there is not", [](SmallGraph& g) { g.nodes[9] = 2; },
       "a branch on an outcome that there is not"},
      {"a policy that is not there", [](SmallGraph& g) { g.nodes[44] = 4; },
       "a policy that there is not"},
      {"fewer policies", [](SmallGraph& g) { g.parts.is_forbid.pop_back(); },
       "a policy that there is not"},
      {"symbols out of order",
       [](SmallGraph& g) {
         std::swap(g.parts.tests[1].symbols[0], g.parts.tests[1].symbols[1]);
       },
       "a table is not sorted"},
      {"a symbol twice",
       [](SmallGraph& g) {
         g.parts.tests[1].symbols[1] = g.parts.tests[1].symbols[0];
       },
       "a table is not sorted"},
      {"bounds out of order",
       [](SmallGraph& g) {
         g.parts.tests[2].bounds = {5, 1};
       },
       "a table is not sorted"},
      {"a bound below which there is nothing",
       [](SmallGraph& g) {
         g.parts.tests[2].bounds[0] = std::numeric_limits<int64_t>::min();
       },
       "a bound that separates nothing"},
      {"a shape out of order",
       [](SmallGraph& g) {
         g.parts.shapes[0] = {"b", "a"};
       },
       "a table is not sorted"},
      {"a name twice in a shape",
       [](SmallGraph& g) {
         g.parts.shapes[0] = {"a", "a"};
       },
       "a table is not sorted"},
      {"an empty pattern", [](SmallGraph& g) { g.parts.patterns[0].clear(); },
       "an empty pattern"},
      {"environments out of order",
       [](SmallGraph& g) {
         g.parts.environments.push_back(g.parts.environments[0]);
         g.parts.environments[1].principal_type = "A";
       },
       "the environments are not sorted"},
      {"an environment twice",
       [](SmallGraph& g) {
         g.parts.environments.push_back(g.parts.environments[0]);
       },
       "the environments are not sorted"},
      {"a root out of the nodes",
       [](SmallGraph& g) { g.parts.environments[0].root = 67; },
       "a root leads nowhere"},
      {"no root", [](SmallGraph& g) { g.parts.environments[0].root = kNoNode; },
       "a root leads nowhere"},
      {"a root in a node",
       [](SmallGraph& g) { g.parts.environments[0].root = 1; },
       "a root leads nowhere"},
      {"a test's program out of the code",
       [](SmallGraph& g) {
         ++g.parts.tests[3].code_end;
         g.code.pop_back();
       },
       "a program leaves its bounds"},
      {"a program of a slice out of the code",
       [](SmallGraph& g) { ++g.parts.environments[0].slice[0].code_end; },
       "a program leaves its bounds"},
      {"a program that is empty",
       [](SmallGraph& g) {
         g.parts.tests[0].code_end = g.parts.tests[0].code_begin;
       },
       "a program leaves its bounds"},
      {"a program that ends before it begins",
       [](SmallGraph& g) { g.parts.tests[3].code_end = 0; },
       "a program leaves its bounds"},
      {"programs that overlap",
       [](SmallGraph& g) {
         // Ever longer programs in the same code.
         g.code.assign(100, I(Op::kNot));
         g.code[0] = I(Op::kPrincipal);
         g.parts.tests.resize(1);
         for (uint32_t end = 1; end < 100; ++end) {
           g.parts.tests[0].code_begin = 0;
           g.parts.tests[0].code_end = end;
           g.parts.tests.push_back(g.parts.tests[0]);
         }
       },
       "a program leaves its bounds"},
  };
  for (const auto& c : kCases) {
    SmallGraph small;
    c.damage(small);
    const absl::Status status = small.Graph().Verify();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << c.name;
    EXPECT_EQ(status.message(),
              absl::StrCat("the decision graph is damaged: ", c.message))
        << c.name;
  }
}

// Wraps a value in `count` sets.
Code Nested(int count) {
  Code code = {I(Op::kPrincipal)};
  for (int i = 0; i < count; ++i) code.push_back(I(Op::kSet, 1));
  return code;
}

// A value, then `count` more of which only their sum with it is left.
Code Deep(size_t count) {
  Code code(count, I(Op::kConstant));
  code.insert(code.end(), count - 1, I(Op::kAdd));
  return code;
}

TEST(GraphTest, ProgramsKeepTheirStackAndOperands) {
  const struct {
    const char* name;
    Code code;
    bool ok;
  } kCases[] = {
      {"one value", {I(Op::kPrincipal)}, true},
      {"two values", {I(Op::kPrincipal), I(Op::kAction)}, false},
      {"nothing to take", {I(Op::kNot)}, false},
      {"one value of two", {I(Op::kContext), I(Op::kEqual)}, false},
      {"both", {I(Op::kContext), I(Op::kContext), I(Op::kEqual)}, true},
      {"an operation that there is not", {33}, false},
      {"the last constant", {I(Op::kConstant, 3)}, true},
      {"no such constant", {I(Op::kConstant, 4)}, false},
      {"no such name", {I(Op::kContext), I(Op::kGet, 4)}, false},
      {"no such name", {I(Op::kContext), I(Op::kHas, 4)}, false},
      {"no such name", {I(Op::kContext), I(Op::kIs, 4)}, false},
      {"no such pattern", {I(Op::kContext), I(Op::kLike, 1)}, false},
      {"no such shape", {I(Op::kContext), I(Op::kRecord, 1)}, false},
      {"a shape with too few values", {I(Op::kContext), I(Op::kRecord)}, false},
      {"one value made two",
       {I(Op::kPrincipal), I(Op::kDuplicate), I(Op::kIn)},
       true},
      {"nothing to make two", {I(Op::kDuplicate)}, false},
      {"a call",
       {I(Op::kContext),
        I(Op::kCall, static_cast<uint32_t>(Function::kToDate))},
       true},
      {"a call with too few arguments",
       {I(Op::kContext),
        I(Op::kCall, static_cast<uint32_t>(Function::kOffset))},
       false},
      {"no such function",
       {I(Op::kContext), I(Op::kCall, kLastFunction + 1)},
       false},
      {"an empty set", {I(Op::kSet)}, true},
      {"a set with too few values", {I(Op::kContext), I(Op::kSet, 2)}, false},
      {"a set with far too few", {I(Op::kSet, kMaxOperand)}, false},
      {"a jump to the end",
       {I(Op::kContext), I(Op::kAndJump, 2), I(Op::kContext)},
       true},
      {"a jump over the end",
       {I(Op::kContext), I(Op::kAndJump, 3), I(Op::kContext)},
       false},
      {"a jump to itself",
       {I(Op::kContext), I(Op::kOrJump, 0), I(Op::kContext)},
       false},
      {"a jump with nothing to look at", {I(Op::kOrJump, 1)}, false},
      {"a branch with nothing to look at", {I(Op::kBranchFalse, 1)}, false},
      {"a stack that is not the same on both ways",
       {I(Op::kContext), I(Op::kContext), I(Op::kBranchFalse, 2), I(Op::kSet)},
       false},
      {"a conditional",
       {I(Op::kContext), I(Op::kBranchFalse, 3), I(Op::kPrincipal),
        I(Op::kJump, 2), I(Op::kAction)},
       true},
      {"an alternative that leaves nothing",
       {I(Op::kContext), I(Op::kBranchFalse, 3), I(Op::kPrincipal),
        I(Op::kJump, 1)},
       false},
      {"an instruction that nothing leads to",
       {I(Op::kContext), I(Op::kJump, 2), I(Op::kNot)},
       false},
      {"the deepest stack", Deep(kMaxProgramStack), true},
      {"a stack that is too deep", Deep(kMaxProgramStack + 1), false},
      {"the most sets in sets", Nested(kMaxProgramNesting), true},
      {"too many sets in sets", Nested(kMaxProgramNesting + 1), false},
  };
  for (const auto& c : kCases) {
    SmallGraph small;
    small.code = c.code;
    small.parts.tests.resize(1);
    small.parts.tests[0].code_begin = 0;
    small.parts.tests[0].code_end = static_cast<uint32_t>(c.code.size());
    small.parts.environments.clear();
    small.nodes.clear();
    EXPECT_EQ(small.Graph().Verify().ok(), c.ok) << c.name;
  }
}

// `levels` splits, each of which passes the next one twice.
SmallGraph Doubling(uint32_t levels) {
  SmallGraph small;
  small.nodes.clear();
  for (uint32_t i = 1; i <= levels; ++i) {
    small.nodes.insert(small.nodes.end(),
                       {Head(NodeKind::kSplit, 2), 3 * i, 3 * i});
  }
  small.nodes.push_back(Head(NodeKind::kEnd, 0));
  return small;
}

TEST(GraphTest, WalksThatWouldTakeTooLongAreRefused) {
  EXPECT_TRUE(Doubling(20).Graph().Verify().ok());
  EXPECT_FALSE(Doubling(30).Graph().Verify().ok());
  // Counting does not overflow.
  EXPECT_FALSE(Doubling(500).Graph().Verify().ok());
  // Nor may a walk report too much.
  SmallGraph small = Doubling(20);
  small.nodes.back() = Head(NodeKind::kEmit, 100);
  small.nodes.insert(small.nodes.end(), {0, 60 + 103});
  small.nodes.insert(small.nodes.end(), 100, 0);
  small.nodes.push_back(Head(NodeKind::kEnd, 0));
  EXPECT_EQ(small.Graph().Verify().message(),
            "the decision graph is damaged: a walk would not end in reasonable "
            "time");
}

TEST(GraphTest, Measure) {
  const SmallGraph small;
  const GraphSize size = Measure(small.Graph());
  EXPECT_EQ(size.nodes, 10u);
  EXPECT_EQ(size.tests, 4u);
  EXPECT_EQ(size.splits, 1u);
  EXPECT_EQ(size.bytes, 4 * (small.nodes.size() + small.code.size()));
  // The split; home, emit, end; role, emit, end; count, long, emit, end.
  EXPECT_EQ(size.worst_nodes, 11u);
  EXPECT_EQ(size.worst_tests, 4u);
  EXPECT_EQ(Measure(Doubling(10).Graph()).worst_nodes, 2047u);

  // Only the part below a root counts, and a test only once.
  SmallGraph last;
  last.parts.environments[0].root = 20;
  last.nodes[30] = 2;
  const GraphSize below = Measure(last.Graph());
  EXPECT_EQ(below.worst_nodes, 4u);
  EXPECT_EQ(below.worst_tests, 3u);
  last.parts.tests.resize(1);
  EXPECT_EQ(Measure(last.Graph()).worst_tests, 1u);
}

}  // namespace
}  // namespace sekisho
