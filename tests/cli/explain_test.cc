// `sekisho explain` in process, by a server and from a log: the same words.
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "proto/sekisho/v1/decision.pb.h"
#include "tests/cli/run_command.h"
#include "tests/server/test_server.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string sekisho_path;

class ExplainCommandTest : public testing::Test {
 protected:
  ExplainCommandTest() {
    const std::string artifact = Compile(kRules);
    server_.Activate(artifact);
    server_.Put({MakePerson("a"), MakeRecord("r", "a")});
    id_ = server_.MustDecide(Ask("a", "r", "home")).decision_id();
    here_ = absl::StrCat("--artifact ", File("artifact", artifact),
                         " --entities ", File("entities", R"([
          {"uid": {"type": "Person", "id": "a"}, "attrs": {"roles": []}},
          {"uid": {"type": "Record", "id": "r"},
           "attrs": {"owner": {"type": "Person", "id": "a"}}}])"));
    there_ = absl::StrCat("--server ", server_.addresses()[0]);
    log_ = absl::StrCat("--log ", server_.data(), "/log");
    request_ = absl::StrCat(" --request ", File("request", R"({
        "principal": "Person::\"a\"", "action": "Action::\"view\"",
        "resource": "Record::\"r\"",
        "context": {"location": "home", "count": 1}})"));
  }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(directory_, "/", name);
    EXPECT_TRUE(WriteFileAtomically(path, text).ok());
    return path;
  }
  static Ran Run(const std::string& arguments) {
    return RunCommand(absl::StrCat(sekisho_path, " explain ", arguments));
  }

  TestServer server_;
  const std::string directory_ = NewDirectory();
  std::string id_;
  std::string here_;
  std::string there_;
  std::string log_;
  std::string request_;
};

TEST_F(ExplainCommandTest, SaysTheSameFromEverywhere) {
  for (const char* form :
       {"", " --lang ja", " --redacted", " --redacted --lang ja"}) {
    const Ran here = Run(here_ + request_ + form);
    EXPECT_EQ(here.status, 2) << here.output;
    for (const std::string& other :
         {there_ + request_, absl::StrCat(there_, " --id ", id_),
          absl::StrCat(log_, " --id ", id_)}) {
      const Ran ran = Run(other + form);
      EXPECT_EQ(ran.status, 2);
      EXPECT_EQ(ran.output, here.output) << other << form;
    }
  }
  const Ran words = Run(here_ + request_);
  EXPECT_THAT(words.output, HasSubstr("context.location = \"home\""));
  EXPECT_THAT(words.output, HasSubstr("becomes \"hospital\""));
  EXPECT_THAT(Run(here_ + request_ + " --redacted").output,
              Not(HasSubstr("location")));
}

TEST_F(ExplainCommandTest, PrintsJsonOfOneShape) {
  for (const std::string& from : {here_ + request_, there_ + request_,
                                  absl::StrCat(log_, " --id ", id_)}) {
    const Ran ran = Run(from + " --json");
    EXPECT_EQ(ran.status, 2);
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    ASSERT_TRUE(json.is_object()) << ran.output;
    EXPECT_EQ(json["decision"], "DENY");
    EXPECT_EQ(json["cause"], "NOT_COVERED");
    EXPECT_EQ(json["full"]["nearest"][0]["plan"][0]["value"]["string_value"],
              "hospital");
    EXPECT_EQ(json["policy_hash"].get<std::string>().size(), 64u);
  }
}

TEST_F(ExplainCommandTest, IdsMayHaveDashesAsTheLogShowsThem) {
  std::string dashed = id_;
  for (int at : {20, 16, 12, 8}) dashed.insert(at, "-");
  for (const std::string& from : {there_, log_}) {
    EXPECT_EQ(Run(absl::StrCat(from, " --id ", dashed)).status, 2);
    const Ran unknown = Run(absl::StrCat(from, " --id ", std::string(32, '0')));
    EXPECT_EQ(unknown.status, 1);
    EXPECT_THAT(unknown.output, StartsWith("error: "));
    EXPECT_THAT(unknown.output,
                HasSubstr("the log has no decision 00000000-0000-0000-0000-"));
    EXPECT_EQ(Run(from + " --id x").status, 1);
  }
}

TEST_F(ExplainCommandTest, TheCommandLineSaysWhatAndWhere) {
  EXPECT_EQ(Run("").status, 3);
  EXPECT_EQ(Run(log_).status, 3);
  EXPECT_EQ(Run(here_ + " " + there_ + request_).status, 3);
  EXPECT_EQ(Run(there_ + request_ + " --id " + id_).status, 3);
  EXPECT_EQ(Run(there_ + request_ + " --lang fr").status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: explain_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
