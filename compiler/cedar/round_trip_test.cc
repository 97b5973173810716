// parse(print(x)) = x: for all small trees of one example of each kind, for
// random larger ones, and for policies. And whatever text arrives, the parser
// answers, and what it accepts makes the round trip too.
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/same_expression.h"
#include "engine/base/utf8.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

ExprPtr Make(ExprKind kind, std::vector<ExprPtr> args) {
  return MakeOperation(kind, std::move(args));
}

ExprPtr Literal(Value value) { return MakeLiteral(std::move(value)); }

ExprPtr Named(ExprKind kind, std::string name, std::vector<ExprPtr> args) {
  return MakeOperation(kind, std::move(args), std::move(name));
}

ExprPtr Var(Variable variable) { return MakeVariable(variable); }

ExprPtr Like(Pattern pattern, ExprPtr arg) {
  ExprParts parts;
  parts.kind = ExprKind::kLike;
  parts.pattern = std::move(pattern);
  parts.args = {std::move(arg)};
  return MakeExpr(std::move(parts));
}

ExprPtr Record(std::vector<std::string> names, std::vector<ExprPtr> args) {
  ExprParts parts;
  parts.kind = ExprKind::kRecord;
  parts.names = std::move(names);
  parts.args = std::move(args);
  return MakeExpr(std::move(parts));
}

// Empty if `expr` makes the round trip, otherwise what happened.
std::string Failure(const Expr& expr) {
  const std::string text = PrintExpression(expr);
  SourceSet sources;
  const SourceId id = sources.Add("printed", text);
  Diagnostics diagnostics(&sources);
  const ExprPtr parsed = ParseExpression(
      sources, {id, 0, static_cast<uint32_t>(text.size())}, &diagnostics);
  if (parsed == nullptr) {
    return absl::StrCat(text, "\n", diagnostics.ToString());
  }
  if (!SameExpression(expr, *parsed)) {
    return absl::StrCat(text, "\nwas read as another tree, printed as\n",
                        PrintExpression(*parsed));
  }
  return "";
}

// Every kind of inner node as a function of one child at one place.
std::vector<ExprPtr> Around(const ExprPtr& child) {
  const ExprPtr leaf = Var(Variable::kContext);
  std::vector<ExprPtr> out;
  for (ExprKind kind :
       {ExprKind::kAnd, ExprKind::kOr, ExprKind::kEqual, ExprKind::kNotEqual,
        ExprKind::kLess, ExprKind::kLessEqual, ExprKind::kGreater,
        ExprKind::kGreaterEqual, ExprKind::kAdd, ExprKind::kSubtract,
        ExprKind::kMultiply, ExprKind::kIn}) {
    out.push_back(Make(kind, {child, leaf}));
    out.push_back(Make(kind, {leaf, child}));
  }
  out.push_back(Make(ExprKind::kAnd, {leaf, child, leaf}));
  out.push_back(Make(ExprKind::kOr, {leaf, child, leaf}));
  out.push_back(Make(ExprKind::kNot, {child}));
  out.push_back(Make(ExprKind::kNegate, {child}));
  out.push_back(Make(ExprKind::kIf, {child, leaf, leaf}));
  out.push_back(Make(ExprKind::kIf, {leaf, child, leaf}));
  out.push_back(Make(ExprKind::kIf, {leaf, leaf, child}));
  out.push_back(Named(ExprKind::kHas, "a", {child}));
  out.push_back(Named(ExprKind::kHas, "if", {child}));
  out.push_back(Named(ExprKind::kGet, "a", {child}));
  out.push_back(Named(ExprKind::kGet, "in", {child}));
  out.push_back(Named(ExprKind::kIs, "A::B", {child}));
  out.push_back(Named(ExprKind::kIs, "A", {child, leaf}));
  out.push_back(Named(ExprKind::kIs, "A", {leaf, child}));
  out.push_back(Make(ExprKind::kSet, {child, leaf}));
  out.push_back(Named(ExprKind::kCall, "contains", {child, leaf}));
  out.push_back(Named(ExprKind::kCall, "contains", {leaf, child}));
  out.push_back(Named(ExprKind::kCall, "isEmpty", {child}));
  out.push_back(Named(ExprKind::kCall, "isInRange", {child, leaf}));
  out.push_back(Named(ExprKind::kCall, "offset", {leaf, child, leaf}));
  out.push_back(Named(ExprKind::kFunction, "ip", {child}));
  out.push_back(Named(ExprKind::kFunction, "decimal", {leaf, child}));
  out.push_back(Like({"a", ""}, child));
  out.push_back(Record({"a", "b c"}, {child, leaf}));
  return out;
}

