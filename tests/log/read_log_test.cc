// tools/read_log.py, which knows nothing but docs/log_format.md, reads what the
// writer writes and refuses what was damaged.
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/log/log_writer.h"
#include "engine/log/test_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace sekisho {
namespace {

struct Result {
  int exit_code = -1;
  std::string output;
};

// The program's output includes what it says of errors.
Result ReadLog(const TestLog& test) {
  const std::string command =
      absl::StrCat("python3 tools/read_log.py '", test.directory(), "' '",
                   SampleKey().verifier().ToString(), "' 2>&1");
  Result result;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  size_t size;
  while ((size = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
    result.output.append(buffer, size);
  }
  result.exit_code = WEXITSTATUS(pclose(pipe));
  return result;
}

std::vector<nlohmann::json> Lines(const std::string& output) {
  std::vector<nlohmann::json> lines;
  const std::vector<std::string> texts = absl::StrSplit(output, '\n');
  for (const std::string& line : texts) {
    if (!line.empty() && line[0] == '{') {
      lines.push_back(nlohmann::json::parse(line));
    }
  }
  return lines;
}

void AppendSamples(TestLog* test) {
  const std::string evidence = SampleEvidence();
  for (const Record& record : SampleRecords()) {
    EXPECT_OK(test->log()
                  .Append(record, {{Sha256(evidence), evidence},
                                   {Sha256("artifact"), "artifact"},
                                   {Sha256("change"), "change"},
                                   {Sha256("list"), "list"}})
                  .status());
  }
}

TEST(ReadLogTest, ReadsEveryKindOfRecord) {
  TestLog test;
  ASSERT_TRUE(test.Open().ok());
  AppendSamples(&test);
  ASSERT_TRUE(test.Close().ok());
  const Result result = ReadLog(test);
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              testing::HasSubstr("15 records; the first 15 are signed for"));
  const std::vector<nlohmann::json> records = Lines(result.output);
  ASSERT_EQ(records.size(), 15);
  EXPECT_EQ(records[0], nlohmann::json::parse(R"({
    "index": 0, "kind": "decision",
    "salt": "0102030405060708090a0b0c0d0e0f10",
    "id": "019d4657007b70018001010101010101",
    "timeNs": 1775001600123456790, "policyStore": "main",
    "pep": {"kind": "unix", "name": "1000"}, "face": "grpc",
    "requestId": "q-1",
    "batch": {"id": "404142434445464748494a4b4c4d4e4f", "item": 2},
    "body": {
      "request": {
        "principal": {"type": "Person", "id": "nurse-1"},
        "action": {"type": "Action", "id": "view"},
        "resource": {"type": "Record", "id": "r1"},
        "context": {"count": -2, "emergency": false, "place": "病院"},
        "entities": [{
          "uid": {"type": "Device", "id": "d1"},
          "attrs": {"kinds": [1, "pc"]}, "tags": {"ward": true},
          "parents": [{"type": "Room", "id": "1"},
                      {"type": "Room", "id": "2"}]}],
        "supportedObligations": ["notify"], "demandedPolicy": "ab",
        "atLeastRevision": 299, "maxAge": [{"source": "hr", "ns": 60000000000}]},
      "basis": {
        "policyHash": "ab", "policyVersion": 3, "mode": "cedar",
        "entityRevision": 300, "addedContext": {"now": 1775001600},
        "evidence": [
          {"uid": {"type": "Person", "id": "nurse-1"},
           "hash": "732f8ffbf3eb35f4f6443aaf51eed90424ffa876dc143ee30d2e1650d1fbdec7"},
          {"uid": {"type": "Record", "id": "r1"}, "hash": null}]},
      "permitted": true, "cause": "permitted", "determining": ["①-1"],
      "errors": ["f1", "f2"], "undecidedForbids": ["f2"],
      "obligations": [{"name": "notify", "parameters": {"to": "ward"}}],
      "advice": [{"name": "step-up", "parameters": {}}],
      "durationNs": 1500}})"));
  const std::vector<std::string> kinds = {
      "decision", "decision", "refusal",  "explanation", "activation",
      "write",    "opened",   "closed",   "links",       "decision",
      "decision", "decision", "decision", "decision"};
  for (size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(records[i]["kind"], kinds[i]);
    EXPECT_EQ(records[i]["index"], i);
  }
  EXPECT_EQ(records[2]["body"]["message"], "the entities are older than 60 s");
  EXPECT_EQ(records[4]["body"]["reason"], "activate");
  EXPECT_EQ(records[5]["body"]["count"], 2);
  EXPECT_EQ(records[6]["body"]["cutBytes"], 17);
  EXPECT_EQ(records[7]["body"]["reason"], "shutdown");
  EXPECT_EQ(records[8]["body"]["linked"], 2);
  EXPECT_EQ(records[9]["body"]["links"], nlohmann::json::parse(R"([
    {"id": "ann-plans", "templateId": "share",
     "principal": {"type": "User", "id": "ann"},
     "resource": {"type": "Folder", "id": "plans"}},
    {"id": "staff", "templateId": "own",
     "principal": {"type": "Team", "id": "staff"},
     "resource": {"type": "", "id": ""}}])"));
  EXPECT_EQ(records[10]["body"]["links"], nlohmann::json::array());
  EXPECT_EQ(records[11]["body"]["links"], nlohmann::json::array());
  EXPECT_EQ(records[12]["body"]["links"], nullptr);
  for (size_t i : {11, 12}) {
    EXPECT_EQ(records[i]["body"]["unnamed"], nlohmann::json::parse(R"(
      {"determining": 1, "errors": 99800, "undecidedForbids": 300})"));
  }
  for (size_t i : {13, 14}) {
    EXPECT_EQ(records[i]["body"]["evidenceList"],
              absl::BytesToHexString(absl::string_view(
                  reinterpret_cast<const char*>(Sha256("list").data()), 32)));
  }
}

TEST(ReadLogTest, ReadsManySegmentsAndSeveralProcesses) {
  TestLog test;
  test.Write(0, 99);
  test.Write(100, 199);
  const std::string last = test.Files()[test.Files().size() - 3];
  // As it is while it is written to.
  test.Replace(last, test.Read(last) + std::string(200, '\0') + "unfinished");
  test.Replace("00000099.log", "no segment");
  const Result result = ReadLog(test);
  EXPECT_NE(result.exit_code, 0);
  std::remove(test.Path("00000099.log").c_str());
  const Result again = ReadLog(test);
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_EQ(Lines(again.output).size(), 200);
}

TEST(ReadLogTest, RefusesDamage) {
  TestLog test;
  test.Write(0, 4);
  test.Write(5, 9);
  int damaged = 0;
  for (const std::string& file : test.Files()) {
    const std::string bytes = test.Read(file);
    for (size_t i = damaged % 7; i < bytes.size(); i += bytes.size() / 12) {
      std::string altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ (1 << (i % 8)));
      test.Replace(file, altered);
      const Result result = ReadLog(test);
      EXPECT_EQ(result.exit_code, 1) << file << " " << i << result.output;
      EXPECT_THAT(result.output, testing::Not(testing::HasSubstr("Traceback")))
          << file << " " << i;
      ++damaged;
    }
    test.Replace(file, bytes.substr(0, bytes.size() / 2));
    EXPECT_EQ(ReadLog(test).exit_code, 1) << file;
    std::remove(test.Path(file).c_str());
    EXPECT_EQ(ReadLog(test).exit_code, 1) << file;
    test.Replace(file, bytes);
  }
  EXPECT_EQ(ReadLog(test).exit_code, 0);
  EXPECT_GT(damaged, 40);
}

TEST(ReadLogTest, RefusesAnotherKey) {
  TestLog test;
  test.Write(0, 4);
  const SigningKey key = *SigningKey::Generate("pdp.example/decisions");
  const std::string command =
      absl::StrCat("python3 tools/read_log.py '", test.directory(), "' '",
                   key.verifier().ToString(), "' >/dev/null 2>&1");
  EXPECT_NE(system(command.c_str()), 0);
}

}  // namespace
}  // namespace sekisho
