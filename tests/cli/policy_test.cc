// `sekisho policy` against a real server.
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_command.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string sekisho_path;

class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    File("rules.cedar", kRules);
    File("test.cedarschema", kSchema);
  }

  Ran Run(const std::string& arguments) {
    return RunCommand(absl::StrCat(
        sekisho_path, " policy ",
        absl::StrReplaceAll(arguments,
                            {{"SERVER", "--server " + server_.addresses()[0]},
                             {"FOLDER", folder_}})));
  }

  nlohmann::json RunForJson(const std::string& arguments) {
    const Ran ran = Run(arguments + " --json");
    EXPECT_EQ(ran.status, 0) << ran.output;
    return nlohmann::json::parse(ran.output, nullptr, false);
  }

  void File(const std::string& name, const std::string& text) {
    EXPECT_TRUE(
        WriteFileAtomically(absl::StrCat(folder_, "/", name), text).ok());
  }

  TestServer server_;
  const std::string folder_ = NewDirectory();
};

TEST_F(PolicyTest, FoldersAndArtifactsAreActivatedAndRolledBack) {
  Ran ran = Run("activate SERVER FOLDER");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output,
              MatchesRegex("version 1 in force: [0-9a-f]{64}\nthe first of "
                           "this policy store\n"));
  server_.Put({MakePerson("a"), MakeRecord("r", "a")});
  EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);

  File("other.sekisho",
       Compile(absl::StrReplaceAll(kRules, {{"hospital", "clinic"}})));
  const auto second = RunForJson("activate SERVER FOLDER/other.sekisho");
  EXPECT_EQ(second["version"], 2);
  EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::DENY);

  auto list = RunForJson("list SERVER");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["hash"], second["hash"]);
  EXPECT_EQ(list[1]["hash"], second["previous_hash"]);
  EXPECT_EQ(RunForJson("list SERVER --limit 1").size(), 1u);
  EXPECT_THAT(Run("list SERVER").output,
              MatchesRegex("2\t[-0-9T:]+Z\t[0-9a-f]{64}\n"
                           "1\t[-0-9T:]+Z\t[0-9a-f]{64}\n"));

  EXPECT_EQ(RunForJson("rollback SERVER")["hash"], list[1]["hash"]);
  EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::PERMIT);
  const auto back = RunForJson(
      absl::StrCat("rollback SERVER ", list[0]["hash"].get<std::string>()));
  EXPECT_EQ(back["version"], 4);
  EXPECT_EQ(server_.MustDecide(Ask("a", "r")).decision(), v1::DENY);
}

TEST_F(PolicyTest, NothingIsPutIntoForceOverWhatWasNotExpected) {
  EXPECT_EQ(Run("activate SERVER FOLDER --expect ''").status, 0);
  const Ran ran = Run("activate SERVER FOLDER --expect ''");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("error: the server at "));
  const std::string active = RunForJson("list SERVER")[0]["hash"];
  EXPECT_EQ(Run("activate SERVER FOLDER --expect " + active).status, 0);
  EXPECT_EQ(Run("rollback SERVER --expect " + std::string(64, '0')).status, 1);
}

TEST_F(PolicyTest, WhatIsWrongIsSaid) {
  EXPECT_EQ(Run("list SERVER").output, "");
  EXPECT_THAT(Run("rollback SERVER").output,
              HasSubstr("error: the server at "));
  File("rules.cedar", "permit (principal, action, resource) when { 1 };");
  const Ran ran = Run("activate SERVER FOLDER");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("rules.cedar:1:"));
  File("broken.sekisho", "not an artifact");
  EXPECT_THAT(Run("activate SERVER FOLDER/broken.sekisho").output,
              HasSubstr("error: the server at "));
  EXPECT_EQ(Run("list SERVER").output, "");
  for (const char* usage :
       {"", "activate SERVER", "activate FOLDER", "activate SERVER FOLDER/none",
        "list", "list SERVER --limit 0", "rollback"}) {
    EXPECT_EQ(Run(usage).status, 3) << usage;
  }
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: policy_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