TEST(RoundTripTest, AllSmallTrees) {
  const std::vector<ExprPtr> leaves = {
      Var(Variable::kPrincipal),
      Literal(Value::Long(1)),
      Literal(Value::Long(-1)),
      Literal(Value::String("a")),
      Literal(Value::Entity({"A::B", "c"})),
      Literal(Value::Bool(true)),
      Make(ExprKind::kSet, {}),
      Make(ExprKind::kRecord, {}),
      Named(ExprKind::kFunction, "datetime", {}),
  };
  for (const ExprPtr& leaf : leaves) {
    ASSERT_EQ(Failure(*leaf), "");
    for (const ExprPtr& one : Around(leaf)) {
      ASSERT_EQ(Failure(*one), "");
      for (const ExprPtr& two : Around(one)) ASSERT_EQ(Failure(*two), "");
    }
  }
  for (const ExprPtr& one : Around(leaves[2])) {
    for (const ExprPtr& two : Around(one)) {
      for (const ExprPtr& three : Around(two)) {
        ASSERT_EQ(Failure(*three), "");
      }
    }
  }
}

// Random trees, the same for the same seed.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  uint32_t Below(uint32_t n) { return random_() % n; }

  std::string Text() {
    static const char* const kPieces[] = {
        "a",  "B",  "0",  " ", "*", "\\",     "\"", "'",      "\n",
        "\r", "\t", "病", "①", "😀", "\u3099", "//", "\u202e", "{}"};
    std::string text;
    for (uint32_t n = Below(4); n > 0; --n) {
      text += Below(20) == 0 ? std::string(1, '\0')
                             : kPieces[Below(std::size(kPieces))];
    }
    return text;
  }

  std::string AttributeName() {
    static const char* const kNames[] = {"a",  "roles", "_x1",    "in",
                                         "if", "true",  "__cedar"};
    return Below(3) == 0 ? Text() : kNames[Below(std::size(kNames))];
  }

  std::string TypeName() {
    static const char* const kNames[] = {"User", "A::B", "_::x::Y2",
                                         "principal"};
    return kNames[Below(std::size(kNames))];
  }

  Value LiteralValue() {
    switch (Below(5)) {
      case 0:
        return Value::Bool(Below(2) == 0);
      case 1:
        return Value::Long(static_cast<int32_t>(Below(7)) - 3);
      case 2:
        return Value::Long(Below(2) == 0 ? INT64_MIN : INT64_MAX);
      case 3:
        return Value::String(Text());
      default:
        return Value::Entity({TypeName(), Text()});
    }
  }

  ExprPtr Leaf() {
    if (Below(2) == 0) return Literal(LiteralValue());
    return Var(static_cast<Variable>(Below(4)));
  }

  std::vector<ExprPtr> List(size_t count, int depth) {
    std::vector<ExprPtr> list;
    for (size_t i = 0; i < count; ++i) list.push_back(Tree(depth));
    return list;
  }

  ExprPtr Tree(int depth) {
    if (depth == 0) return Leaf();
    const auto kind = static_cast<ExprKind>(
        Below(static_cast<uint32_t>(ExprKind::kFunction) + 1));
    const int below = depth - 1;
    switch (kind) {
      case ExprKind::kLiteral:
      case ExprKind::kVariable:
        return Leaf();
      case ExprKind::kNot:
      case ExprKind::kNegate:
        return Make(kind, List(1, below));
      case ExprKind::kAnd:
      case ExprKind::kOr:
        return Make(kind, List(2 + Below(3), below));
      case ExprKind::kIf:
        return Make(kind, List(3, below));
      case ExprKind::kHas:
      case ExprKind::kGet:
        return Named(kind, AttributeName(), List(1, below));
      case ExprKind::kLike: {
        Pattern pattern;
        for (uint32_t n = 1 + Below(3); n > 0; --n) pattern.push_back(Text());
        return Like(std::move(pattern), List(1, below)[0]);
      }
      case ExprKind::kIs:
        return Named(kind, TypeName(), List(1 + Below(2), below));
      case ExprKind::kSet:
        return Make(kind, List(Below(4), below));
      case ExprKind::kRecord: {
        std::vector<std::string> names;
        for (uint32_t n = Below(4); n > 0; --n) {
          names.push_back(absl::StrCat(AttributeName(), n));
        }
        std::vector<ExprPtr> args = List(names.size(), below);
        return Record(std::move(names), std::move(args));
      }
      case ExprKind::kCall: {
        static const char* const kMethods[] = {
            "contains", "containsAll", "containsAny", "getTag",
            "hasTag",   "isInRange",   "lessThan",    "offset"};
        if (Below(5) == 0) return Named(kind, "isEmpty", List(1, below));
        if (Below(5) == 0) {
          return Named(kind, "toDate", List(1 + Below(3), below));
        }
        return Named(kind, kMethods[Below(std::size(kMethods))],
                     List(2, below));
      }
      case ExprKind::kFunction: {
        static const char* const kFunctions[] = {"decimal", "ip", "datetime",
                                                 "duration"};
        return Named(kind, kFunctions[Below(std::size(kFunctions))],
                     List(Below(3), below));
      }
      default:
        return Make(kind, List(2, below));
    }
  }

  Scope RandomScope(bool is_action) {
    Scope scope;
    scope.kind = static_cast<Scope::Kind>(Below(is_action ? 3 : 5));
    if (scope.kind == Scope::Kind::kIs || scope.kind == Scope::Kind::kIsIn) {
      scope.type = TypeName();
    }
    size_t uids =
        scope.kind == Scope::Kind::kAny || scope.kind == Scope::Kind::kIs ? 0
                                                                          : 1;
    if (is_action && scope.kind == Scope::Kind::kIn && Below(2) == 0) {
      scope.is_list = true;
      uids = Below(3);
    }
    scope.has_slot = !is_action && uids == 1 && Below(4) == 0;
    if (scope.has_slot) uids = 0;
    for (size_t i = 0; i < uids; ++i) {
      scope.uids.push_back({is_action ? "N::Action" : TypeName(), Text()});
    }
    return scope;
  }

  Policy RandomPolicy() {
    Policy policy;
    policy.id = "policy0";
    policy.effect = static_cast<Effect>(Below(2));
    for (uint32_t n = Below(3); n > 0; --n) {
      policy.annotations.push_back({absl::StrCat("if", n), Text(), {}});
    }
    if (Below(2) == 0) {
      policy.id = absl::StrCat("x", Text());
      policy.annotations.push_back({"id", policy.id, {}});
    }
    policy.principal = RandomScope(false);
    policy.action = RandomScope(true);
    policy.resource = RandomScope(false);
    for (uint32_t n = Below(4); n > 0; --n) {
      Clause clause;
      clause.unless = Below(2) == 0;
      clause.body = Tree(static_cast<int>(Below(5)));
      policy.clauses.push_back(std::move(clause));
    }
    return policy;
  }

 private:
  std::mt19937 random_;
};

