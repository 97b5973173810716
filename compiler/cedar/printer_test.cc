// The layout of policies. See round_trip_test.cc for what is promised of
// expressions, testdata/expressions.txt for how they look.
#include "compiler/cedar/printer.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

Policy Parse(const std::string& text) {
  SourceSet sources;
  const SourceId id = sources.Add("x", text);
  Diagnostics diagnostics(&sources);
  std::vector<Policy> policies = ParsePolicies(sources, id, &diagnostics);
  EXPECT_EQ(diagnostics.ToString(), "");
  return policies.empty() ? Policy() : policies[0];
}

TEST(PrinterTest, LaysOutAPolicy) {
  const Policy policy = Parse(
      "@id(\"①-1\") @matrix(\"①-1\") @reviewed permit(principal is Person, "
      "action in [Action::\"view\"], resource is Record) "
      "when { principal.roles.contains(Role::\"physician\") } "
      "unless { context.a < 1 };");
  EXPECT_EQ(PrintPolicy(policy,
                        [](const Clause& clause) -> std::string {
                          return clause.unless ? "" : "role 医師\nprinted";
                        }),
            R"(@id("①-1")
@matrix("①-1")
@reviewed
permit (
  principal is Person,
  action in [Action::"view"],
  resource is Record
)
// role 医師
// printed
when { principal.roles.contains(Role::"physician") }
unless { context.a < 1 };
)");
}

TEST(PrinterTest, AnOpenHeadIsOneLine) {
  EXPECT_EQ(PrintPolicy(Parse("forbid(principal,action,resource);")),
            "forbid (principal, action, resource);\n");
}

TEST(PrinterTest, WritesTheIdOfAPolicyThatHasNoAnnotationForIt) {
  Policy policy;
  policy.id = "①-1";
  EXPECT_EQ(PrintPolicy(policy),
            "@id(\"①-1\")\npermit (principal, action, resource);\n");
  policy.id = "policy12";
  EXPECT_EQ(PrintPolicy(policy), "permit (principal, action, resource);\n");
  policy.id = "policy12a";
  EXPECT_EQ(PrintPolicy(policy),
            "@id(\"policy12a\")\npermit (principal, action, resource);\n");
}

TEST(PrinterTest, BreaksLongClauses) {
  const std::string a(15, 'a');
  // 80 columns, then 81.
  EXPECT_EQ(
      PrintPolicy(Parse(
          absl::StrCat("permit(principal, action, resource) when { context.", a,
                       " == context.", a, " && \"12345678\" == \"1\" };"))),
      absl::StrCat("permit (principal, action, resource)\n", "when { context.",
                   a, " == context.", a, " && \"12345678\" == \"1\" };\n"));
  EXPECT_EQ(PrintPolicy(Parse(absl::StrCat(
                "permit(principal, action, resource) when { context.", a,
                " == context.", a, " && \"123456789\" == \"1\" };"))),
            absl::StrCat("permit (principal, action, resource)\n", "when {\n",
                         "  context.", a, " == context.", a, " &&\n",
                         "  \"123456789\" == \"1\"\n", "};\n"));
}

TEST(PrinterTest, CountsColumnsNotBytes) {
  // 30 characters of three bytes and two columns each.
  std::string wide;
  for (int i = 0; i < 30; ++i) wide += "病";
  EXPECT_EQ(PrintPolicy(Parse(
                absl::StrCat("permit(principal, action, resource) unless { \"",
                             wide, "\" == \"\" };"))),
            absl::StrCat("permit (principal, action, resource)\nunless { \"",
                         wide, "\" == \"\" };\n"));
  EXPECT_EQ(PrintPolicy(Parse(
                absl::StrCat("permit(principal, action, resource) unless { \"",
                             wide, "123\" == \"\" };"))),
            absl::StrCat("permit (principal, action, resource)\nunless {\n  \"",
                         wide, "123\" == \"\"\n};\n"));
}

TEST(PrinterTest, BreaksAtTheTopLevelOnly) {
  const std::string a(30, 'a');
  const std::string test = absl::StrCat("context.", a, " == 1");
  EXPECT_EQ(
      PrintPolicy(Parse(
          absl::StrCat("permit(principal, action, resource) when { ", test,
                       " && ", test, " || (", test, " || ", test, ") };"))),
      absl::StrCat("permit (principal, action, resource)\nwhen {\n  ", test,
                   " && ", test, " ||\n  (", test, " || ", test, ")\n};\n"));
}

}  // namespace
}  // namespace sekisho
