// What counts as pure graph.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/compile.h"
#include "compiler/conformance/run_test.h"
#include "compiler/folder.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity User { n: Long, flag: Bool, other: Bool };
action "act" appliesTo { principal: [User], resource: [User] };
)";

std::vector<std::string> ResidualsOf(const std::string& policies,
                                     uint32_t node_budget = 1'000'000) {
  absl::StatusOr<PolicyFolder> folder =
      MakePolicyFolder({{"s.cedarschema", kSchema}, {"p.cedar", policies}});
  EXPECT_TRUE(folder.ok()) << folder.status();
  Compilation compilation(&folder->sources);
  CompileOptions options;
  options.plan.node_budget = node_budget;
  EXPECT_TRUE(Compile(*folder, options, &compilation).ok());
  EXPECT_FALSE(compilation.diagnostics.has_errors())
      << compilation.diagnostics.ToString();
  return Residuals(compilation);
}

std::string When(const std::string& condition) {
  return absl::StrCat("permit(principal, action, resource) when { ", condition,
                      " };\n");
}

TEST(ResidualsTest, ConnectivesOfTestsAreBranches) {
  EXPECT_TRUE(ResidualsOf(When("if principal.flag then principal.n + 1 < 3 "
                               "else !(resource.flag || principal.other)"))
                  .empty());
}

TEST(ResidualsTest, AConnectiveInsideAnOperandIsAProgram) {
  const std::vector<std::string> residuals =
      ResidualsOf(When("(if principal.flag then 1 else 2) < principal.n"));
  ASSERT_EQ(residuals.size(), 1u);
  EXPECT_EQ(residuals[0],
            "a program with a connective: "
            "(if principal.flag then 1 else 2) < principal.n");
}

TEST(ResidualsTest, AConditionOfTooManyTestsIsAProgram) {
  std::string condition = "principal.flag";
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&condition, " || principal.n + ", i, " == resource.n");
  }
  const std::vector<std::string> residuals = ResidualsOf(When(condition));
  ASSERT_EQ(residuals.size(), 1u);
  // Its text is cut.
  EXPECT_LT(residuals[0].size(), 200u);
}

TEST(ResidualsTest, StatesLeftByTheBudgetAreCounted) {
  std::string policies;
  for (int i = 0; i < 8; ++i) {
    absl::StrAppend(&policies,
                    When(absl::StrCat("principal.n + ", i % 5,
                                      " == resource.n && principal.n + ",
                                      (i + 3) % 7, " != resource.n")));
  }
  EXPECT_TRUE(ResidualsOf(policies).empty());
  const std::vector<std::string> residuals = ResidualsOf(policies, 10);
  ASSERT_EQ(residuals.size(), 1u);
  EXPECT_NE(residuals[0].find("by the node budget"), std::string::npos);
}

}  // namespace
}  // namespace sekisho