TEST(RoundTripTest, RandomExpressions) {
  for (uint32_t seed = 0; seed < 20'000; ++seed) {
    Generator generator(seed);
    const ExprPtr expr = generator.Tree(1 + static_cast<int>(seed % 6));
    ASSERT_EQ(Failure(*expr), "") << "seed " << seed;
  }
}

TEST(RoundTripTest, RandomPolicies) {
  for (uint32_t seed = 0; seed < 5'000; ++seed) {
    Generator generator(seed);
    const Policy policy = generator.RandomPolicy();
    const std::string text = PrintPolicy(policy);
    SourceSet sources;
    const SourceId id = sources.Add("printed", text);
    Diagnostics diagnostics(&sources);
    const std::vector<Policy> parsed = ParsePolicies(sources, id, &diagnostics);
    ASSERT_EQ(diagnostics.ToString(), "") << "seed " << seed;
    ASSERT_EQ(parsed.size(), 1u) << "seed " << seed;
    ASSERT_TRUE(SamePolicy(policy, parsed[0])) << "seed " << seed << "\n"
                                               << text;
  }
}

TEST(RoundTripTest, CommentsAreNotReadBack) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    Generator generator(seed);
    const Policy policy = generator.RandomPolicy();
    const std::string text = PrintPolicy(
        policy, [&](const Clause&) { return generator.Text() + "; }\n x"; });
    SourceSet sources;
    const SourceId id = sources.Add("printed", text);
    Diagnostics diagnostics(&sources);
    const std::vector<Policy> parsed = ParsePolicies(sources, id, &diagnostics);
    ASSERT_EQ(diagnostics.ToString(), "") << "seed " << seed;
    ASSERT_TRUE(parsed.size() == 1 && SamePolicy(policy, parsed[0]))
        << "seed " << seed << "\n"
        << text;
  }
}

