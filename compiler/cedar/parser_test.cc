// What the goldens do not show: places, structure, limits. See golden_test.cc
// for what is accepted and how errors read, round_trip_test.cc for the rest.
#include "compiler/cedar/parser.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/printer.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

// A text, what became of it, and what was said about it.
struct Parsed {
  explicit Parsed(std::string text) {
    id = sources.Add("x", std::move(text));
    policies = ParsePolicies(sources, id, &diagnostics);
  }
  std::string Text(const Span& span) const {
    return std::string(sources.text(span));
  }

  SourceSet sources;
  Diagnostics diagnostics{&sources};
  SourceId id;
  std::vector<Policy> policies;
};

struct ParsedExpression {
  explicit ParsedExpression(std::string text) {
    id = sources.Add("x", std::move(text));
    expr = ParseExpression(
        sources, {id, 0, static_cast<uint32_t>(sources.text(id).size())},
        &diagnostics);
  }
  std::string Text(const Span& span) const {
    return std::string(sources.text(span));
  }

  SourceSet sources;
  Diagnostics diagnostics{&sources};
  SourceId id;
  ExprPtr expr;
};

std::string Repeat(const std::string& text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string TooMany(size_t source_bytes) {
  return absl::StrCat("more than ", MaxExpressions(source_bytes),
                      " expressions");
}

std::string FirstMessage(const Diagnostics& diagnostics) {
  return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
}

TEST(ParserTest, ExpressionsKnowTheirPlace) {
  const ParsedExpression parsed(
      " ( context.a  has b ) && principal[\"x\"].contains( -1 )");
  const Expr& chain = *parsed.expr;
  EXPECT_EQ(parsed.Text(chain.span),
            "( context.a  has b ) && principal[\"x\"].contains( -1 )");
  const Expr& has = *chain.args()[0];
  EXPECT_EQ(parsed.Text(has.span), "context.a  has b");
  EXPECT_EQ(parsed.Text(has.name_span()), "b");
  EXPECT_EQ(parsed.Text(has.args()[0]->name_span()), "a");
  const Expr& call = *chain.args()[1];
  EXPECT_EQ(parsed.Text(call.span), "principal[\"x\"].contains( -1 )");
  EXPECT_EQ(parsed.Text(call.name_span()), "contains");
  EXPECT_EQ(parsed.Text(call.args()[0]->span), "principal[\"x\"]");
  EXPECT_EQ(parsed.Text(call.args()[0]->name_span()), "\"x\"");
  EXPECT_EQ(parsed.Text(call.args()[1]->span), "-1");
}

TEST(ParserTest, PartsOfAHasPathKnowTheirPlace) {
  const ParsedExpression parsed("context has a.b");
  ASSERT_EQ(parsed.expr->args().size(), 2u);
  EXPECT_EQ(parsed.Text(parsed.expr->span), "context has a.b");
  EXPECT_EQ(parsed.Text(parsed.expr->args()[0]->span), "context has a");
  EXPECT_EQ(parsed.Text(parsed.expr->args()[1]->name_span()), "b");
}

TEST(ParserTest, PoliciesKnowTheirPlace) {
  const Parsed parsed(
      "// note\n@id(\"a\") permit (principal is A in A::\"x\", action, "
      "resource)\nwhen { true } ;\n");
  ASSERT_EQ(parsed.policies.size(), 1u);
  const Policy& policy = parsed.policies[0];
  EXPECT_EQ(parsed.Text(policy.span),
            "@id(\"a\") permit (principal is A in A::\"x\", action, "
            "resource)\nwhen { true } ;");
  EXPECT_EQ(parsed.Text(policy.annotations[0].span), "@id(\"a\")");
  EXPECT_EQ(parsed.Text(policy.principal.span), "principal is A in A::\"x\"");
  EXPECT_EQ(parsed.Text(policy.action.span), "action");
  EXPECT_EQ(parsed.Text(policy.clauses[0].origin), "when { true }");
}

TEST(ParserTest, APartOfASourceIsReadAlone) {
  SourceSet sources;
  const SourceId id = sources.Add("x", "a\tcontext.b == 1\t&& c");
  Diagnostics diagnostics(&sources);
  const ExprPtr expr = ParseExpression(sources, {id, 2, 16}, &diagnostics);
  ASSERT_NE(expr, nullptr);
  EXPECT_EQ(PrintExpression(*expr), "context.b == 1");
  EXPECT_EQ(expr->span, (Span{id, 2, 16}));
  EXPECT_EQ(ParseExpression(sources, {id, 2, 15}, &diagnostics), nullptr);
  EXPECT_EQ(FirstMessage(diagnostics), "expected an expression, found the end");
}

TEST(ParserTest, PoliciesWithoutIdAreNumberedWithTheOthers) {
  const Parsed parsed(
      "permit(principal, action, resource);\n"
      "@id(\"x\") permit(principal, action, resource);\n"
      "permit(principal, action, resource) when { oops };\n"
      "@id permit(principal, action, resource);\n");
  std::vector<std::string> ids;
  for (const Policy& policy : parsed.policies) ids.push_back(policy.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"policy0", "x", "policy3"}));
  EXPECT_EQ(parsed.diagnostics.error_count(), 1u);
}

