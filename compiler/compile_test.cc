#include "compiler/compile.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/graph/artifact.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] =
    "entity User; entity Doc;\n"
    "action read appliesTo { principal: User, resource: Doc,\n"
    "                        context: { a: Bool, n: Long } };\n";
constexpr char kPermitAll[] = "permit(principal, action, resource);\n";

using Files = std::vector<std::pair<std::string, std::string>>;

struct Compiled {
  PolicyFolder folder;
  std::unique_ptr<Compilation> compilation;

  std::string Ids() const {
    return absl::StrJoin(
        compilation->policies, " ",
        [](std::string* out, const Policy& policy) { *out += policy.id; });
  }
};

std::unique_ptr<Compiled> CompileFiles(Files files,
                                       const CompileOptions& options = {}) {
  if (files.empty() || files[0].first != "s.cedarschema") {
    files.emplace_back("s.cedarschema", kSchema);
  }
  auto out = std::make_unique<Compiled>();
  out->folder = *MakePolicyFolder(std::move(files));
  out->compilation = std::make_unique<Compilation>(&out->folder.sources);
  const absl::Status status =
      Compile(out->folder, options, out->compilation.get());
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

std::shared_ptr<const Artifact> Load(const Compiled& compiled) {
  auto artifact = Artifact::FromBytes(compiled.compilation->artifact);
  EXPECT_TRUE(artifact.ok()) << artifact.status();
  return artifact.ok() ? *artifact : nullptr;
}

TEST(CompileTest, PoliciesAreNamedByIdOrByPositionOverAllFiles) {
  const std::string named = absl::StrCat("@id(\"x\") ", kPermitAll);
  const Files files = {
      {"b.cedar", named + kPermitAll},
      {"a.cedar", absl::StrCat(kPermitAll, kPermitAll)},
      {"c.cedar", kPermitAll},
  };
  EXPECT_EQ(CompileFiles(files)->Ids(), "policy0 policy1 x policy3 policy4");
  CompileOptions numbered;
  numbered.number_policies = true;
  EXPECT_EQ(CompileFiles(files, numbered)->Ids(),
            "policy0 policy1 policy2 policy3 policy4");
}

TEST(CompileTest, TwoPoliciesWithOneIdAreAnError) {
  const auto compiled =
      CompileFiles({{"a.cedar", absl::StrCat("@id(\"policy1\")\n", kPermitAll,
                                             kPermitAll)}});
  EXPECT_EQ(compiled->compilation->diagnostics.ToString(),
            R"(error: there are two policies with the id `policy1`
--> a.cedar:3:1
  |
3 | permit(principal, action, resource);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: give one of them another `@id`
note: the first is here
--> a.cedar:1:1
  |
1 | @id("policy1")
  | ^^^^^^^^^^^^^^
)");
  EXPECT_EQ(compiled->compilation->artifact, "");
}

TEST(CompileTest, TheArtifactHasItAll) {
  const Files files = {
      {"a.cedar", absl::StrCat("\n@id(\"x\") @advice(\"b, a\")\n",
                               "forbid(principal, action, resource) when "
                               "{ context.a };")},
      {"b.cedar", kPermitAll},
      {"obligations.tsv",
       "name\tkind\tparameter\ttype\tvalue\n"
       "a\tadvice\tn\tLong\tcontext.n\n"
       "b\tadvice\n"}};
  const auto compiled = CompileFiles(files);
  const auto artifact = Load(*compiled);
  ASSERT_NE(artifact, nullptr);
  ASSERT_EQ(artifact->policies().size(), 2u);
  const PolicyInfo& first = artifact->policies()[0];
  EXPECT_EQ(first.id, "x");
  EXPECT_TRUE(first.is_forbid);
  EXPECT_EQ(*first.Annotation("advice"), "b, a");
  EXPECT_EQ(first.obligations, (std::vector<uint32_t>{1, 0}));
  EXPECT_EQ(first.source, "a.cedar");
  EXPECT_EQ(first.line, 2u);
  EXPECT_EQ(artifact->policies()[1].id, "policy1");
  ASSERT_EQ(artifact->obligations().size(), 2u);
  EXPECT_EQ(artifact->obligations()[0].name, "a");
  EXPECT_TRUE(artifact->obligations()[0].is_advice);
  EXPECT_EQ(artifact->graph().ToString(),
            compiled->compilation->graph.ToString());
  EXPECT_TRUE(artifact->graph().fail_closed);
  EXPECT_EQ(artifact->schema().actions.size(), 1u);

  // Its sources make it again.
  auto sources = artifact->Sources();
  ASSERT_TRUE(sources.ok());
  Files again;
  for (const ArtifactSource& source : *sources) {
    again.emplace_back(source.name, source.text);
  }
  std::swap(again.front(), again.back());
  EXPECT_EQ(CompileFiles(again)->compilation->artifact, artifact->bytes());
}

// Nor where policies turn out to be too large and are lowered once more.
TEST(CompileTest, WhetherPoliciesAreKeptMakesNoDifferenceToTheArtifact) {
  std::string hard;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&hard, i > 0 ? " && " : "", "(context.n + ", i % 7,
                    " == 1 || context.n + ", i % 11, " == 3 || context.a)");
  }
  const Files files = {
      {"a.cedar",
       absl::StrCat("permit(principal, action, resource) when { ", hard,
                    " };\n@id(\"t\") permit(principal == ?principal, action, "
                    "resource) when { context.n == 7 };\n")},
      {"links.tsv", "id\ttemplate\t?principal\nl\tt\tUser::\"u\"\n"}};
  for (const uint32_t budget : {10'000, 16}) {
    CompileOptions options;
    options.plan.policy_budget = budget;
    const auto kept = CompileFiles(files, options);
    options.keep_policies = false;
    const auto left = CompileFiles(files, options);
    EXPECT_FALSE(kept->compilation->diagnostics.has_errors())
        << kept->compilation->diagnostics.ToString();
    EXPECT_EQ(kept->compilation->whole_policies, budget == 16 ? 1u : 0u);
    EXPECT_EQ(kept->compilation->policies.size(), 3u);
    EXPECT_EQ(left->compilation->policies.size(), 0u);
    EXPECT_NE(left->compilation->artifact, "");
    EXPECT_EQ(left->compilation->artifact, kept->compilation->artifact);
  }
}

