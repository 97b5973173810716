// What becomes of conditions: which tests, of which kind, and which of them
// cannot fail.
#include "compiler/plan/lower.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/schema_parser.h"
#include "compiler/check/checker.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity Color enum ["red", "green"];
entity Group in [Group];
entity User in [Group] {
  age: Long, boss: User, vip: Bool, color: Color, nick?: String,
  info: { ok: Bool, n?: Long },
} tags Bool;
entity Doc { owner: User, readers: Set<User> };
action all;
action read in [all] appliesTo {
  principal: User, resource: Doc,
  context: { ok: Bool, n: Long, color: Color, via?: User, s: String,
    now: datetime, shift: duration, addr: ipaddr, cost: decimal },
};
action other appliesTo { principal: Group, resource: Doc };
)";

class LowerTest : public testing::Test {
 protected:
  LowerTest() {
    schema_ = *ParseSchema(sources_, sources_.Add("s.cedarschema", kSchema),
                           &diagnostics_);
    EXPECT_FALSE(diagnostics_.has_errors()) << diagnostics_.ToString();
  }

  // The drafts of the policies for `read`, one a line, then the tests.
  std::string Lower(const std::string& text) {
    policies_ =
        ParsePolicies(sources_, sources_.Add("p.cedar", text), &diagnostics_);
    const RequestEnvironment environment = {{"Action", "read"}, "User", "Doc"};
    Lowering lowering(&schema_, &constants_);
    std::vector<Draft> drafts;
    for (const Policy& policy : policies_) {
      Diagnostics diagnostics(&sources_);
      const std::vector<TypedPolicy> typed =
          CheckPolicy(schema_, {environment}, policy, &diagnostics);
      drafts.push_back(lowering.Lower(policy, environment, typed[0]));
      // A scope that fits no environment is an error.
      EXPECT_EQ(diagnostics.has_errors(),
                drafts.back().kind == Draft::Kind::kFalse)
          << diagnostics.ToString();
    }
    return Print(lowering, drafts);
  }

  // The same without a schema to check against.
  std::string LowerUnvalidated(const std::string& text) {
    policies_ =
        ParsePolicies(sources_, sources_.Add("p.cedar", text), &diagnostics_);
    Lowering lowering(&schema_, &constants_);
    std::vector<Draft> drafts;
    for (const Policy& policy : policies_) {
      drafts.push_back(
          lowering.Lower(policy, RequestEnvironment(), TypedPolicy()));
    }
    return Print(lowering, drafts);
  }

  std::string Print(Lowering& lowering, const std::vector<Draft>& drafts) {
    EXPECT_FALSE(diagnostics_.has_errors()) << diagnostics_.ToString();
    DecisionGraph graph;
    std::vector<uint32_t> code;
    lowering.Finish(&graph, &code);
    std::string out;
    for (const Draft& draft : drafts) {
      absl::StrAppend(&out, Print(draft, graph), "\n");
    }
    const std::string tests = graph.ToString();
    return out + tests;
  }

  static std::string Print(const Draft& draft, const DecisionGraph& graph) {
    std::vector<std::string> operands;
    for (const Draft& operand : draft.operands) {
      operands.push_back(Print(operand, graph));
    }
    const std::string list = absl::StrJoin(operands, ", ");
    switch (draft.kind) {
      case Draft::Kind::kTrue:
        return "true";
      case Draft::Kind::kFalse:
        return "false";
      case Draft::Kind::kError:
        return "error";
      case Draft::Kind::kNot:
        return absl::StrCat("not(", list, ")");
      case Draft::Kind::kAnd:
        return absl::StrCat("and(", list, ")");
      case Draft::Kind::kOr:
        return absl::StrCat("or(", list, ")");
      case Draft::Kind::kIf:
        return absl::StrCat("if(", list, ")");
      case Draft::Kind::kLiteral:
        break;
    }
    std::vector<std::string> symbols;
    for (const Value& symbol : draft.symbols) {
      symbols.push_back(symbol.ToString());
    }
    const std::string test = absl::StrCat("t", draft.test);
    switch (graph.tests[draft.test].kind) {
      case TestKind::kBoolean:
        return test;
      case TestKind::kSymbol:
        return absl::StrCat(test, "[", absl::StrJoin(symbols, " "), "]");
      case TestKind::kInterval:
        return absl::StrCat(
            test, "[", draft.low == INT64_MIN ? "" : absl::StrCat(draft.low),
            "..", draft.high == INT64_MAX ? "" : absl::StrCat(draft.high), "]");
    }
    return "";
  }

  SourceSet sources_;
  Diagnostics diagnostics_{&sources_};
  Schema schema_;
  std::vector<Policy> policies_;
  ConstantCache constants_;
};

std::string When(const std::string& condition) {
  return absl::StrCat("permit(principal, action, resource) when {", condition,
                      "};");
}

// The condition alone, without the scope's `and(true, true, true)`.
std::string Condition(const std::string& printed) {
  const std::string prefix = "and(and(true, true, true), and(";
  if (printed.rfind(prefix, 0) != 0) return printed;
  const size_t end = printed.find('\n');
  return printed.substr(prefix.size(), end - prefix.size() - 2) +
         printed.substr(end);
}

