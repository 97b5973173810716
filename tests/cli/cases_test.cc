// `sekisho test` on the policies that we ship, and on ones that are wrong.
#include <filesystem>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_command.h"

namespace sekisho {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string sekisho_path;

Ran RunTest(const std::string& arguments) {
  return RunCommand(absl::StrCat(sekisho_path, " test ", arguments));
}

// A copy of the clinic that may be changed.
class CasesTest : public testing::Test {
 protected:
  CasesTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/cases");
    for (const char* name :
         {"clinic.cedar", "clinic.cedarschema", "cases/cases.tsv",
          "cases/requests.json", "cases/entities.json"}) {
      File(name, Original(name));
    }
  }

  static std::string Original(const std::string& name) {
    const auto text = ReadFile("policies/examples/clinic/" + name);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? *text : "";
  }

  void File(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, text).ok());
  }

  void Replace(const std::string& name, const std::string& from,
               const std::string& to) {
    const std::string before = Original(name);
    const std::string after = absl::StrReplaceAll(before, {{from, to}});
    ASSERT_NE(before, after);
    File(name, after);
  }

  const std::string folder_ =
      testing::TempDir() + "/" +
      testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(CasesTest, WhatWeShipPasses) {
  Ran ran = RunTest("policies/healthcare");
  EXPECT_THAT(ran.output, EndsWith("736 cases: 736 passed, 0 failed\n"));
  EXPECT_EQ(ran.status, 0);
  ran = RunTest("-v policies/examples/clinic");
  EXPECT_THAT(ran.output,
              AllOf(StartsWith("passed  doctor a doctor of the record  "
                               "cases/cases.tsv:2  permit by doctor\n"),
                    EndsWith("6 cases: 6 passed, 0 failed\n")));
  EXPECT_EQ(ran.status, 0);
}

TEST_F(CasesTest, AFailureSaysWhatWasExpectedAndWhy) {
  Replace("clinic.cedar", "context.location == \"hospital\"",
          "context.location == \"clinic\"");
  const Ran ran = RunTest(folder_);
  EXPECT_EQ(ran.output,
            R"(FAILED  doctor a doctor of the record  cases/cases.tsv:2
  request: {"principal":{"type":"Person","id":"physician-1"},"action":{"type":"Action","id":"view"},"resource":{"type":"Record","id":"r1"},"context":{"location":"hospital"}}
  expected permit by doctor, found deny: not covered
    Denied: nothing that permits applies.
    policy doctor  [clinic.cedar:1]: 1 condition in the way
      condition at clinic.cedar:3
        wanted  resource.doctors.contains(principal) && context.location == "clinic"
        found   context.location = "hospital"
        change  context.location becomes "clinic"

6 cases: 5 passed, 1 failed
)");
  EXPECT_EQ(ran.status, 1);
}

TEST_F(CasesTest, ObligationsAndErrorsAreHeldToWhatIsExpected) {
  File("obligations.tsv",
       "name\tkind\tparameter\ttype\tvalue\n"
       "tell\tobligation\twhom\tPerson\tprincipal\n");
  Replace("clinic.cedar", "@id(\"doctor\")",
          "@id(\"doctor\")\n@obligations(\"tell\")");
  const std::string start =
      "request\tcase\tchange\texpect\tby\tobliges\terrors\n"
      "doctor\tx\t";
  File("cases/cases.tsv",
       absl::StrCat(
           start,
           "\tpermit\tdoctor\ttell {whom: Person::\"physician-1\"}\t-\n"));
  EXPECT_EQ(RunTest(folder_).status, 0) << RunTest(folder_).output;
  const struct {
    const char* row;
    const char* mismatch;
  } kRows[] = {
      {"\tpermit\tdoctor\t-\t\n",
       "expected the obligations none, found tell {whom: "
       "Person::\"physician-1\"}"},
      {"\tpermit\tdoctor\ttell {whom: Person::\"x\"}\t\n",
       "expected the obligations tell {whom: Person::\"x\"}, found tell"},
      {"\tpermit\tdoctor\ttell ; more\t\n",
       "expected the obligations tell, more, found tell"},
      {"resource = Record::\"none\"\tdeny\t\t\t-\n",
       "expected that these fail: none; found doctor"},
      {"context.location = 1\tinvalid\tprincipal\t\t\n",
       "expected invalid: principal, found invalid: context.location: "},
      {"context.location = 1\tdeny\t\t\t\n", "expected deny, found invalid: "},
  };
  for (const auto& row : kRows) {
    File("cases/cases.tsv", absl::StrCat(start, row.row));
    const Ran ran = RunTest(folder_);
    EXPECT_THAT(ran.output, HasSubstr(row.mismatch));
    EXPECT_EQ(ran.status, 1);
  }
}