// Printed policies with pieces cut, repeated and put in.
TEST(RoundTripTest, DamagedTextIsAnsweredNotCrashedOn) {
  static const char* const kPieces[] = {"(",    ")",
                                        "{",    "}",
                                        "[",    "]",
                                        "\"",   ";",
                                        "@",    "::",
                                        ".",    "!",
                                        "-",    "?",
                                        "&&",   "||",
                                        " in ", " has ",
                                        " is ", "if ",
                                        "//",   "\\",
                                        "（",   "病",
                                        "1",    "9223372036854775808",
                                        "when", "permit",
                                        "\n",   "="};
  size_t accepted = 0;
  for (uint32_t seed = 0; seed < 10'000; ++seed) {
    Generator generator(seed);
    std::string text = PrintPolicy(generator.RandomPolicy());
    for (uint32_t n = 1 + generator.Below(3); n > 0; --n) {
      const size_t at = generator.Below(static_cast<uint32_t>(text.size() + 1));
      if (generator.Below(2) == 0) {
        text.erase(at, generator.Below(10));
      } else {
        text.insert(at, kPieces[generator.Below(std::size(kPieces))]);
      }
    }
    if (FindInvalidUtf8(text) != absl::string_view::npos) continue;
    SourceSet sources;
    const SourceId id = sources.Add("damaged", text);
    Diagnostics diagnostics(&sources);
    const std::vector<Policy> parsed = ParsePolicies(sources, id, &diagnostics);
    // Rendering must hold for every span as well.
    ASSERT_EQ(diagnostics.ToString().empty(), !diagnostics.has_errors());
    for (const Policy& policy : parsed) {
      ++accepted;
      const SourceId again = sources.Add("again", PrintPolicy(policy));
      Diagnostics none(&sources);
      const std::vector<Policy> reparsed = ParsePolicies(sources, again, &none);
      ASSERT_EQ(none.ToString(), "") << "seed " << seed << "\n" << text;
      ASSERT_EQ(reparsed.size(), 1u) << "seed " << seed << "\n" << text;
      for (size_t i = 0; i < policy.clauses.size(); ++i) {
        ASSERT_TRUE(SameExpression(*policy.clauses[i].body,
                                   *reparsed[0].clauses[i].body))
            << "seed " << seed << "\n"
            << text;
      }
    }
  }
  EXPECT_GT(accepted, 500u);
}

}  // namespace
}  // namespace sekisho
