// `targets` from end to end, for a moment and on little: that every row is
// there and what it writes can be read, not what it says.
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_command.h"

namespace sekisho {
namespace {

using ::testing::HasSubstr;

std::string programs;

Ran RunTargets(const std::string& arguments) {
  return RunCommand(absl::StrCat(
      programs,
      " --seconds 0.01 --served-seconds 0.3 --rounds 1 --largest 39 "
      "--requests 100 --entities 200 ",
      arguments));
}

TEST(TargetsTest, PrintsAndWritesARowForEveryTarget) {
  const std::string json_path = testing::TempDir() + "/targets.json";
  const std::string svg_path = testing::TempDir() + "/targets.svg";
  const Ran ran =
      RunTargets(absl::StrCat("--json ", json_path, " --svg ", svg_path));
  ASSERT_EQ(ran.status, 0) << ran.output;
  for (const char* part :
       {"seed 20261122", "matrix-39-apart", "adversary-39", "healthcare",
        "decision in process, p50, 39 rules",
        "not measured  decision in process, p50, 10000 rules",
        "gRPC unary to the echo, p99, TCP", "p99.9 during reloads",
        "what the log adds", "two threads", " missed\n"}) {
    EXPECT_THAT(ran.output, HasSubstr(part));
  }
  const auto text = ReadFile(json_path);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  ASSERT_TRUE(json.is_object());
  EXPECT_GT(json["targets"].size(), 25u);
  for (const auto& row : json["targets"]) {
    const bool measured = row["verdict"] != "not measured";
    EXPECT_EQ(measured, row["measured"] != "") << row;
    EXPECT_TRUE(measured || row["note"] != "") << row;
  }
  EXPECT_EQ(json["workloads"].size(), 9u);
  const auto svg = ReadFile(svg_path);
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg, HasSubstr("</svg>"));
}

TEST(TargetsTest, FailsIfItCannotMeasure) {
  EXPECT_EQ(RunTargets("--skip-served --svg /dev/null/x").status, 1);
  EXPECT_EQ(RunTargets("--rounds 0").status, 3);
}

}  // namespace
}  // namespace sekisho

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 4) {
    std::cerr << "usage: targets_test TARGETS SEKISHOD ECHO_SERVER\n";
    return 2;
  }
  sekisho::programs = absl::StrCat(argv[1], " --sekishod ", argv[2],
                                   " --echo-server ", argv[3]);
  return RUN_ALL_TESTS();
}