TEST_F(CasesTest, AForbidThatFailedIsNoDenialInPassing) {
  File("more.cedar",
       "@id(\"no\") forbid (principal, action, resource)\n"
       "when { resource.doctors.contains(Person::\"x\") };\n");
  File("cases/cases.tsv",
       "request\tcase\tchange\texpect\n"
       "doctor\tx\tresource = Record::\"none\"\tdeny\n");
  const Ran ran = RunTest(folder_);
  EXPECT_THAT(ran.output,
              HasSubstr("denied because a forbid failed (no); if that is "
                        "meant, name it in the column `errors`"));
  EXPECT_EQ(ran.status, 1);
}

TEST_F(CasesTest, FiltersChooseCases) {
  Ran ran = RunTest(
      "-v policies/examples/clinic --filter 'from home' --filter "
      "r2");
  EXPECT_EQ(ran.output,
            "passed  doctor another record  cases/cases.tsv:4  deny\n"
            "passed  doctor from home  cases/cases.tsv:5  deny\n"
            "2 cases: 2 passed, 0 failed (4 left out)\n");
  ran = RunTest("policies/examples/clinic --filter nonesuch");
  EXPECT_EQ(ran.output, "error: no case fits the filter\n");
  EXPECT_EQ(ran.status, 1);
}

TEST_F(CasesTest, ScriptsReadJsonAndJUnit) {
  Replace("cases/cases.tsv", "doctor\tfrom home\tcontext.location = \"home\"",
          "doctor\t<&\"\tcontext.location = \"hospital \"");
  Replace("clinic.cedar", "context.location == \"hospital\"",
          "context.location like \"hospital*\"");
  const std::string junit = folder_ + "/junit.xml";
  const Ran ran = RunTest(absl::StrCat(folder_, " --json --junit ", junit));
  EXPECT_EQ(ran.status, 1);
  const nlohmann::json json = nlohmann::json::parse(ran.output);
  EXPECT_EQ(json["passed"], 5);
  EXPECT_EQ(json["failed"], 1);
  const nlohmann::json& failed = json["cases"][3];
  EXPECT_EQ(failed["line"], 5);
  EXPECT_EQ(failed["passed"], false);
  EXPECT_EQ(failed["expected"], "deny");
  EXPECT_EQ(failed["found"], "permit by doctor");
  EXPECT_EQ(failed["request"]["context"]["location"], "hospital ");
  EXPECT_EQ(json["cases"][0].count("explanation"), 0u);

  const std::string xml = *ReadFile(junit);
  EXPECT_THAT(xml,
              AllOf(HasSubstr("<testsuites tests=\"6\" failures=\"1\">"),
                    HasSubstr("name=\"doctor &lt;&amp;&quot;: "
                              "context.location = &quot;hospital &quot;\" "
                              "file=\"cases/cases.tsv\" line=\"5\">"),
                    HasSubstr("<failure message=\"expected deny, found permit "
                              "by doctor\">"),
                    Not(HasSubstr("<&"))));
}

TEST_F(CasesTest, MistakesAreShownWithTheirPlace) {
  Replace("cases/cases.tsv", "doctor\tfrom home", "docter\tfrom home");
  Ran ran = RunTest(folder_);
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("requests.json has no request `docter`\n"
                              "--> cases/cases.tsv:5:1\n"),
                    HasSubstr("did you mean `doctor`?")));
  EXPECT_EQ(ran.status, 1);
  std::filesystem::remove_all(folder_ + "/cases");
  ran = RunTest(folder_);
  EXPECT_THAT(ran.output, HasSubstr("has no cases; add a table"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(RunTest("").status, 3);
  EXPECT_EQ(RunTest("no/such/folder").status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: cases_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
