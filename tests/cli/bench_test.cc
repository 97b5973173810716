// `sekisho bench` on small policies: what is verified, what is printed, and
// what is refused.
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
using ::testing::Not;

std::string sekisho_path;

constexpr char kEntities[] = R"([
 {"uid": {"type": "Person", "id": "a"}, "attrs": {"roles": []}},
 {"uid": {"type": "Record", "id": "r"},
  "attrs": {"owner": {"type": "Person", "id": "a"}}},
 {"uid": {"type": "Action", "id": "view"}}])";

std::string RequestText(const std::string& location,
                        const std::string& more = "") {
  return absl::StrCat(
      R"({"principal": {"type": "Person", "id": "a"},
          "action": {"type": "Action", "id": "view"},
          "resource": {"type": "Record", "id": "r"},
          "context": {"location": ")",
      location, "\", \"count\": 1}", more, "}");
}

class BenchTest : public testing::Test {
 protected:
  BenchTest() {
    File("rules.cedar", kRules);
    File("test.cedarschema", kSchema);
    File("entities.json", kEntities);
    Requests(absl::StrCat("[", RequestText("hospital"), ",",
                          RequestText("home"), "]"));
  }

  // FOLDER stands for the folder with the policies, ALL for it and the files.
  Ran Run(const std::string& arguments) {
    Ran ran = RunCommand(absl::StrCat(
        sekisho_path, " bench --seconds 0.05 ",
        absl::StrReplaceAll(
            arguments,
            {{"ALL", absl::StrCat("--policies ", folder_, " --entities ",
                                  folder_, "/entities.json --requests ",
                                  folder_, "/requests.json")},
             {"FOLDER", folder_}})));
    absl::StrReplaceAll({{folder_ + "/", ""}}, &ran.output);
    return ran;
  }

  void File(const std::string& name, const std::string& text) {
    EXPECT_TRUE(
        WriteFileAtomically(absl::StrCat(folder_, "/", name), text).ok());
  }
  void Requests(const std::string& text) { File("requests.json", text); }

  const std::string folder_ = NewDirectory();
};

TEST_F(BenchTest, PrintsWhatPeopleRead) {
  const Ran ran = Run("ALL");
  EXPECT_EQ(ran.status, 0) << ran.output;
  for (const char* part :
       {"cores, load", "policies   3;", "bytes of graph", "compiled in",
        "requests   2, of which 1 are permitted, over 2 entities; seed 1",
        "verified   2 of 2 answers by the reference evaluator, 0 by the file",
        "log on in group mode; timer", "p99.9", "permits", "denials",
        "heap allocations a decision"}) {
    EXPECT_THAT(ran.output, HasSubstr(part));
  }
}

TEST_F(BenchTest, PrintsJsonOfOneShape) {
  Requests(absl::StrCat("{\"requests\": [",
                        RequestText("hospital", ", \"decision\": \"allow\""),
                        ",", RequestText("home"), "]}"));
  const Ran ran = Run("ALL --json --no-log --threads 2 --seed 7");
  ASSERT_EQ(ran.status, 0) << ran.output;
  const auto json = nlohmann::json::parse(ran.output, nullptr, false);
  ASSERT_TRUE(json.is_object()) << ran.output;
  EXPECT_EQ(json["log"], false);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["entities"], 2);
  EXPECT_EQ(json["requests"]["count"], 2);
  EXPECT_EQ(json["requests"]["permits"], 1);
  EXPECT_EQ(json["requests"]["verified_by_reference"], 2);
  EXPECT_EQ(json["requests"]["verified_by_file"], 1);
  EXPECT_EQ(json["policies"]["count"], 3);
  EXPECT_GT(json["policies"]["nodes"], 0);
  EXPECT_GT(json["policies"]["graph_bytes"], 0);
  EXPECT_GT(json["policies"]["compile_seconds"], 0);
  EXPECT_GT(json["policies"]["load_seconds"], 0);
  const auto& latency = json["latency_ns"];
  for (const char* kind : {"all", "permits", "denials"}) {
    const auto& figures = latency[kind];
    EXPECT_GT(figures["count"], 0) << kind;
    EXPECT_LE(figures["p50"], figures["p90"]) << kind;
    EXPECT_LE(figures["p90"], figures["p99"]) << kind;
    EXPECT_LE(figures["p99"], figures["p99_9"]) << kind;
    EXPECT_LE(figures["p99_9"], figures["max"]) << kind;
    EXPECT_GE(figures["max"], figures["mean"]) << kind;
  }
  EXPECT_EQ(latency["permits"]["count"].get<int>() +
                latency["denials"]["count"].get<int>(),
            latency["all"]["count"].get<int>());
  EXPECT_GT(json["decisions_per_second"], 0);
  EXPECT_GE(json["allocations_per_decision"], 0);
  EXPECT_GT(json["scaling"]["relative"], 0);
}