TEST_F(LowerTest, Conditions) {
  const struct {
    const char* when;
    const char* lowered;
  } kCases[] = {
      {"true", "true\n"},
      {"context.ok", "t0\nt0 boolean total context.ok\n"},
      {"context.s like \"a*\"", "t0\nt0 boolean total context.s like \"a*\"\n"},
      // One value compared with constants.
      {"context.color == Color::\"red\" || Color::\"green\" != context.color",
       "or(t0[Color::\"red\"], not(t0[Color::\"green\"]))\n"
       "t0 symbol total context.color\n"},
      {"[Color::\"red\", Color::\"green\"].contains(context.color)",
       "t0[Color::\"red\" Color::\"green\"]\n"
       "t0 symbol total context.color\n"},
      {"context.ok == true", "t0[true]\nt0 symbol total context.ok\n"},
      {"context.n == 3 && context.n < 5 && 2 <= context.n && context.n > 1 && "
       "context.n >= 0 && 9 >= context.n",
       "and(t0[3..3], not(t0[5..]), t0[2..], not(t0[..1]), t0[0..], "
       "t0[..9])\n"
       "t0 interval total context.n\n"},
      {"context.n <= 9223372036854775807 && context.n != -9223372036854775808",
       "and(t0[..], not(t0[..-9223372036854775808]))\n"
       "t0 interval total context.n\n"},
      // Datetimes and durations are numbers of milliseconds.
      {"context.now < datetime(\"1970-01-02\") && "
       "context.shift == duration(\"1s\")",
       "and(not(t0[86400000..]), t1[1000..1000])\n"
       "t0 interval total context.now\n"
       "t1 interval total context.shift\n"},
      {"context.addr == ip(\"::1\") && decimal(\"0.5\") != context.cost",
       "and(t0[ip(\"::1\")], not(t1[decimal(\"0.5\")]))\n"
       "t0 symbol total context.addr\nt1 symbol total context.cost\n"},
      {"context.addr.isInRange(ip(\"10.0.0.0/8\"))",
       "t0\n"
       "t0 boolean total context.addr.isInRange(ip(\"10.0.0.0/8\"))\n"},
      {"context.now.offset(context.shift) < context.now",
       "t0\n"
       "t0 boolean context.now.offset(context.shift) < context.now\n"},
      // Two values are no comparison with constants, nor is a sum.
      {"context.n == context.n",
       "t0\nt0 boolean total context.n == context.n\n"},
      {"context.n + 1 == 3", "t0\nt0 boolean context.n + 1 == 3\n"},
      // An attribute of an entity: first whether the entity is there.
      {"principal.vip",
       "if(t1, t0, error)\nt0 boolean total principal.vip\n"
       "t1 boolean total principal exists\n"},
      {"principal.boss.age < 3",
       "not(if(t2, if(t1, t0[3..], error), error))\n"
       "t0 interval total principal.boss.age\n"
       "t1 boolean total principal.boss exists\n"
       "t2 boolean total principal exists\n"},
      {"resource.owner.info.ok",
       "if(t2, if(t1, t0, error), error)\n"
       "t0 boolean total resource.owner.info.ok\n"
       "t1 boolean total resource.owner exists\n"
       "t2 boolean total resource exists\n"},
      // `has` does not fail on absent entities.
      {"principal has nick", "t0\nt0 boolean total principal has nick\n"},
      // What may fail in other ways too has an outcome for that.
      {"principal has nick && principal.nick == \"x\"",
       "and(t0, t1[\"x\"])\nt0 boolean total principal has nick\n"
       "t1 symbol principal.nick\n"},
      {"principal.hasTag(\"t\") && principal.getTag(\"t\")",
       "and(t0, t1)\nt0 boolean total principal.hasTag(\"t\")\n"
       "t1 boolean principal.getTag(\"t\")\n"},
      {"principal in Group::\"g\"",
       "t0\nt0 boolean total principal in Group::\"g\"\n"},
      {"if context.ok then context.n == 1 else principal.vip",
       "if(t0, t1[1..1], if(t3, t2, error))\n"
       "t0 boolean total context.ok\nt1 interval total context.n\n"
       "t2 boolean total principal.vip\nt3 boolean total principal exists\n"},
      // Known from the environment.
      {"action == Action::\"read\"", "true\n"},
      {"action in Action::\"all\"", "true\n"},
      {"action != Action::\"read\"", "false\n"},
      {"action in [Action::\"other\"]", "false\n"},
      {"principal is User", "true\n"},
      {"principal is Group", "false\n"},
      {"principal is User in Group::\"g\"",
       "t0\nt0 boolean total principal in Group::\"g\"\n"},
      // What the checker knows to be false rules out what is behind it, which
      // need not fit the schema.
      {"(principal is Group && principal like \"x\") || context.ok",
       "or(and(false), t0)\nt0 boolean total context.ok\n"},
      {"!(principal has nothing) && context.ok",
       "and(not(false), t0)\nt0 boolean total context.ok\n"},
      {"context.ok || (principal has nothing && 1 < \"x\")",
       "or(t0, and(false))\nt0 boolean total context.ok\n"},
      {"if principal has nothing then \"x\" like \"y\" else context.ok",
       "if(false, false, t0)\nt0 boolean total context.ok\n"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Condition(Lower(When(c.when))), c.lowered) << c.when;
  }
}

