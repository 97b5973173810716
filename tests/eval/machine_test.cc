// Expressions, as Cedar text, on one request and its entities. What the stack
// machine says is also what the reference evaluator says.
#include "engine/eval/machine.h"

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/compile.h"
#include "compiler/folder.h"
#include "compiler/plan/program_builder.h"
#include "compiler/reference/reference.h"
#include "engine/entities/memory.h"
#include "engine/eval/evaluate.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Value Uid(const char* type, const char* id) {
  return Value::Entity({type, id});
}

std::vector<Entity> Entities() {
  auto entity = [](const char* type, const char* id, Value attributes,
                   std::vector<EntityUid> parents) {
    Entity out;
    out.uid = {type, id};
    out.attributes = std::move(attributes);
    out.parents = std::move(parents);
    return out;
  };
  const Value none = Value::Record({});
  std::vector<Entity> entities = {
      entity("User", "ann",
             Value::Record(
                 {{"age", Value::Long(40)},
                  {"boss", Uid("User", "bob")},
                  {"a b", Value::String("quoted")},
                  {"colors",
                   Value::Set({Value::String("red"), Value::String("blue")})},
                  {"info", Value::Record({{"ok", Value::Bool(true)}})},
                  {"max", Value::Long(INT64_MAX)},
                  {"min", Value::Long(INT64_MIN)}}),
             {{"Group", "staff"}}),
      entity("User", "bob", Value::Record({{"boss", Uid("User", "gone")}}),
             {{"Group", "absent"}}),
      entity("Group", "staff", none, {{"Group", "all"}, {"Group", "loop"}}),
      // A cycle, through an entity that is its own parent.
      entity("Group", "loop", none, {{"Group", "loop"}, {"Group", "staff"}}),
      entity("Group", "all", none, {{"Group", "absent"}}),
  };
  entities[0].tags = Value::Record({{"t", Value::Long(1)}});
  return entities;
}

// User::"ann" reads Doc::"gone", which is not in the store.
Request MakeRequest() {
  Request request;
  request.principal = {"User", "ann"};
  request.action = {"Action", "read"};
  request.resource = {"Doc", "gone"};
  request.context =
      Value::Record({{"ip", Value::String("10.0.0.1")},
                     {"n", Value::Long(3)},
                     {"yes", Value::Bool(true)},
                     {"star", Value::String("a*b")},
                     {"inner", Value::Record({{"x", Value::Long(1)}})}});
  return request;
}

Schema MakeSchema() {
  Schema schema;
  schema.actions[{"Action", "read"}].member_of = {{"Action", "any"}};
  schema.actions[{"Action", "any"}] = {};
  return schema;
}

class MachineTest : public testing::Test {
 protected:
  // What `text` evaluates to: a value, or "error".
  std::string Evaluate(const std::string& text) {
    const ExprPtr expr = Parse(text);
    if (expr == nullptr) return "not parsed";
    std::optional<Value> value = RunProgram(*expr);
    EntityMap map;
    for (const Entity& entity : Entities()) map[entity.uid] = entity;
    const std::optional<Value> expected =
        ReferenceEvaluate(*expr, {request_, map, schema_});
    EXPECT_EQ(value.has_value(), expected.has_value()) << text;
    if (value && expected) {
      EXPECT_EQ(*value, *expected) << text;
    }
    return value ? value->ToString() : "error";
  }