// They are written in parts.
TEST(CompileTest, ManyPoliciesAreEachExplained) {
  std::string rules;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&rules, "permit(principal, action, resource) when { ",
                    "context.n == ", i, " } unless { context.a };\n");
  }
  const auto compiled = CompileFiles({{"a.cedar", rules}});
  const auto artifact = Load(*compiled);
  ASSERT_NE(artifact, nullptr);
  const auto explanations = artifact->explanations();
  ASSERT_TRUE(explanations.ok()) << explanations.status();
  const Explanations& read = **explanations;
  ASSERT_EQ(read.policies.size(), 1000u);
  for (size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(read.policies[i].clauses.size(), 2u);
    const ExplainedClause& when = read.policies[i].clauses[0];
    const std::string text = absl::StrCat("context.n == ", i);
    ASSERT_EQ(when.text, text);
    ASSERT_EQ(when.line, i + 1);
    const Condition& condition = read.conditions[when.condition];
    ASSERT_EQ(read.programs.tests[condition.test].text, text);
    ASSERT_EQ(condition.to_hold.size(), 1u);
    ASSERT_EQ(read.programs.tests[condition.to_hold[0].value].text,
              absl::StrCat(i));
    // What all have is there once.
    ASSERT_EQ(read.policies[i].clauses[1].condition,
              read.policies[0].clauses[1].condition);
  }
  EXPECT_EQ(read.paths.size(), 2u);
}

TEST(CompileTest, TheSameSourcesGiveTheSameArtifact) {
  Files files = {{"a.cedar", kPermitAll},
                 {"b.cedar", absl::StrCat("@id(\"b\") ", kPermitAll)}};
  const std::string first = CompileFiles(files)->compilation->artifact;
  std::swap(files[0], files[1]);
  EXPECT_EQ(CompileFiles(files)->compilation->artifact, first);
  // And others another one.
  CompileOptions cedar;
  cedar.fail_closed = false;
  EXPECT_NE(CompileFiles(files, cedar)->compilation->artifact, first);
  files[0].second += "// a comment\n";
  EXPECT_NE(CompileFiles(files)->compilation->artifact, first);
}

