// `sekisho load` against a real server.
#include <cstdlib>
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

std::string sekisho_path;

std::string RequestText(const std::string& location,
                        const std::string& more = "",
                        const std::string& action = "view") {
  return absl::StrCat(
      R"({"principal": {"type": "Person", "id": "a"},
          "action": {"type": "Action", "id": ")",
      action,
      R"("}, "resource": {"type": "Record", "id": "r"},
          "context": {"location": ")",
      location, "\", \"count\": 1}", more, "}");
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() : server_(NewDirectory(), {"127.0.0.1:0", Socket()}) {
    server_.Activate(Compile(kRules));
    server_.Put({MakePerson("a"), MakeRecord("r", "a")});
    Requests(absl::StrCat("[",
                          RequestText("hospital", ", \"decision\": \"allow\""),
                          ",", RequestText("home", ", \"decision\": \"deny\""),
                          ",", RequestText("home"), "]"));
  }

  // A socket's path is shorter than that of a directory of the test's.
  static std::string ShortDirectory() {
    std::string path = "/tmp/load_test-XXXXXX";
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    return path;
  }
  ~LoadTest() override { std::filesystem::remove_all(folder_); }

  std::string Socket() const { return absl::StrCat("unix:", folder_, "/s"); }

  void Requests(const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(folder_ + "/requests.json", text).ok());
  }

  Ran Run(const std::string& arguments, size_t address = 0) {
    return RunCommand(absl::StrCat(
        sekisho_path, " load --seconds 0.3 --warm-up 0.05 --server ",
        server_.addresses()[address], " --requests ", folder_,
        "/requests.json ", arguments));
  }

  nlohmann::json RunForJson(const std::string& arguments, size_t address = 0) {
    const Ran ran = Run("--json " + arguments, address);
    EXPECT_EQ(ran.status, 0) << ran.output;
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    EXPECT_TRUE(json.is_object()) << ran.output;
    return json;
  }

  const std::string folder_ = ShortDirectory();
  TestServer server_;
};

TEST_F(LoadTest, EveryMethodIsAnsweredInBothLoopsOverBothTransports) {
  for (const size_t address : {0, 1}) {
    for (const std::string method :
         {"unary", "stream", "batch --batch 2", "batch --batch 1000",
          "compact --batch 2", "compact --batch 1000"}) {
      for (const std::string loop :
           {"--in-flight 1", "--in-flight 7 --connections 2", "--rate 200"}) {
        const auto json =
            RunForJson(absl::StrCat("--method ", method, " ", loop), address);
        const std::string name = method + " " + loop;
        EXPECT_GT(json["permits"], 0) << name;
        EXPECT_GT(json["denials"], 0) << name;
        EXPECT_GE(json["permits"].get<int>() + json["denials"].get<int>(),
                  json["messages"].get<int>())
            << name;
        EXPECT_EQ(json["wrong"], 0) << name;
        EXPECT_TRUE(json["errors"].empty()) << name;
        EXPECT_GT(json["decisions_per_second"], 0) << name;
        EXPECT_GT(json["latency_ns"]["p50"], 0) << name;
        EXPECT_LE(json["latency_ns"]["p99"], json["latency_ns"]["max"]) << name;
      }
    }
  }
}

TEST_F(LoadTest, OpenLoopSendsAtItsRateWhateverIsAnswered) {
  const auto json = RunForJson("--rate 100");
  EXPECT_EQ(json["loop"], "open");
  EXPECT_EQ(json["messages_per_second"], 100);
  EXPECT_EQ(json["messages"], 30);
}

TEST_F(LoadTest, PrintsWhatPeopleRead) {
  const Ran ran = Run("--in-flight 4");
  EXPECT_EQ(ran.status, 0) << ran.output;
  for (const char* part :
       {"machine    ", ", unary, closed-loop, 4 in flight, 1 connection, 0.3 s",
        "decisions  ", "latency    p50 ", "p99.9", "  < ", "###"}) {
    EXPECT_THAT(ran.output, HasSubstr(part));
  }
}

TEST_F(LoadTest, FailsIfAnAnswerIsWrong) {
  Requests(
      absl::StrCat("[", RequestText("home", ", \"decision\": \"allow\""), "]"));
  for (const char* method : {"unary", "stream", "batch", "compact"}) {
    const Ran ran = Run(absl::StrCat("--method ", method));
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.output, HasSubstr("answers are not what the file says"));
  }
}

TEST_F(LoadTest, CountsErrorsByTheirCodesAndFails) {
  Requests(absl::StrCat("[", RequestText("home"), ",",
                        RequestText("home", "", "fly"), "]"));
  for (const char* method : {"unary", "stream", "batch", "compact"}) {
    const Ran ran = Run(absl::StrCat("--json --method ", method));
    EXPECT_EQ(ran.status, 1);
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    ASSERT_TRUE(json.is_object()) << ran.output;
    EXPECT_GT(json["errors"]["INVALID_ARGUMENT"], 0) << method;
    EXPECT_GT(json["denials"], 0) << method;
  }
  const Ran other = Run("--policy-store none");
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.output, HasSubstr(" FAILED_PRECONDITION"));
}

TEST_F(LoadTest, SaysWhatItCannotDo) {
  server_.Stop();
  const Ran ran = RunCommand(absl::StrCat(
      sekisho_path, " load --timeout 0.2 --server 127.0.0.1:1 --requests ",
      folder_, "/requests.json"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.output, "error: cannot reach a server at 127.0.0.1:1\n");
  Requests("[]");
  EXPECT_THAT(Run("").output, HasSubstr("it has no requests"));
  EXPECT_EQ(Run("--method carrier-pigeon").status, 3);
  EXPECT_EQ(Run("--rate 5 --in-flight 5").status, 3);
  EXPECT_EQ(Run("--batch 1001").status, 3);
  EXPECT_EQ(RunCommand(sekisho_path + " load --server 127.0.0.1:1").status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: load_test SEKISHO\n";
    return 2;
  }
  sekisho::sekisho_path = argv[1];
  return RUN_ALL_TESTS();
}
