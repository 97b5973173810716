// `sekisho link` on a policy folder and against a real server.
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

std::string sekisho_path;

constexpr char kTemplate[] = R"(@id("share")
permit (principal == ?principal, action, resource == ?resource);
@id("own")
permit (principal, action, resource == ?resource)
when { resource.owner == principal };
)";

constexpr char kHeader[] = "id\ttemplate\t?principal\t?resource\n";

class LinkTest : public testing::Test {
 protected:
  LinkTest() {
    server_.Activate(Compile(kTemplate));
    File("rules.cedar", kTemplate);
    File("test.cedarschema", kSchema);
  }

  Ran Run(const std::string& arguments) {
    Ran ran = RunCommand(absl::StrCat(
        sekisho_path, " link ",
        absl::StrReplaceAll(
            arguments,
            {{"SERVER", absl::StrCat("--server ", server_.addresses()[0])},
             {"FOLDER", folder_}})));
    absl::StrReplaceAll(
        {{folder_ + "/", ""}, {server_.addresses()[0], "ADDRESS"}},
        &ran.output);
    return ran;
  }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(folder_, "/", name);
    EXPECT_TRUE(WriteFileAtomically(path, text).ok());
    return path;
  }

  TestServer server_;
  const std::string folder_ = NewDirectory();
};

TEST_F(LinkTest, WhatIsListedCanBeAddedAgain) {
  const std::string rows = absl::StrCat(
      "a-r\tshare\tPerson::\"a\"\tRecord::\"r\\t\\\"r\\\"\"\n"
      "own-r\town\t\tRecord::\"r\"\n");
  const std::string table = File("a.tsv", absl::StrCat(kHeader, rows));
  Ran ran = Run("add SERVER --file " + table);
  EXPECT_EQ(ran.output, "added 2, revision 1\n");
  EXPECT_EQ(ran.status, 0);
  ran = Run("list SERVER");
  EXPECT_EQ(ran.output, kHeader + rows);
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(Run("list SERVER -t own").output,
            absl::StrCat(kHeader, "own-r\town\t\tRecord::\"r\"\n"));
  EXPECT_EQ(nlohmann::json::parse(Run("list SERVER -t own --json").output),
            nlohmann::json::parse(R"([{"templateId": "own", "newId": "own-r",
              "values": {"?resource": {"type": "Record", "id": "r"}}}])"));
  EXPECT_EQ(Run("remove SERVER own-r").output, "removed 1, revision 2\n");
  EXPECT_EQ(nlohmann::json::parse(Run("add SERVER -n own-s -t own --resource "
                                      "'Record::\"s\"' --json")
                                      .output),
            nlohmann::json::parse(R"({"added": 1, "revision": 3})"));
  EXPECT_EQ(server_.MustDecide(Ask("a", "s")).errors(0).id(), "own-s");
  EXPECT_EQ(Run("remove SERVER a-r own-s").output, "removed 2, revision 4\n");
  EXPECT_EQ(Run("list SERVER").output, kHeader);
}

TEST_F(LinkTest, MoreThanTheServerTakesAtOnce) {
  constexpr int kLinks = 12'000;
  std::string table = kHeader;
  for (int i = 10'000; i < 10'000 + kLinks; ++i) {
    absl::StrAppend(&table, i, "\tshare\tPerson::\"", i, "\"\tRecord::\"r\"\n");
  }
  EXPECT_THAT(Run("add SERVER -f " + File("a.tsv", table)).output,
              testing::StartsWith("added 12000, revision "));
  EXPECT_EQ(Run("list SERVER").output, table);
  File("a.tsv",
       absl::StrCat(table, "x\tshare\tPerson::\"1\"\tRecord::\"r\"\n"));
  const Ran ran = Run(absl::StrCat("remove SERVER -f ", folder_, "/a.tsv"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output,
              HasSubstr("error: the server at ADDRESS: ids[2000]: there is no "
                        "link `x`\n    --> a.tsv:12002:1\n"));
  EXPECT_THAT(ran.output, HasSubstr("help: the first 10000 were removed; go on "
                                    "with the others\n"));
  EXPECT_EQ(Run("list SERVER -t own").output, kHeader);
}

TEST_F(LinkTest, WhatIsWrongIsNamed) {
  Ran ran = Run("add SERVER --file " +
                File("a.tsv", absl::StrCat(kHeader,
                                           "a\town\t\tRecord::\"r\"\n"
                                           "b\tonw\t\tRecord::\"r\"\n")));
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output,
              HasSubstr("error: the server at ADDRESS: links[1].template_id: "
                        "there is no template `onw`\n--> a.tsv:3:1\n"));
  EXPECT_EQ(Run("list SERVER").output, kHeader);
  EXPECT_THAT(Run("add SERVER -f " + File("b.tsv", "id\ttemplate\nx\n")).output,
              HasSubstr("b.tsv:2"));
  EXPECT_THAT(Run("add SERVER -f " + File("c.tsv", "")).output,
              HasSubstr("error"));
  EXPECT_THAT(Run("add SERVER -n x -t own --resource Record").output,
              HasSubstr("error: "));
  EXPECT_EQ(Run("remove SERVER none").output,
            "error: the server at ADDRESS: ids[0]: there is no link `none`\n");
  EXPECT_EQ(Run("list SERVER --policy-store none").output,
            "error: the server at ADDRESS: policy store `none` has no active "
            "policy\n");
  for (const char* usage :
       {"", "list", "list SERVER FOLDER", "add SERVER", "add SERVER -n x",
        "add SERVER -t own --resource x", "add FOLDER --file x", "remove x",
        "remove SERVER", "remove SERVER x -f y", "show FOLDER"}) {
    EXPECT_EQ(Run(usage).status, 3) << usage;
  }
}

TEST_F(LinkTest, LinksOfAFolder) {
  EXPECT_EQ(Run("list FOLDER").output, kHeader);
  Ran ran = Run("add FOLDER -n own-r -t own --resource 'Record::\"r\"'");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, HasSubstr("resource == Record::\"r\""));
  const std::string listed =
      absl::StrCat(kHeader, "own-r\town\t\tRecord::\"r\"\n");
  EXPECT_EQ(*ReadFile(folder_ + "/links.tsv"), listed);
  EXPECT_EQ(Run("list FOLDER").output, listed);
  EXPECT_EQ(Run("show FOLDER own-r").output, ran.output);
  EXPECT_EQ(Run("show FOLDER none").output, "error: there is no link `none`\n");
  ran = Run("add FOLDER -n p -t own --principal 'Person::\"p\"'");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("template `own` has no slot `?principal`"));
  EXPECT_EQ(*ReadFile(folder_ + "/links.tsv"), listed);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: link_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
