// Promise: whatever a source is, `sekisho` says what is wrong with it, or does
// what it is asked to, within 20 times its size and 64 MiB of memory. The sizes
// of what is ordinary but long are SEKISHO_MIB; the whole way is
//   SEKISHO_MIB=50 bazel run //tests/check:bounds_test
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/environment.h"

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

// Of what takes time to read.
size_t LongBytes() { return EnvironmentNumber("SEKISHO_MIB", 5) * kMiB; }

// Parts until the text is of that size.
std::string Fill(size_t bytes, std::string text,
                 const std::function<std::string(int)>& part) {
  for (int i = 0; text.size() < bytes; ++i) text += part(i);
  return text;
}

std::string Large(std::string text,
                  const std::function<std::string(int)>& line) {
  return Fill(kLarge, std::move(text), line);
}

struct Outcome {
  int status = -1;
  size_t peak_bytes = 0;
  std::string output;
};

// Runs it in a process of its own.
Outcome RunSekisho(const std::vector<std::string>& arguments) {
  const std::string output = testing::TempDir() + "/bounds.txt";
  std::vector<char*> words = {const_cast<char*>("sekisho")};
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (freopen(output.c_str(), "w", stdout) == nullptr) _exit(99);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    execv("cli/sekisho", words.data());
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
void ExpectWithinBounds(const std::vector<std::string>& arguments,
                        size_t input_bytes, const std::string& says) {
  SCOPED_TRACE(arguments[0]);
  const Outcome outcome = RunSekisho(arguments);
  EXPECT_EQ(outcome.status, says.empty() ? 0 : 1);
  EXPECT_TRUE(absl::StrContains(outcome.output, says))
      << outcome.output.substr(0, 2000);
  const size_t allowed = 20 * input_bytes + 64 * kMiB;
  std::cout << arguments[0] << ": " << outcome.peak_bytes / kMiB << " of "
            << allowed / kMiB << " MiB" << std::endl;
  EXPECT_LE(outcome.peak_bytes, allowed);
}

// A folder of its own with these files.
std::string MakeFolder(
    const std::vector<std::pair<std::string, std::string>>& files) {
  const std::string folder = testing::TempDir() + "/bounds";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  for (const auto& [name, text] : files) {
    std::ofstream(folder + "/" + name) << text;
  }
  return folder;
}

// What `sekisho check` says of a folder with that file, and if nothing is wrong
// with it, what `sekisho compile` does.
void ExpectWithinBounds(const std::string& name, const std::string& text,
                        const std::string& says) {
  SCOPED_TRACE(name);
  std::vector<std::pair<std::string, std::string>> files = {
      {"s.cedarschema", kSchema}};
  if (name == "links.tsv") {
    files.emplace_back("p.cedar",
                       "@id(\"t\") permit(principal == ?principal, action, "
                       "resource);");
  }
  files.emplace_back(name, text);
  const std::string folder = MakeFolder(files);
  ExpectWithinBounds({"check", folder}, text.size(), says);
  if (says.empty()) ExpectWithinBounds({"compile", folder}, text.size(), says);
}

// To the other form.
void ExpectConvertsWithinBounds(const std::string& name,
                                const std::string& to) {
  const std::string file = testing::TempDir() + "/bounds/" + name;
  ExpectWithinBounds({"convert", file, "--to", to, "-o", file + ".out"},
                     std::filesystem::file_size(file), "");
}

std::string Permit(const std::string& condition) {
  return absl::StrCat("permit(principal, action, resource) when { ", condition,
                      " };\n");
}

std::string JsonPermit(const std::string& condition) {
  return absl::StrCat(
      R"({"effect": "permit", "principal": {"op": "All"}, "action": )",
      R"({"op": "All"}, "resource": {"op": "All"}, "conditions": )",
      R"([{"kind": "when", "body": )", condition, "}]}");
}

TEST(BoundsTest, DeepNesting) {
  constexpr int kLevels = 10'000;
  const std::string error = "error: more than 200 levels of nesting";
  ExpectWithinBounds(
      "p.cedar", Permit(Repeat(kLevels, "(") + "true" + Repeat(kLevels, ")")),
      error);
  ExpectWithinBounds("p.cedar", Permit(Repeat(kLevels, "[")), error);
  ExpectWithinBounds("p.cedar.json",
                     JsonPermit(Repeat(kLevels, R"({"!": {"arg": )") +
                                R"({"Value": true})" + Repeat(kLevels, "}}")),
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

TEST(BoundsTest, AMillionElements) {
  const auto list = [](const std::string& before, const std::string& after) {
    std::string text;
    for (int i = 0; i < 1'000'000; ++i) {
      absl::StrAppend(&text, i > 0 ? ", " : "", before, i, after);
    }
    return text;
  };
  ExpectWithinBounds("p.cedar",
                     Permit("[" + list("", "") + "].contains(context.n)"), "");
  ExpectConvertsWithinBounds("p.cedar", "json");
  ExpectWithinBounds("p.cedar",
                     Permit("principal in [" + list("U::\"", "\"") + "]"), "");
  ExpectConvertsWithinBounds("p.cedar", "json");
  ExpectWithinBounds(
      "p.cedar.json",
      JsonPermit(R"({"contains": {"left": {"Value": [)" + list("", "") +
                 R"(]}, "right": {"Value": 7}}})"),
      "");
  // One expression in two bytes.
  ExpectWithinBounds(
      "p.cedar", Permit("[" + Repeat(999'999, "1,") + "1].contains(context.n)"),
      "error: more than 9000");
}

TEST(BoundsTest, ManyPolicies) {
  ExpectWithinBounds(
      "p.cedar",
      Fill(LongBytes(), "",
           [](int i) {
             return absl::StrCat(
                 "@id(\"p", i, "\")\npermit (principal == U::\"", i,
                 "\", action, resource)\nwhen { context.n == ", i % 1000,
                 " && resource.n == ", i, " };\n");
           }),
      "");
  ExpectConvertsWithinBounds("p.cedar", "json");
  ExpectWithinBounds(
      "p.cedar.json",
      Fill(LongBytes(), R"({"staticPolicies": {)",
           [](int i) {
             return absl::StrCat(
                 i > 0 ? ", " : "", "\"p", i, "\": ",
                 JsonPermit(absl::StrCat(
                     R"({"==": {"left": {".": {"left": {"Var": "context"}, )",
                     R"("attr": "n"}}, "right": {"Value": )", i, "}}}")));
           }) +
          "}}",
      "");
  ExpectConvertsWithinBounds("p.cedar.json", "cedar");
}

TEST(BoundsTest, ManyRows) {
  std::string matrix = "サービス\t旧\t新\t誰が\t何を\n\t\t\t職種\t文書\n";
  for (int i = 1; i <= 9'999; ++i) {
    absl::StrAppend(&matrix, i == 1 ? "①診療" : "", "\t①-", i, "\t①-", i,
                    i % 2 == 0 ? "\t医師" : "\t看護師",
                    i % 3 == 0 ? "\t診療記録\n" : "\t処方箋\n");
  }
  const std::string folder = MakeFolder(
      {{"s.cedarschema",
        "entity Physician, Nurse, Record;\naction view appliesTo { principal: "
        "[Physician, Nurse], resource: Record, context: { kind: String } };"},
       {"usecase-matrix.txt", matrix},
       {"columns.tsv",
        "column\theader\tenglish\tbecomes\tgrammar\tvouched\tobliges\n"
        "role\t職種\tRole\tcondition\tphrase\tstore\n"
        "document\t文書\tDocument\tcondition\tphrase\trequest\n"},
       {"vocabulary.tsv",
        "column\tphrase\tmeaning\tenglish\taliases\tfinding\tnote\n"
        "role\t医師\tprincipal is Physician\tphysician\n"
        "role\t看護師\tprincipal is Nurse\tnurse\n"
        "document\t診療記録\tcontext.kind == \"record\"\trecord\n"
        "document\t処方箋\tcontext.kind == \"prescription\"\tprescription\n"},
       {"corrections.tsv", "usecase\tcolumn\tprinted\tadopted\treason\n"},
       {"checks.tsv", "when\tcolumn\tfinding\tmessage\n"}});
  ExpectWithinBounds({"check", folder}, matrix.size(), "");
  ExpectWithinBounds({"compile", folder}, matrix.size(), "");
  ExpectWithinBounds({"matrix", "read", "-p", folder}, matrix.size(), "");
}

TEST(BoundsTest, ManyEntities) {
  const std::string entities =
      Fill(LongBytes(), "[",
           [](int i) {
             return absl::StrCat(i > 0 ? ",\n" : "",
                                 R"({"uid": {"type": "U", "id": "u)", i,
                                 R"("}, "attrs": {"n": )", i,
                                 R"(}, "parents": [{"type": "U", "id": "g)",
                                 i % 1000, R"("}]})");
           }) +
      "]";
  const std::string folder =
      MakeFolder({{"s.cedarschema",
                   "entity U in [U] { n: Long };\naction a appliesTo { "
                   "principal: U, resource: U };"},
                  {"p.cedar", Permit("principal.n == 7")},
                  {"entities.json", entities},
                  {"request.json",
                   R"({"principal": "U::\"u7\"", "action": "Action::\"a\"",
            "resource": "U::\"u8\""})"}});
  const std::string artifact = folder + "/artifact";
  ASSERT_EQ(RunSekisho({"compile", folder, "-o", artifact}).status, 0);
  ExpectWithinBounds({"decide", "-a", artifact, "-e", folder + "/entities.json",
                      "-r", folder + "/request.json"},
                     entities.size(), "");
}

}  // namespace
}  // namespace sekisho