TEST_F(LowerTest, Scopes) {
  const struct {
    const char* policy;
    const char* lowered;
  } kCases[] = {
      {"permit(principal, action, resource);", "and(and(true, true, true))\n"},
      {"permit(principal == User::\"a\", action, resource == Doc::\"d\");",
       "and(and(true, t0[User::\"a\"], t1[Doc::\"d\"]))\n"
       "t0 symbol total principal\nt1 symbol total resource\n"},
      {"permit(principal in Group::\"g\", action, resource is Doc);",
       "and(and(true, t0, true))\n"
       "t0 boolean total principal in [Group::\"g\"]\n"},
      {"permit(principal is User in Group::\"g\", action, resource);",
       "and(and(true, t0, true))\n"
       "t0 boolean total principal in Group::\"g\"\n"},
      // Of another action or type.
      {"permit(principal, action == Action::\"other\", resource);", "false\n"},
      {"permit(principal == Group::\"g\", action, resource);", "false\n"},
      {"permit(principal is Group, action, resource);", "false\n"},
      {"permit(principal, action in [Action::\"other\", Action::\"all\"], "
       "resource);",
       "and(and(true, true, true))\n"},
      // `unless` is `when` with `!`.
      {"permit(principal, action, resource) unless { context.ok } when { "
       "context.ok };",
       "and(and(true, true, true), and(not(t0), t0))\n"
       "t0 boolean total context.ok\n"},
      {"permit(principal, action, resource) unless { principal has nothing } "
       "when { context.ok };",
       "and(and(true, true, true), and(not(false), t0))\n"
       "t0 boolean total context.ok\n"},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(Lower(c.policy), c.lowered) << c.policy;
}

TEST_F(LowerTest, PoliciesShareTests) {
  EXPECT_EQ(Lower(When("context.n < 3") + When("context.n >= 9") +
                  When("context.color == Color::\"red\" && principal.vip") +
                  When("principal.age == 1")),
            "and(and(true, true, true), and(not(t0[3..])))\n"
            "and(and(true, true, true), and(t0[9..]))\n"
            "and(and(true, true, true), and(and(t1[Color::\"red\"], "
            "if(t3, t2, error))))\n"
            "and(and(true, true, true), and(if(t3, t4[1..1], error)))\n"
            "t0 interval total context.n\nt1 symbol total context.color\n"
            "t2 boolean total principal.vip\n"
            "t3 boolean total principal exists\n"
            "t4 interval total principal.age\n");
}

TEST_F(LowerTest, AVeryLongPolicyIsOneTest) {
  std::string text = "context.n == 0";
  for (int i = 1; i <= 300; ++i) {
    absl::StrAppend(&text, " || context.n == ", 2 * i);
  }
  const std::string lowered = Lower(When(text));
  EXPECT_EQ(lowered.substr(0, lowered.find('\n')),
            "and(and(true, true, true), t0)");
}

TEST_F(LowerTest, AVeryLargeSetIsOneConstant) {
  const auto lowered = [this](int size) {
    std::string set;
    for (int i = 0; i < size; ++i) {
      absl::StrAppend(&set, i > 0 ? ", " : "", "Color::\"", i, "\"");
    }
    const std::string text =
        LowerUnvalidated(When(absl::StrCat("[", set, "].contains(context.c)")));
    return text.substr(text.find('\n') + 1, 12);
  };
  EXPECT_EQ(lowered(4096), "t0 symbol co");
  EXPECT_EQ(lowered(4097), "t0 boolean [");
}

// Nothing is known of the request, so that every test may fail.
TEST_F(LowerTest, UnvalidatedPolicies) {
  const struct {
    const char* policy;
    const char* lowered;
  } kCases[] = {
      {"permit(principal == User::\"a\", action == Action::\"x\", resource is "
       "Doc);",
       "and(and(t0[Action::\"x\"], t1[User::\"a\"], t2))\n"
       "t0 symbol action\nt1 symbol principal\n"
       "t2 boolean resource is Doc\n"},
      {"permit(principal, action, resource) when { 1 < \"x\" };",
       "and(and(true, true, true), and(t0))\nt0 boolean 1 < \"x\"\n"},
      {"permit(principal, action, resource) when { \"x\" };",
       "and(and(true, true, true), and(t0))\nt0 boolean \"x\"\n"},
      {"permit(principal, action, resource) when { principal.vip == true };",
       "and(and(true, true, true), and(t0[true]))\n"
       "t0 symbol principal.vip\n"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(LowerUnvalidated(c.policy), c.lowered) << c.policy;
  }
}

}  // namespace
}  // namespace sekisho
