#include "compiler/plan/program_builder.h"

#include <deque>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/parser.h"
#include "engine/graph/program.h"
#include "engine/model/functions.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

ExprPtr Parse(const std::string& text) {
  SourceSet sources;
  const SourceId id = sources.Add("expression", text);
  Diagnostics diagnostics(&sources);
  ExprPtr expr = ParseExpression(
      sources, {id, 0, static_cast<uint32_t>(text.size())}, &diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.ToString();
  return expr;
}

// The instructions by name; jumps as `+distance`.
std::string Print(const Program& program, const ProgramBuilder& builder) {
  constexpr const char* kNames[] = {
      "",       "principal", "action", "resource", "context", "get",
      "has",    "exists",    "not",    "negate",   "==",      "<",
      "<=",     "+",         "-",      "*",        "in",      "is",
      "like",   "contains",  "all",    "any",      "isEmpty", "getTag",
      "hasTag", "set",       "record", "bool",     "and",     "or",
      "unless", "jump",      "twice",  "call",
  };
  std::vector<std::string> lines;
  for (uint32_t word : program) {
    const uint32_t operand = OperandOf(word);
    std::string line = kNames[word & 0xff];
    switch (OpOf(word)) {
      case Op::kConstant:
        line = builder.constants()[operand].ToString();
        break;
      case Op::kGet:
      case Op::kHas:
      case Op::kIs:
        absl::StrAppend(&line, " ", builder.names()[operand]);
        break;
      case Op::kLike:
        absl::StrAppend(&line, " ",
                        absl::StrJoin(builder.patterns()[operand], "*"));
        break;
      case Op::kRecord:
        absl::StrAppend(&line, " ",
                        absl::StrJoin(builder.shapes()[operand], ","));
        break;
      case Op::kSet:
        absl::StrAppend(&line, " ", operand);
        break;
      case Op::kCall:
        absl::StrAppend(&line, " ",
                        SignatureOf(static_cast<Function>(operand)).name);
        break;
      case Op::kAndJump:
      case Op::kOrJump:
      case Op::kBranchFalse:
      case Op::kJump:
        absl::StrAppend(&line, "+", operand);
        break;
      default:
        break;
    }
    lines.push_back(line);
  }
  return absl::StrJoin(lines, "; ");
}

TEST(ProgramBuilderTest, Programs) {
  const struct {
    const char* expression;
    const char* program;
  } kCases[] = {
      {"true", "true"},
      {"principal.a.b", "principal; get a; get b"},
      {"resource has \"a b\"", "resource; has a b"},
      {"!(context.x)", "context; get x; not"},
      {"-context.x", "context; get x; negate"},
      {"1 < context.x", "1; context; get x; <"},
      {"1 > context.x", "1; context; get x; <=; not"},
      {"1 >= context.x", "1; context; get x; <; not"},
      {"action != resource", "action; resource; ==; not"},
      {"1 + 2 * 3", "1; 2; 3; *; +"},
      {"context.x like \"a*b\\*\"", "context; get x; like a*b*"},
      // The jumps keep false and leave the program.
      {"principal && action && resource",
       "principal; and+5; action; and+3; resource; bool"},
      {"principal || action", "principal; or+3; action; bool"},
      {"if principal then 1 else 2", "principal; unless+3; 1; jump+2; 2"},
      {"principal is A::B", "principal; is A::B"},
      {"principal is T in resource",
       "principal; twice; is T; unless+4; resource; in; jump+2; is T"},
      {"principal in [A::\"x\", A::\"y\"]",
       "principal; [A::\"x\", A::\"y\"]; in"},
      {"[principal, 1]", "principal; 1; set 2"},
      {"{b: principal, a: 1}", "1; principal; record a,b"},
      {"{b: [1], a: {c: 2}}", "{a: {c: 2}, b: [1]}"},
      {"context.s.contains(1)", "context; get s; 1; contains"},
      {"context.s.containsAll([])", "context; get s; []; all"},
      {"context.s.containsAny(context.t)",
       "context; get s; context; get t; any"},
      {"context.s.isEmpty()", "context; get s; isEmpty"},
      {"principal.hasTag(\"t\") && principal.getTag(\"t\")",
       "principal; \"t\"; hasTag; and+5; principal; \"t\"; getTag; bool"},
      {"ip(\"10.0.0.1/32\")", "ip(\"10.0.0.1\")"},
      {"[decimal(\"1.0\"), decimal(\"1.00\")]", "[decimal(\"1.0\")]"},
      {"context.addr.isInRange(ip(\"10.0.0.0/8\"))",
       "context; get addr; ip(\"10.0.0.0/8\"); call isInRange"},
      {"context.now.toDate() > context.start",
       "context; get now; call toDate; context; get start; <=; not"},
      // An error when it is evaluated.
      {"decimal(\"1\")", "\"1\"; call decimal"},
      {"decimal(context.text)", "context; get text; call decimal"},
      {"decimal()", "false; negate"},
      {"context.addr.isIpv4(1)", "false; negate"},
  };
  for (const auto& c : kCases) {
    ProgramBuilder builder;
    EXPECT_EQ(Print(builder.Compile(*Parse(c.expression)), builder), c.program)
        << c.expression;
  }
}

TEST(ProgramBuilderTest, AProgramForPresence) {
  ProgramBuilder builder;
  EXPECT_EQ(Print(builder.CompileExists(*Parse("principal.boss")), builder),
            "principal; get boss; exists");
}

TEST(ProgramBuilderTest, TablesHaveEachEntryOnce) {
  ProgramBuilder builder;
  const char* text =
      "{a: context.x, b: [1, context.x]} == {b: [context.y, 1], a: 1} && "
      "context.y like \"a*\" && context.x like \"a*\"";
  const Program first = builder.Compile(*Parse(text));
  EXPECT_EQ(builder.Compile(*Parse(text)), first);
  EXPECT_EQ(builder.names(), (std::deque<std::string>{"x", "y"}));
  EXPECT_EQ(builder.constants().size(), 1u);
  EXPECT_EQ(builder.patterns().size(), 1u);
  EXPECT_EQ(builder.shapes().size(), 1u);
}

}  // namespace
}  // namespace sekisho
