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
  EXPECT_THAT(ran.output, EndsWith("1053 cases: 1053 passed, 0 failed\n"));
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

TEST_F(CasesTest, NearMissesAreGeneratedAndMustBeDenied) {
  Ran ran = RunTest("--near-misses policies/healthcare");
  EXPECT_THAT(ran.output,
              HasSubstr(" 0 failed\n486 of them are near misses that were "
                        "generated; for 0 conditions none was found, and 0 "
                        "permits have no case that they alone permit\n"));
  EXPECT_EQ(ran.status, 0);

  // What another policy permits as well is told, until somebody says that it is
  // meant.
  File("more.cedar",
       "@id(\"clinic\") permit (principal, action, resource)\n"
       "when { context.location == \"clinic\" };\n");
  EXPECT_EQ(RunTest(folder_).status, 0);
  ran = RunTest("--near-misses " + folder_);
  EXPECT_THAT(
      ran.output,
      AllOf(HasSubstr("FAILED  doctor generated near miss (context.location == "
                      "\"hospital\")  cases/cases.tsv:2\n"),
            HasSubstr("  change:  context.location = \"clinic\"\n"
                      "  expected deny, found permit by clinic\n"
                      "    Permitted.\n")));
  EXPECT_EQ(ran.status, 1);
  File("cases/more.tsv",
       "request\tcase\tchange\texpect\tby\n"
       "doctor\tthe clinic\tcontext.location = \"clinic\"\tpermit\tclinic\n");
  ran = RunTest("--near-misses " + folder_);
  EXPECT_THAT(ran.output, HasSubstr(" 0 failed\n"));
  EXPECT_EQ(ran.status, 0);
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

TEST_F(CasesTest, CoverageSaysWhatIsNotShownAndWhy) {
  File("clinic.cedar", R"(@id("doctor")
permit (principal, action == Action::"view", resource)
when { resource.doctors.contains(principal) && context.location == "hospital" };
@id("public")
permit (principal, action, resource)
when {
  context.location == "lobby" && resource.doctors.isEmpty() ||
  context.location like "lobby*" && !resource.doctors.isEmpty()
};
@id("nobody")
permit (principal == Person::"x", action, resource)
when { context.location == "home" };
)");
  Ran ran = RunTest("--coverage --min 40 " + folder_);
  EXPECT_EQ(ran.output, R"(6 cases: 6 passed, 0 failed
coverage: 47.1 % of the outcomes of conditions (8 of 17, seen 8), 2 of 5 clauses and cells, 1 of 3 policies
  public  clinic.cedar:6  context.location == "lobby"
    true  not seen: otherwise whenever it is reached, in 5 cases
  public  clinic.cedar:6  resource.doctors.isEmpty()
    true  short-circuited: `context.location == "lobby"` decided before it, in 5 cases
    false  short-circuited: `context.location == "lobby"` decided before it, in 5 cases
  public  clinic.cedar:6  context.location like "lobby*"
    true  not seen: otherwise whenever it is reached, in 5 cases
  public  clinic.cedar:6  resource.doctors.isEmpty()
    true  short-circuited: `context.location like "lobby*"` decided before it, in 5 cases
    false  short-circuited: `context.location like "lobby*"` decided before it, in 5 cases
  nobody  clinic.cedar:11  principal == Person::"x"
    true  not seen: otherwise whenever it is reached, in 5 cases
  nobody  clinic.cedar:12  context.location == "home"
    true  never reached: no case fits the head, `principal == Person::"x"`
    false  never reached: no case fits the head, `principal == Person::"x"`
)");
  EXPECT_EQ(ran.status, 0);
  ran = RunTest("--min 50 " + folder_);
  EXPECT_THAT(ran.output,
              HasSubstr("error: the coverage is 47.1 %, less than 50.0 %\n"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(RunTest("--coverage --lang ja " + folder_).output,
              HasSubstr("true  未観測: 到達した 5 件すべてで別の結果"));
}

TEST_F(CasesTest, CoverageForScriptsAndForLcov) {
  const std::string lcov = folder_ + "/lcov.info";
  const Ran ran =
      RunTest(absl::StrCat(folder_, " --json --coverage --lcov ", lcov));
  EXPECT_EQ(ran.status, 0);
  const nlohmann::json coverage = nlohmann::json::parse(ran.output)["coverage"];
  EXPECT_EQ(coverage["percent"], 100.0);
  const nlohmann::json& policy = coverage["by_policy"][0];
  EXPECT_EQ(policy["id"], "doctor");
  EXPECT_EQ(policy["determining"], 1);
  // The schema has no other action.
  EXPECT_EQ(policy["parts"][0]["false"]["possible"], false);
  const nlohmann::json& doctors = policy["parts"][1]["conditions"][0];
  EXPECT_EQ(doctors["text"], "resource.doctors.contains(principal)");
  EXPECT_EQ(doctors["line"], 3);
  EXPECT_EQ(doctors["error"]["seen"], 1);
  EXPECT_EQ(doctors["false"]["seen"], 2);
  EXPECT_EQ(doctors["false"]["covered"], true);
  EXPECT_EQ(absl::StrReplaceAll(*ReadFile(lcov), {{folder_, "FOLDER"}}),
            "TN:\nSF:FOLDER/clinic.cedar\nFN:1,doctor\nFNDA:1,doctor\nFNF:1\n"
            "FNH:1\nBRDA:2,0,0,1\nBRDA:2,0,1,0\nBRDA:3,0,0,1\nBRDA:3,0,1,2\n"
            "BRDA:3,1,0,1\nBRDA:3,1,1,1\nBRF:6\nBRH:5\nDA:1,1\nDA:2,5\n"
            "DA:3,7\nLF:3\nLH:3\nend_of_record\n");
}

TEST_F(CasesTest, MutantsThatNoCaseNoticesAreListed) {
  Ran ran = RunTest("--mutate policies/examples/clinic");
  EXPECT_THAT(ran.output,
              EndsWith("mutants: 100.0 % caught (7 of 7), 0 survived; besides, "
                       "0 refused by the checks, 1 that change nothing\n"));
  File("more.cedar", R"(@id("no") forbid (principal, action, resource)
unless { context.location == "hospital" || context.location == "home" };
)");
  Replace("clinic.cedarschema", "location: String",
          "location: String, x?: Long");
  Replace("clinic.cedar", "context.location == \"hospital\"",
          "(if context has x then context.x > 1 else "
          "context.location == \"hospital\")");
  ran = RunTest("--mutate " + folder_);
  EXPECT_THAT(
      ran.output,
      EndsWith(
          R"(mutants: 86.7 % caught (13 of 15), 2 survived; besides, 2 refused by the checks, 1 that change nothing
  survived  doctor  clinic.cedar:3  negated context.x > 1
    true short-circuited: `context has x` decided before it, in 2 cases; false short-circuited: `context has x` decided before it, in 2 cases
  survived  doctor  clinic.cedar:3  dropped context.x > 1
    true short-circuited: `context has x` decided before it, in 2 cases; false short-circuited: `context has x` decided before it, in 2 cases
)"));
  EXPECT_EQ(ran.status, 0);
  ran = RunTest("--min-caught 90 --json " + folder_);
  EXPECT_THAT(ran.output, HasSubstr("error: the mutants caught are 86.7 %"));
  EXPECT_EQ(ran.status, 1);
}

TEST_F(CasesTest, TheHealthcareCasesNoticeNearlyEveryMutant) {
  const Ran ran = RunTest("--mutate --min-caught 99 policies/healthcare");
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_F(CasesTest, SuggestedCasesCoverWhatIsNotCovered) {
  File("clinic.cedarschema",
       R"(entity Person { friends: Set<Person>, age: Long };
entity Record { owner?: Person, open: Bool };
action view, edit appliesTo {
  principal: Person,
  resource: Record,
  context: { location: String, n?: Long },
};
)");
  File("clinic.cedar", R"(@id("doctor")
permit (principal, action == Action::"view", resource)
when {
  resource has owner && principal.friends.contains(resource.owner) &&
  (context has n && context.n < 5 || resource.open) && principal.age > 20
}
unless { context.location like "home*" };
)");
  File("cases/entities.json", R"([
  {"uid": "Person::\"a\"",
   "attrs": {"friends": [{"__entity": {"type": "Person", "id": "b"}}],
             "age": 30}},
  {"uid": "Record::\"r\"",
   "attrs": {"owner": {"__entity": {"type": "Person", "id": "b"}},
             "open": false}}
])");
  File("cases/requests.json",
       R"({"x": {"principal": "Person::\"a\"", "action": "Action::\"view\"",
                "resource": "Record::\"r\"",
                "context": {"location": "home", "n": 4}}})");
  File("cases/cases.tsv",
       "request\tcase\tchange\texpect\tby\n"
       "x\toffice\tcontext.location = \"office\"\tpermit\tdoctor\n"
       "x\thome\t\tdeny\n");
  const std::string table = folder_ + "/cases/more.tsv";
  const Ran ran = RunCommand(
      absl::StrCat("set -e; ", sekisho_path, " test --suggest ", folder_, " > ",
                   table, ".new; mv ", table, ".new ", table));
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(*ReadFile(table),
            "request\tcase\tchange\texpect\tby\terrors\n"
            "x\taction == Action::\"view\" is false\t"
            "context.location = \"office\" ; action = Action::\"edit\"\t"
            "deny\t\t\n"
            "x\tprincipal.friends.contains(resource.owner) is false\t"
            "context.location = \"office\" ; principal.friends = []\t"
            "deny\t\t\n"
            "x\tcontext.n < 5 is false\t"
            "context.location = \"office\" ; context.n = 5\tdeny\t\t\n"
            "x\tresource.open is true\t"
            "context.location = \"office\" ; delete context.n ; "
            "resource.open = true\tpermit\tdoctor\t\n"
            "x\tprincipal.age > 20 is false\t"
            "context.location = \"office\" ; principal.age = 4\tdeny\t\t\n");
  EXPECT_EQ(RunTest("--min 100 --min-caught 100 " + folder_).status, 0);
}

TEST_F(CasesTest, WatchingRunsThemAgainAfterAChange) {
  const std::string out = folder_ + "/../watched.txt";
  // Ends by itself, with what the first run and the one after the change say;
  // or when the test is timed out.
  const Ran ran = RunCommand(absl::StrCat(
      "{ ", sekisho_path, " test --watch ", folder_, " > ", out,
      " & until grep -q watching ", out, "; do sleep 0.1; done; sed -i ",
      "s/hospital/clinic/ ", folder_, "/clinic.cedar; until grep -q FAILED ",
      out, "; do sleep 0.1; done; kill $!; cat ", out, "; }"));
  EXPECT_THAT(ran.output, AllOf(HasSubstr("6 cases: 6 passed, 0 failed\n"),
                                HasSubstr("FAILED  doctor a doctor of")));
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