TEST(CompileTest, ErrorsOfAllPassesLeaveNoArtifact) {
  const struct {
    Files files;
    const char* message;
  } kCases[] = {
      {{{"s.cedarschema", "entity User"}}, "error: expected"},
      {{{"s.cedarschema", "entity User in [Gruop];"}, {"a.cedar", kPermitAll}},
       "`Gruop`"},
      {{{"a.cedar", "permit(principal, action);"}}, "--> a.cedar:1:"},
      {{{"a.cedar",
         "permit(principal, action, resource) when "
         "{ context.b };"}},
       "has no attribute `b`"},
      {{{"a.cedar", "permit(principal == Usr::\"a\", action, resource);"}},
       "did you mean `User`?"},
  };
  for (const auto& c : kCases) {
    const auto compiled = CompileFiles(c.files);
    const Diagnostics& diagnostics = compiled->compilation->diagnostics;
    EXPECT_TRUE(diagnostics.has_errors()) << c.message;
    EXPECT_TRUE(absl::StrContains(diagnostics.ToString(), c.message))
        << diagnostics.ToString();
    EXPECT_EQ(compiled->compilation->artifact, "") << c.message;
  }
}

TEST(CompileTest, NoPoliciesAreNoError) {
  const auto compiled = CompileFiles({});
  EXPECT_FALSE(compiled->compilation->diagnostics.has_errors());
  EXPECT_EQ(Load(*compiled)->graph().ToString(),
            "root Action::\"read\" User Doc n0\nn0 end\n");
}

TEST(CompileTest, WithoutValidationThereIsOneRootForEveryRequest) {
  CompileOptions options;
  options.validate = false;
  const auto compiled =
      CompileFiles({{"a.cedar",
                     "permit(principal, action, resource) when "
                     "{ context.nothing || 1 < \"x\" };"}},
                   options);
  EXPECT_FALSE(compiled->compilation->diagnostics.has_errors())
      << compiled->compilation->diagnostics.ToString();
  const auto artifact = Load(*compiled);
  ASSERT_NE(artifact, nullptr);
  const DecisionGraph& graph = artifact->graph();
  ASSERT_EQ(graph.environments.size(), 1u);
  EXPECT_EQ(graph.Find({"Any", "thing"}, "Of", "Any"), &graph.environments[0]);
  for (const auto& test : graph.tests) EXPECT_FALSE(test.total) << test.text;
}

TEST(CompileTest, ListsOfConstantsMayBeLong) {
  std::string list;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&list, i, ", ");
  const auto compiled = CompileFiles(
      {{"a.cedar", absl::StrCat("permit(principal, action, resource) when { [",
                                list, "1].contains(context.n + 1) };")}});
  EXPECT_NE(Load(*compiled), nullptr);
}

TEST(CompileTest, WhatDoesNotFitIsAnErrorWithItsPlace) {
  std::string list;
  for (int i = 0; i < 1100; ++i) absl::StrAppend(&list, "context.n, ");
  const auto compiled = CompileFiles(
      {{"a.cedar", absl::StrCat(kPermitAll,
                                "permit(principal, action, resource)\nwhen { [",
                                list, "1].contains(3) };")}});
  const std::string text = compiled->compilation->diagnostics.ToString();
  EXPECT_TRUE(
      absl::StartsWith(text,
                       "error: the policy needs more than 1024 values at once\n"
                       "--> a.cedar:2:1\n"))
      << text;
  EXPECT_EQ(compiled->compilation->artifact, "");
}

// The deepest expressions and types that are read are also compiled, written
// and loaded.
TEST(CompileTest, DeepSourcesGoAllTheWay) {
  std::string type = "Long", text = "context.n";
  for (int i = 0; i < 90; ++i) {
    type = "{a: " + type + "}";
    text = "{a: " + text + "}.a";
  }
  const auto compiled = CompileFiles(
      {{"s.cedarschema",
        absl::StrCat("entity User; entity Doc;\naction read appliesTo { "
                     "principal: User, resource: Doc, context: { n: Long, "
                     "deep: ",
                     type, " } };")},
       {"a.cedar", absl::StrCat("permit(principal, action, resource) when { ",
                                text, " == 1 };")}});
  EXPECT_FALSE(compiled->compilation->diagnostics.has_errors())
      << compiled->compilation->diagnostics.ToString();
  EXPECT_NE(Load(*compiled), nullptr);
}

}  // namespace
}  // namespace sekisho
