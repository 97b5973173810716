// `sekisho fmt`, `lint` and `graph` as an author runs them: what they print,
// what they write, and their exit statuses.
#include <filesystem>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_command.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string sekisho_path;

constexpr char kUntidy[] =
    "permit(principal,action,resource)when{principal==principal}; // all";
constexpr char kTidy[] =
    "permit (principal, action, resource)\n"
    "when { principal == principal }; // all\n";

class AuthorCommandsTest : public testing::Test {
 protected:
  AuthorCommandsTest() {
    File("rules.cedar", kRules);
    File("test.cedarschema", kSchema);
  }

  Ran Run(const std::string& arguments) {
    return RunCommand(absl::StrCat(
        "cd ", folder_, " && ",
        std::filesystem::absolute(sekisho_path).string(), " ", arguments));
  }

  void File(const std::string& name, const std::string& text) {
    EXPECT_TRUE(
        WriteFileAtomically(absl::StrCat(folder_, "/", name), text).ok());
  }
  std::string Text(const std::string& name) {
    const auto text = ReadFile(absl::StrCat(folder_, "/", name));
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? *text : "";
  }

  const std::string folder_ = NewDirectory();
};

TEST_F(AuthorCommandsTest, FmtWritesOnlyWhatIsAskedFor) {
  File("x.cedar", kUntidy);
  EXPECT_EQ(Run("fmt --check x.cedar").output, "x.cedar\n");
  EXPECT_EQ(Run("fmt --check x.cedar").status, 1);
  EXPECT_THAT(Run("fmt --diff x.cedar").output,
              HasSubstr("+when { principal == principal }; // all\n"));
  EXPECT_EQ(Text("x.cedar"), kUntidy);
  EXPECT_EQ(Run("fmt x.cedar").status, 0);
  EXPECT_EQ(Text("x.cedar"), kTidy);
  const Ran ran = Run("fmt --check x.cedar");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "");
  File("x.cedar", kUntidy);
  EXPECT_EQ(Run("fmt - < x.cedar").output, kTidy);
}

TEST_F(AuthorCommandsTest, FmtLeavesWhatItCannotRead) {
  File("broken.cedar", "permit (principal,");
  const Ran ran = Run("fmt broken.cedar");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("--> broken.cedar:1:"));
  EXPECT_EQ(Text("broken.cedar"), "permit (principal,");
  EXPECT_EQ(Run("fmt").status, 3);
  EXPECT_EQ(Run("fmt none.cedar").status, 1);
}

TEST_F(AuthorCommandsTest, LintReportsAndFixes) {
  File("x.cedar", kTidy);
  Ran ran = Run("lint . --only missing-id");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("[missing-id]\n--> x.cedar:1:1\n"));
  EXPECT_THAT(ran.output, HasSubstr("\n1 finding, 1 with a fix (--fix)\n"));
  const auto json =
      nlohmann::json::parse(Run("lint . --json").output, nullptr, false);
  EXPECT_FALSE(json.is_discarded());
  EXPECT_EQ(Run("lint . --off no-such-rule").status, 3);
  Run("lint . --only missing-id --fix");
  EXPECT_THAT(Text("x.cedar"), StartsWith("@id(\""));
  EXPECT_THAT(Text("x.cedar"), HasSubstr(kTidy));
  ran = Run("lint . --only missing-id");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "0 findings\n");
}

TEST_F(AuthorCommandsTest, GraphShowsAllOrAPartOrAWay) {
  EXPECT_THAT(Run("graph -a .").output, HasSubstr("branch"));
  EXPECT_THAT(Run("graph -a .").output, HasSubstr(" permit \"own\"\n"));
  EXPECT_THAT(Run("graph -a . --dot").output, StartsWith("digraph "));
  EXPECT_EQ(Run("graph -a . --svg graph.svg").status, 0);
  EXPECT_THAT(Text("graph.svg"), HasSubstr("</svg>"));
  EXPECT_THAT(Run("graph -a . --policy own").output,
              HasSubstr("context.location"));

  File("entities.json", R"([{"uid": {"type": "Person", "id": "a"},
      "attrs": {"roles": []}, "parents": []},
      {"uid": {"type": "Record", "id": "r"}, "attrs":
        {"owner": {"__entity": {"type": "Person", "id": "a"}}}, "parents": []}])");
  File("request.json", R"({"principal": "Person::\"a\"",
      "action": "Action::\"view\"", "resource": "Record::\"r\"",
      "context": {"location": "hospital", "count": 1}})");
  const Ran way = Run("graph -a . -r request.json -e entities.json");
  EXPECT_EQ(way.status, 0) << way.output;
  EXPECT_THAT(way.output, HasSubstr("permit: permitted by own\n"));

  Ran ran = Run("graph -a . --policy none");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.output, "error: there is no policy `none`\n");
  ran = Run("graph -a . --dot --max-nodes 1");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("raise --max-nodes"));
  EXPECT_EQ(Run("graph").status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: author_commands_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