TEST(ParserTest, ChainsAreOneNode) {
  const ParsedExpression parsed("true && (true && false) && true || false");
  ASSERT_EQ(parsed.expr->kind, ExprKind::kOr);
  ASSERT_EQ(parsed.expr->args().size(), 2u);
  const Expr& chain = *parsed.expr->args()[0];
  ASSERT_EQ(chain.kind, ExprKind::kAnd);
  ASSERT_EQ(chain.args().size(), 3u);
  EXPECT_EQ(chain.args()[1]->kind, ExprKind::kAnd);
}

TEST(ParserTest, CarriageReturnsEndLines) {
  const Parsed parsed(
      "permit(principal, action, resource)\r\n// when { }\r\nwhen { true "
      "};\r\n");
  EXPECT_EQ(parsed.diagnostics.ToString(), "");
  EXPECT_EQ(parsed.policies.size(), 1u);
}

TEST(ParserTest, AStringWithACarriageReturnIsRefused) {
  const ParsedExpression parsed("\"a\r\nb\"");
  EXPECT_EQ(FirstMessage(parsed.diagnostics),
            "a string cannot contain a carriage return");
}

// ---- Limits ----------------------------------------------------------------

TEST(ParserLimitsTest, LongChainsAreFlat) {
  for (const std::string op : {" && ", " || "}) {
    const std::string text =
        "context.a" + Repeat(op + "context.a", 100'000 - 1);
    const ParsedExpression parsed(text);
    ASSERT_NE(parsed.expr, nullptr) << parsed.diagnostics.ToString();
    EXPECT_EQ(parsed.expr->args().size(), 100'000u);
    EXPECT_TRUE(PrintExpression(*parsed.expr) == text);
  }
}

TEST(ParserLimitsTest, LongListsAreFlat) {
  const ParsedExpression set("[" + Repeat("1,", 100'000) + "]");
  ASSERT_NE(set.expr, nullptr);
  EXPECT_EQ(set.expr->args().size(), 100'000u);
  const Parsed clauses("permit(principal, action, resource)" +
                       Repeat("when{true}", 100'000) + ";");
  ASSERT_EQ(clauses.policies.size(), 1u);
  EXPECT_EQ(clauses.policies[0].clauses.size(), 100'000u);
}

// {opening, innermost, closing} and whether that many levels are accepted.
TEST(ParserLimitsTest, DepthIsLimitedEverywhere) {
  const struct {
    std::string opening;
    std::string innermost;
    std::string closing;
  } kCases[] = {
      {"(", "1", ")"},
      {"[", "1", "]"},
      {"{a:", "1", "}"},
      {"", "context", ".a"},
      {"", "context", "[\"a\"]"},
      {"1+", "1", ""},
      {"1*", "1", ""},
      {"1-(", "1", ")"},
      {"!(", "true", ")"},
      {"-(", "1", ")"},
      {"!!!!(", "true", ")"},
      {"if true then 1 else ", "1", ""},
      {"if ", "true", " then true else true"},
      {"1 == (", "1", ")"},
      {"(", "context", " has a)"},
      {"(", "context", " has a.b)"},
      {"(", "context", " is A)"},
      {"[1].contains(", "1", ")"},
      {"[(1 + 1 + 1 == {a: -", "1", "})]"},
      {"true && (false || (", "true", "))"},
  };
  for (const auto& c : kCases) {
    const auto nested = [&](size_t count) {
      return Repeat(c.opening, count) + c.innermost + Repeat(c.closing, count);
    };
    for (const size_t count : {500u, 10'000u}) {
      const ParsedExpression deep(nested(count));
      EXPECT_EQ(deep.expr, nullptr) << nested(1);
      // `has` with a path is large before it is deep.
      const std::string message = FirstMessage(deep.diagnostics);
      EXPECT_TRUE(message == "more than 200 levels of nesting" ||
                  message == TooMany(nested(count).size()))
          << nested(1) << message;
      EXPECT_EQ(deep.diagnostics.error_count(), 1u);
    }
    // Not so deep, even if a level takes several.
    const ParsedExpression flat(nested(10));
    EXPECT_NE(flat.expr, nullptr) << flat.diagnostics.ToString();
  }
}

TEST(ParserLimitsTest, WhatWasPrintedCanBeReadAtAnyDepth) {
  for (const std::string opening : {"-(", "!(", "[", "{a: ", "1 - ("}) {
    const std::string closing = opening == "["      ? "]"
                                : opening == "{a: " ? "}"
                                                    : ")";
    // The deepest that is accepted.
    size_t count = kMaxDepth;
    std::string text;
    for (; count > 0; --count) {
      text = Repeat(opening, count) + "context" + Repeat(closing, count);
      if (ParsedExpression(text).expr != nullptr) break;
    }
    EXPECT_EQ(count, static_cast<size_t>(kMaxDepth - 1)) << opening;
    const ParsedExpression deepest(text);
    const std::string printed = PrintExpression(*deepest.expr);
    EXPECT_NE(ParsedExpression(printed).expr, nullptr) << opening;
  }
}

TEST(ParserLimitsTest, ExpressionsAreLimitedByTheSizeOfTheSource) {
  // At most one in two bytes.
  const auto set = [](size_t count) { return Repeat("1,", count); };
  EXPECT_NE(ParsedExpression("[" + set(490'000) + "]").expr, nullptr);
  const std::string text = "[" + set(900'000) + "]";
  const ParsedExpression dense(text);
  EXPECT_EQ(dense.expr, nullptr);
  EXPECT_EQ(FirstMessage(dense.diagnostics), TooMany(text.size()));
  // As people write it, any size is right.
  std::string policies;
  for (int i = 0; i < 100'000; ++i) {
    absl::StrAppend(&policies,
                    "permit (principal, action, resource)\nwhen { "
                    "context.count == ",
                    i, " && principal.name == \"a\" };\n");
  }
  EXPECT_EQ(Parsed(policies).policies.size(), 100'000u);
}

TEST(ParserLimitsTest, HasWithAPathDoesNotExplode) {
  // Each level writes what is before it twice.
  std::string text = "context";
  for (int i = 0; i < 60; ++i)
    text = "(if " + text + " has a.b then context else context)";
  const ParsedExpression parsed(text);
  EXPECT_EQ(parsed.expr, nullptr);
  EXPECT_EQ(FirstMessage(parsed.diagnostics), TooMany(text.size()));
}

TEST(ParserLimitsTest, LongPathsOfHasAreLimited) {
  const ParsedExpression parsed("context has a" + Repeat(".a", 10'000));
  EXPECT_EQ(FirstMessage(parsed.diagnostics),
            "more than 200 levels of nesting");
}

TEST(ParserLimitsTest, TheNumberOfErrorsIsLimited) {
  const Parsed parsed(Repeat(";", 100'000));
  EXPECT_EQ(parsed.diagnostics.error_count(), kMaxErrors + 1);
  EXPECT_EQ(parsed.diagnostics.all().back().message,
            "too many errors; what follows was not read");
}

TEST(ParserLimitsTest, HostileTextsAreAnswered) {
  const std::string kTexts[] = {
      std::string(1, '\0'),
      "\xff\xfe",
      Repeat("\xe7", 1000),
      "\"" + Repeat("\\", 10'001),
      Repeat("@a", 10'000),
      Repeat("permit(", 10'000),
      Repeat("a", 1'000'000),
      Repeat("1", 1'000'000),
      "permit(principal, action in [" + Repeat("Action::\"a\",", 10'000),
      "permit(principal is " + Repeat("A::", 10'000),
      Repeat("//", 100'000),
      Repeat("\"", 9'999),
      Repeat("病", 100'000),
      "permit(principal, action, resource) when {" + Repeat("{", 10'000),
  };
  for (const std::string& text : kTexts) {
    const Parsed parsed(text);
    EXPECT_TRUE(parsed.policies.empty());
    // Rendering is part of the answer.
    EXPECT_LT(parsed.diagnostics.ToString().size(), 2'000'000u);
    const ParsedExpression expression(text);
    EXPECT_EQ(expression.expr != nullptr, !expression.diagnostics.has_errors());
  }
}

}  // namespace
}  // namespace sekisho
