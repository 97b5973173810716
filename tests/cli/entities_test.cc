// `sekisho entities` against a real server.
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/run_command.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

std::string sekisho_path;

class EntitiesTest : public testing::Test {
 protected:
  EntitiesTest() {
    const std::string artifact = Compile(kRules);
    server_.Activate(artifact);
    server_.Activate(artifact, "other");
  }

  Ran Run(const std::string& arguments) {
    Ran ran = RunCommand(absl::StrCat(sekisho_path, " entities ", arguments,
                                      " --server ", server_.addresses()[0]));
    absl::StrReplaceAll({{directory_ + "/", ""}}, &ran.output);
    return ran;
  }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(directory_, "/", name);
    EXPECT_TRUE(WriteFileAtomically(path, text).ok());
    return path;
  }

  TestServer server_;
  const std::string directory_ = NewDirectory();
};

std::string Line(const std::string& type, const std::string& id,
                 const std::string& attributes,
                 const std::string& parents = "") {
  return absl::StrCat("{\"uid\":{\"type\":\"", type, "\",\"id\":\"", id,
                      "\"},\"attrs\":{", attributes, "},\"parents\":[", parents,
                      "]}\n");
}

std::string Person(const std::string& id) {
  return Line("Person", id, "\"roles\":[\"nurse\"]");
}

TEST_F(EntitiesTest, WhatIsExportedIsImportedAgain) {
  const std::string entities = absl::StrCat(
      Line("Person", "", "\"roles\":[]"),
      Line("Person", "a\\\"\\\\\\n\\u0001\u95a2",
           "\"roles\":[\"x\",\"y\"],\"suspended\":true",
           "{\"type\":\"Organization\",\"id\":\"o\"}"),
      Line("Record", "r",
           "\"owner\":{\"__entity\":{\"type\":\"Person\",\"id\":\"\"}}"),
      Line("Organization", "o", ""));
  const Ran imported = Run("import " + File("a.jsonl", entities));
  EXPECT_EQ(imported.status, 0) << imported.output;
  EXPECT_THAT(imported.output, HasSubstr("imported 4 entities, left out 0, "
                                         "revision 1"));
  const Ran first = Run("export");
  EXPECT_EQ(first.status, 0);
  EXPECT_EQ(first.output, entities);
  EXPECT_EQ(Run("import --policy-store other " + File("b.jsonl", first.output))
                .status,
            0);
  EXPECT_EQ(Run("export --policy-store other").output, entities);
  EXPECT_EQ(Run("export --type Organization").output,
            Line("Organization", "o", ""));
  EXPECT_EQ(Run("read 'Organization::\"o\"'").output,
            Line("Organization", "o", ""));
  const Ran missing = Run("read 'Person::\"z\"'");
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.output, "error: there is no Person::\"z\"\n");
}

TEST_F(EntitiesTest, Csv) {
  EXPECT_EQ(Run("import " + File("a.csv",
                                 "type,id,roles,suspended,owner,parents\n"
                                 "Person,a,x;y,true,,\"Organization::\"\"o\"\""
                                 "\"\n"
                                 "Record,r,,,a,\n"))
                .status,
            0);
  EXPECT_EQ(
      Run("export").output,
      absl::StrCat(
          Line("Person", "a", "\"roles\":[\"x\",\"y\"],\"suspended\":true",
               "{\"type\":\"Organization\",\"id\":\"o\"}"),
          Line("Record", "r",
               "\"owner\":{\"__entity\":{\"type\":\"Person\",\"id\":\"a\"}}")));
}

TEST_F(EntitiesTest, StopsAtWhatIsWrongAndGoesOn) {
  const std::string path =
      File("a.jsonl",
           absl::StrCat(Person("a"), Line("Person", "b", ""), Person("c")));
  const Ran stopped = Run("import " + path);
  EXPECT_EQ(stopped.status, 1);
  EXPECT_THAT(stopped.output,
              HasSubstr("error: a.jsonl:2:1: put.attributes.roles: required "
                        "and missing\n"));
  const std::string hint = "add `--resume ";
  const size_t begin = stopped.output.find(hint);
  ASSERT_NE(begin, std::string::npos) << stopped.output;
  const std::string id = stopped.output.substr(begin + hint.size(), 36);
  EXPECT_EQ(Run("export").output, Person("a"));

  File("a.jsonl", absl::StrCat(Person("a"), Person("b"), Person("c")));
  const Ran resumed = Run(absl::StrCat("import --resume ", id, " ", path));
  EXPECT_EQ(resumed.status, 0) << resumed.output;
  EXPECT_EQ(Run("export").output,
            absl::StrCat(Person("a"), Person("b"), Person("c")));
  // It is complete, and other files are not its files.
  EXPECT_EQ(Run(absl::StrCat("import --resume ", id, " ", path)).status, 0);
  const Ran other = Run(
      absl::StrCat("import --resume ", id, " ", File("b.jsonl", Person("a"))));
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.output, HasSubstr("are they the same files?"));
}

TEST_F(EntitiesTest, KeepsGoing) {
  const std::string path =
      File("a.jsonl", absl::StrCat(Person("a"), "{\n", Line("Person", "b", ""),
                                   Line("Ghost", "g", ""), Person("c")));
  const Ran ran = Run("import --json --keep-going 3 " + path);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("error: a.jsonl:2:2: this is not JSON\n"));
  EXPECT_THAT(ran.output, HasSubstr("error: a.jsonl:3:1: put.attributes.roles: "
                                    "required and missing\n"));
  EXPECT_THAT(ran.output, HasSubstr("error: a.jsonl:4:1: put.uid"));
  EXPECT_THAT(ran.output, HasSubstr("\"complete\": true,\n  \"entities\": 2,\n"
                                    "  \"skipped\": 3,\n"));
  EXPECT_EQ(Run("export").output, absl::StrCat(Person("a"), Person("c")));
  EXPECT_EQ(Run("import --keep-going 2 --policy-store other " + path).status,
            1);
}

TEST_F(EntitiesTest, ManyChunks) {
  std::string text = "[";
  for (int i = 0; i < 20'000; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", Person(absl::StrCat("p", i)));
  }
  const Ran ran = Run("import --json " + File("a.json", text + "]"));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("\"entities\": 20000,"));
  EXPECT_THAT(ran.output, HasSubstr("\"revision\": 4,"));
}

TEST_F(EntitiesTest, WhatCannotBeDoneIsSaid) {
  EXPECT_THAT(Run("import " + directory_ + "/none").output,
              HasSubstr("error: cannot open none"));
  EXPECT_THAT(Run("import --policy-store none " + File("a", "")).output,
              HasSubstr("error: the server at 127.0.0.1:"));
  EXPECT_THAT(Run("import " + File("a.csv", "name\n")).output,
              HasSubstr("error: a.csv:1:1: the columns must be"));
  EXPECT_EQ(Run("import --watermark yesterday " + File("a", "")).status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: entities_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
