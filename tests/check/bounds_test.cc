// Promise: whatever a source is, `sekisho check` says what is wrong with it, or
// that nothing is, within 20 times its size and 64 MiB of memory.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity U { n: Long };
action a appliesTo { principal: U, resource: U, context: { n: Long } };
)";
constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kLarge = 50 * kMiB;

std::string Repeat(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

// Lines until the text is large.
std::string Large(std::string text,
                  const std::function<std::string(int)>& line) {
  for (int i = 0; text.size() < kLarge; ++i) text += line(i);
  return text;
}

struct Outcome {
  int status = -1;
  size_t peak_bytes = 0;
  std::string output;
};

// Runs it in a process of its own.
Outcome Check(const std::string& folder) {
  const std::string output = folder + ".txt";
  const pid_t child = fork();
  if (child == 0) {
    if (freopen(output.c_str(), "w", stdout) == nullptr) _exit(99);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    execl("cli/sekisho", "sekisho", "check", folder.c_str(), nullptr);
    _exit(99);
  }
  Outcome outcome;
  int status = 0;
  rusage usage;
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  outcome.peak_bytes = static_cast<size_t>(usage.ru_maxrss) << 10;
  std::ifstream text(output);
  outcome.output.assign(std::istreambuf_iterator<char>(text), {});
  return outcome;
}

// `says` is empty where nothing is wrong.
void ExpectWithinBounds(const std::string& name, const std::string& text,
                        const std::string& says) {
  SCOPED_TRACE(name);
  const std::string folder = testing::TempDir() + "/bounds";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/s.cedarschema") << kSchema;
  if (name == "links.tsv") {
    std::ofstream(folder + "/p.cedar")
        << "@id(\"t\") permit(principal == ?principal, action, resource);";
  }
  std::ofstream(folder + "/" + name) << text;
  const Outcome outcome = Check(folder);
  EXPECT_EQ(outcome.status, says.empty() ? 0 : 1);
  EXPECT_TRUE(absl::StrContains(outcome.output, says))
      << outcome.output.substr(0, 2000);
  EXPECT_LE(outcome.peak_bytes, 20 * text.size() + 64 * kMiB);
}

std::string Permit(const std::string& condition) {
  return absl::StrCat("permit(principal, action, resource) when { ", condition,
                      " };\n");
}

TEST(BoundsTest, DeepNesting) {
  constexpr int kLevels = 10'000;
  const std::string error = "error: more than 200 levels of nesting";
  ExpectWithinBounds(
      "p.cedar", Permit(Repeat(kLevels, "(") + "true" + Repeat(kLevels, ")")),
      error);
  ExpectWithinBounds("p.cedar", Permit(Repeat(kLevels, "[")), error);
  ExpectWithinBounds(
      "p.cedar.json",
      R"({"effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"},
      "resource": {"op": "All"}, "conditions": [{"kind": "when", "body": )" +
          Repeat(kLevels, R"({"!": {"arg": )") + R"({"Value": true})" +
          Repeat(kLevels, "}}") + "}]}",
      error);
}

TEST(BoundsTest, WhatIsNotUtf8) {
  const std::string error = "0xff is not part of UTF-8";
  for (const char* name : {"p.cedar", "p.cedar.json", "s.cedarschema",
                           "links.tsv", "obligations.tsv"}) {
    ExpectWithinBounds(name, "// \xff\n", error);
  }
}

TEST(BoundsTest, LargeFiles) {
  ExpectWithinBounds("s.cedarschema",
                     Large(kSchema,
                           [](int i) {
                             return absl::StrCat("entity E", i,
                                                 " { a: Long, b: String };\n");
                           }),
                     "error: more than 2000000 names");
  ExpectWithinBounds(
      "links.tsv",
      Large(
          "id\ttemplate\t?principal\n",
          [](int i) { return absl::StrCat("l", i, "\tt\tU::\"", i, "\"\n"); }),
      "error: the table has more than 1000000 cells");
  ExpectWithinBounds(
      "p.cedar", Large("", [](int i) { return absl::StrCat("// ", i, "\n"); }),
      "");
}

}  // namespace
}  // namespace sekisho