  ExprPtr Parse(const std::string& text) {
    const SourceId id = sources_.Add("expression", text);
    Diagnostics diagnostics(&sources_);
    ExprPtr expr = ParseExpression(
        sources_, {id, 0, static_cast<uint32_t>(text.size())}, &diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.ToString();
    return expr;
  }

  std::optional<Value> RunProgram(const Expr& expr) {
    ProgramBuilder builder;
    const Program program = builder.Compile(expr);
    DecisionGraph graph;
    graph.schema = &schema_;
    graph.code = program;
    graph.tests.resize(1);
    graph.tests[0].code_end = static_cast<uint32_t>(program.size());
    builder.CopyTables(&graph);
    EXPECT_TRUE(graph.Verify().ok()) << graph.Verify();
    MemoryEntities entities(Entities());
    Machine machine(graph, request_, entities);
    Value value;
    if (!machine.Read(0, &value)) return std::nullopt;
    return value;
  }

  SourceSet sources_;
  const Schema schema_ = MakeSchema();
  const Request request_ = MakeRequest();
};

struct Case {
  const char* expression;
  const char* value;
};

constexpr Case kAttributes[] = {
    {"principal.age", "40"},
    {"principal[\"a b\"]", "\"quoted\""},
    {"principal.info.ok", "true"},
    {"principal.boss.boss", "User::\"gone\""},
    {"context.inner.x", "1"},
    {"{a: 1, b: {c: 2}}.b.c", "2"},
    // There is no such attribute.
    {"principal.nothing", "error"},
    {"context.nothing", "error"},
    {"principal.info.nothing", "error"},
    // There is no such entity.
    {"resource.owner", "error"},
    {"principal.boss.boss.boss", "error"},
    // Nothing that has attributes.
    {"context.n.x", "error"},
    {"\"text\".x", "error"},
    {"[1].x", "error"},
    {"principal has age", "true"},
    {"principal has \"a b\"", "true"},
    {"principal has nothing", "false"},
    {"principal has age.x", "error"},
    {"principal has info.ok", "true"},
    {"principal has info.nothing", "false"},
    {"principal has boss.boss.boss", "false"},
    {"context has inner.x", "true"},
    {"resource has owner", "false"},
    {"resource.owner has x", "error"},
    {"context.n has x", "error"},
    {"[1] has x", "error"},
};

TEST_F(MachineTest, Attributes) {
  for (const Case& c : kAttributes) EXPECT_EQ(Evaluate(c.expression), c.value);
}

constexpr Case kConnectives[] = {
    {"true && true", "true"},
    {"true && false", "false"},
    {"false && resource.x", "false"},
    {"true && resource.x", "error"},
    {"resource.x && false", "error"},
    {"true || resource.x", "true"},
    {"false || resource.x", "error"},
    {"resource.x || true", "error"},
    {"true && true && false && resource.x", "false"},
    {"false || false || true || resource.x", "true"},
    {"(false || true) && !(true && false)", "true"},
    // Operands that are no booleans.
    {"1 && true", "error"},
    {"true && 1", "error"},
    {"false && 1", "false"},
    {"true || 1", "true"},
    {"false || \"x\"", "error"},
    {"principal || true", "error"},
    {"!1", "error"},
    {"!true", "false"},
    {"if true then 1 else resource.x", "1"},
    {"if false then resource.x else 2", "2"},
    {"if 1 then 1 else 2", "error"},
    {"if resource.x then 1 else 1", "error"},
    {"(if false then true else false) || (if true then true else false)",
     "true"},
    {"[if true then 1 else 2, if false then 1 else 2]", "[1, 2]"},
};

TEST_F(MachineTest, Connectives) {
  for (const Case& c : kConnectives) EXPECT_EQ(Evaluate(c.expression), c.value);
}

constexpr Case kNumbers[] = {
    {"1 + 2 * 3 - 4", "3"},
    {"-context.n", "-3"},
    {"principal.max + 1", "error"},
    {"principal.max - -1", "error"},
    {"principal.max * 2", "error"},
    {"principal.min - 1", "error"},
    {"-principal.min", "error"},
    {"-principal.max", "-9223372036854775807"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"1 + \"1\"", "error"},
    {"1 < 2", "true"},
    {"2 < 2", "false"},
    {"2 <= 2", "true"},
    {"2 > 2", "false"},
    {"2 >= 2", "true"},
    {"1 >= 2", "false"},
    {"3 > 2", "true"},
    {"1 < \"2\"", "error"},
    {"\"1\" > 2", "error"},
    {"false < true", "error"},
};

TEST_F(MachineTest, Numbers) {
  for (const Case& c : kNumbers) EXPECT_EQ(Evaluate(c.expression), c.value);
}

constexpr Case kEqualityAndText[] = {
    {"1 == 1", "true"},
    {"1 == \"1\"", "false"},
    {"1 != \"1\"", "true"},
    {"principal == User::\"ann\"", "true"},
    {"principal == Admin::\"ann\"", "false"},
    {"[1, 2] == [2, 1, 1]", "true"},
    {"{a: 1, b: 2} == {b: 2, a: 1}", "true"},
    {"{a: 1} == {a: 1, b: 2}", "false"},
    {"resource.x == 1", "error"},
    {"1 == resource.x", "error"},
    {"context.ip like \"10.*\"", "true"},
    {"context.ip like \"*.0.*.1\"", "true"},
    {"context.ip like \"10.0\"", "false"},
    {"context.star like \"a\\*b\"", "true"},
    {"context.ip like \"a\\*b\"", "false"},
    {"context.n like \"3\"", "error"},
};

TEST_F(MachineTest, EqualityAndText) {
  for (const Case& c : kEqualityAndText)
    EXPECT_EQ(Evaluate(c.expression), c.value);
}

constexpr Case kHierarchy[] = {
    {"principal in User::\"ann\"", "true"},
    {"principal in Group::\"staff\"", "true"},
    {"principal in Group::\"all\"", "true"},
    {"principal in Group::\"loop\"", "true"},
    // An ancestor that is not in the store itself.
    {"principal in Group::\"absent\"", "true"},
    {"principal in Group::\"other\"", "false"},
    {"Group::\"loop\" in Group::\"staff\"", "true"},
    {"Group::\"staff\" in principal", "false"},
    // An entity that is absent is below itself only.
    {"resource in Doc::\"gone\"", "true"},
    {"resource in Group::\"all\"", "false"},
    {"principal in [Group::\"other\", Group::\"all\"]", "true"},
    {"principal in [Group::\"other\"]", "false"},
    {"principal in []", "false"},
    {"principal in [principal.boss, Group::\"all\"]", "true"},
    {"principal in [Group::\"all\", 1]", "error"},
    {"principal in \"text\"", "error"},
    {"1 in Group::\"all\"", "error"},
    {"principal in resource.x", "error"},
    // Action groups are the schema's.
    {"action in Action::\"any\"", "true"},
    {"action in [Action::\"other\", Action::\"read\"]", "true"},
    {"action in Action::\"other\"", "false"},
    {"Action::\"read\" in Action::\"any\"", "true"},
    {"principal is User", "true"},
    {"principal is Group", "false"},
    {"context.n is User", "error"},
    {"principal is User in Group::\"all\"", "true"},
    {"principal is User in Group::\"other\"", "false"},
    {"principal is Group in resource.x", "false"},
    {"principal is User in resource.x", "error"},
    {"context.n is User in Group::\"all\"", "error"},
    {"principal.boss is User in [Group::\"absent\"]", "true"},
    {"[principal is User in Group::\"all\", resource is User]",
     "[false, true]"},
};

TEST_F(MachineTest, Hierarchy) {
  for (const Case& c : kHierarchy) EXPECT_EQ(Evaluate(c.expression), c.value);
}

constexpr Case kSetsAndTags[] = {
    {"[]", "[]"},
    {"[2, 1, 1 + 1]", "[1, 2]"},
    {"{b: context.n, a: [context.n]}", "{a: [3], b: 3}"},
    {"[resource.x]", "error"},
    {"{a: resource.x}", "error"},
    {"principal.colors.contains(\"red\")", "true"},
    {"principal.colors.contains(1)", "false"},
    {"principal.colors.containsAll([\"red\"])", "true"},
    {"principal.colors.containsAll([])", "true"},
    {"principal.colors.containsAll([\"red\", \"green\"])", "false"},
    {"principal.colors.containsAny([\"red\", \"green\"])", "true"},
    {"principal.colors.containsAny([])", "false"},
    {"principal.colors.isEmpty()", "false"},
    {"[].isEmpty()", "true"},
    {"context.n.contains(1)", "error"},
    {"principal.colors.containsAny(1)", "error"},
    {"principal.colors.containsAll(\"red\")", "error"},
    {"context.n.isEmpty()", "error"},
    {"principal.hasTag(\"t\")", "true"},
    {"principal.hasTag(\"u\")", "false"},
    {"resource.hasTag(\"t\")", "false"},
    {"principal.getTag(\"t\")", "1"},
    {"principal.getTag(\"u\")", "error"},
    {"resource.getTag(\"t\")", "error"},
    {"principal.hasTag(1)", "error"},
    {"context.hasTag(\"t\")", "error"},
};

TEST_F(MachineTest, SetsAndTags) {
  for (const Case& c : kSetsAndTags) EXPECT_EQ(Evaluate(c.expression), c.value);
}

// Policies that nobody has checked, of the expressions above, decide as the
// reference does: whatever does not fit is an error where it is evaluated, and
// nowhere else.
TEST_F(MachineTest, UnvalidatedPoliciesDecideAsTheReferenceDoes) {
  std::vector<std::string> expressions;
  auto add = [&](const auto& cases) {
    for (const Case& c : cases) expressions.push_back(c.expression);
  };
  add(kAttributes);
  add(kConnectives);
  add(kNumbers);
  add(kEqualityAndText);
  add(kHierarchy);
  add(kSetsAndTags);
  std::mt19937 random(5);
  auto pick = [&] {
    return absl::StrCat("(", expressions[random() % expressions.size()], ")");
  };
  std::string rules;
  for (const std::string& expression : expressions) {
    absl::StrAppend(&rules, "permit(principal, action, resource) when {",
                    expression, "};\n");
  }
  for (int i = 0; i < 300; ++i) {
    const char* const kOperators[] = {" && ", " || ", " == "};
    absl::StrAppend(&rules, "forbid(principal, action, resource) unless {",
                    pick(), kOperators[random() % 3], "(if ", pick(), " then ",
                    pick(), " else ", pick(), ")} when { ", pick(),
                    kOperators[random() % 2], pick(), "};\n");
  }
  absl::StatusOr<PolicyFolder> folder =
      MakePolicyFolder({{"s.cedarschema", "action any; action read in [any];"},
                        {"p.cedar", rules}});
  for (const uint32_t budget : {0u, 1000u}) {
    Compilation compilation(&folder->sources);
    CompileOptions options;
    options.validate = false;
    options.plan.node_budget = budget;
    ASSERT_TRUE(Compile(*folder, options, &compilation).ok());
    ASSERT_FALSE(compilation.diagnostics.has_errors())
        << compilation.diagnostics.ToString();
    MemoryEntities entities(Entities());
    EntityMap map;
    for (const Entity& entity : Entities()) map[entity.uid] = entity;
    const Decision expected = ReferenceDecide(
        compilation.policies, {request_, map, *compilation.schema}, true);
    absl::StatusOr<Decision> actual =
        sekisho::Evaluate(compilation.graph, request_, entities);
    ASSERT_TRUE(actual.ok()) << actual.status();
    EXPECT_EQ(*actual, expected);
    EXPECT_GT(actual->determining.size(), 5u);
    EXPECT_GT(actual->errors.size(), 100u);
  }
}

TEST_F(MachineTest, TheTextOfAValueEvaluatesToIt) {
  const Value kValues[] = {
      Value::Long(INT64_MIN),
      Value::String(absl::string_view("\0\x01\x1f\x7f\"\\\n\r\t*", 10)),
      Value::String("関所 🏥"),
      Value::Entity({"A::B", "o\"n\\e\n"}),
      Value::Set({Value::Long(-1), Value::Set({}), Value::Record({})}),
      Value::Record({{"if", Value::Bool(true)},
                     {"in", Value::Long(1)},
                     {"principal", Value::Long(2)},
                     {"__cedar", Value::Long(3)},
                     {"", Value::Long(4)},
                     {"病院", Value::Record({{"a b", Value::Set({})}})}}),
  };
  for (const Value& value : kValues) {
    EXPECT_EQ(Evaluate(value.ToString()), value.ToString());
  }
}

// Code must not double with each level.
TEST_F(MachineTest, NestedTestsOfTypesStaySmall) {
  std::string text = "principal";
  for (int i = 0; i < 40; ++i) {
    text = absl::StrCat("(if ", text,
                        " is User in Group::\"all\" then principal else "
                        "resource)");
  }
  const ExprPtr expr = Parse(text);
  ASSERT_NE(expr, nullptr);
  ProgramBuilder builder;
  EXPECT_LT(builder.Compile(*expr).size(), 1000u);
  EXPECT_EQ(Evaluate(text), "User::\"ann\"");
}

// However long it is.
TEST_F(MachineTest, AListOfConstantsIsOneValue) {
  std::string list;
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&list, "Group::\"g", i, "\", ");
  }
  EXPECT_EQ(Evaluate("principal in [" + list + "Group::\"all\"]"), "true");
  ProgramBuilder builder;
  EXPECT_EQ(builder.Compile(*Parse("[[1, 2], {a: \"x\"}]")).size(), 1u);
}

TEST_F(MachineTest, WhatNeedsMoreStackDoesNotFit) {
  std::string list = "[";
  for (int i = 0; i < 1023; ++i) list += "context.n, ";
  EXPECT_EQ(StackOf(*Parse(list + "1]")), kMaxProgramStack);
  EXPECT_EQ(Evaluate(list + "1]"), "[1, 3]");
  EXPECT_GT(StackOf(*Parse(list + "1, 2]")), kMaxProgramStack);
}

}  // namespace
}  // namespace sekisho