TEST_F(BenchTest, TimesNothingIfAnAnswerIsNotAsTheFileSays) {
  Requests(absl::StrCat("[", RequestText("hospital", ", \"decision\":\"deny\""),
                        ",", RequestText("home"), "]"));
  const Ran ran = Run("ALL");
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.output,
            "error: 1 answers are wrong, nothing was timed:\n"
            "requests[0]: the file says deny, the graph permitted by [own] "
            "with errors in []\n");
}

TEST_F(BenchTest, MeasuresAnArtifactByItsOwnSourcesOrThoseGiven) {
  File("artifact", Compile(kRules));
  const std::string rest =
      " --artifact FOLDER/artifact --entities FOLDER/entities.json --requests "
      "FOLDER/requests.json";
  const Ran own = Run(rest);
  EXPECT_EQ(own.status, 0) << own.output;
  EXPECT_THAT(own.output, HasSubstr("verified   2 of 2"));
  EXPECT_THAT(own.output, Not(HasSubstr("compiled in")));
  EXPECT_EQ(Run("--policies FOLDER" + rest).status, 0);

  File("rules.cedar", "permit (principal, action, resource);");
  const Ran other = Run("--policies FOLDER" + rest);
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(other.output,
            "error: artifact: it was not compiled from these policies\n");
}

// The artifact has the policies' names and decides otherwise.
TEST_F(BenchTest, TimesNothingIfTheReferenceEvaluatorDisagrees) {
  File("artifact", Compile(kRules));
  File("rules.cedar", absl::StrReplaceAll(kRules, {{"hospital", "home"}}));
  const Ran ran = Run("ALL --artifact FOLDER/artifact");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output,
              HasSubstr("error: 2 answers are wrong, nothing was timed:\n"
                        "requests[0]: the reference evaluator says not covered "
                        "by [] with errors in [], the graph permitted by "
                        "[own] with errors in []\n"));
}

TEST_F(BenchTest, TakesOneFileOfPoliciesWithItsSchema) {
  const Ran ran =
      Run("--policies FOLDER/rules.cedar --schema FOLDER/test.cedarschema "
          "--entities FOLDER/entities.json --requests FOLDER/requests.json");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("policies   3;"));
}

TEST_F(BenchTest, RefusesWhatCannotBeMeasured) {
  const struct {
    std::string requests;
    std::string message;
  } kCases[] = {
      {"", "requests.json: this is not JSON"},
      {"[]", "requests.json: it has no requests"},
      {absl::StrCat("[", RequestText("home"), ",{}]"),
       "requests.json: requests[1]: "},
      {absl::StrCat(
           "[", RequestText("home"), ",",
           absl::StrReplaceAll(RequestText("home"), {{"\"view\"", "\"fly\""}}),
           "]"),
       "requests[1]: action: "},
      {absl::StrCat("[",
                    absl::StrReplaceAll(RequestText("home"),
                                        {{"\"count\"", "\"amount\""}}),
                    "]"),
       "requests[0]: context"},
  };
  for (const auto& c : kCases) {
    Requests(c.requests);
    const Ran ran = Run("ALL");
    EXPECT_EQ(ran.status, 1) << c.requests;
    EXPECT_THAT(ran.output, HasSubstr("error: " + c.message)) << c.requests;
  }
}

TEST_F(BenchTest, RefusesPoliciesAndEntitiesWithErrors) {
  File("entities.json", "[{\"uid\": {\"type\": \"Ghost\", \"id\": \"g\"}}]");
  EXPECT_THAT(Run("ALL").output, HasSubstr("error: entities.json: Ghost::"));
  File("rules.cedar", "permit (principal, action, resource) when { 1 };");
  const Ran ran = Run("ALL");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.output, HasSubstr("error: the policies have errors\n"));
  EXPECT_THAT(ran.output, HasSubstr("^"));
}

TEST_F(BenchTest, TheCommandLineSaysWhatToMeasure) {
  EXPECT_EQ(Run("").status, 3);
  EXPECT_EQ(Run("--policies FOLDER").status, 3);
  EXPECT_EQ(Run("--requests FOLDER/requests.json").status, 3);
  EXPECT_EQ(Run("ALL --threads 0").status, 3);
  EXPECT_EQ(Run("ALL --seconds -1").status, 3);
  EXPECT_EQ(Run("ALL --verify-every 0").status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: bench_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
