// `sekisho conformance` on small sets of its own, from a folder and from an
// archive.
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/wait.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/conformance/test_files.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Files = std::map<std::string, std::string>;

constexpr char kSchema[] = R"(
entity User { level: Long, boss?: User };
entity Doc { open: Bool };
action "view" appliesTo { principal: [User], resource: [Doc],
                          context: { hour: Long } };
)";

// policy0 and policy1, whatever their annotations say.
constexpr char kPolicies[] = R"(
@id("viewers")
permit(principal, action == Action::"view", resource)
when { resource.open || principal.level > 3 };
@id("policy0")
forbid(principal, action, resource) when { context.hour + 1 < 6 };
)";

constexpr char kEntities[] = R"([
{"uid": {"type": "User", "id": "ann"}, "attrs": {"level": 5}, "parents": []},
{"uid": {"type": "Doc", "id": "d"}, "attrs": {"open": false}, "parents": []},
{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": []}
])";

constexpr char kTest[] = R"({
 "policies": "t/p.cedar", "entities": "t/e.json", "schema": "t/s.cedarschema",
 "shouldValidate": true,
 "requests": [
  {"description": "by day", "principal": {"type": "User", "id": "ann"},
   "action": {"type": "Action", "id": "view"},
   "resource": {"type": "Doc", "id": "d"}, "context": {"hour": 12},
   "validateRequest": true,
   "decision": "allow", "reason": ["policy0"], "errors": []},
  {"description": "by night", "principal": {"type": "User", "id": "ann"},
   "action": {"type": "Action", "id": "view"},
   "resource": {"type": "Doc", "id": "d"}, "context": {"hour": 2},
   "validateRequest": true,
   "decision": "deny", "reason": ["policy1"], "errors": []},
  {"description": "nobody's request, of no fitting context",
   "principal": null, "action": {"type": "Action", "id": "view"},
   "resource": {"type": "Doc", "id": "gone"}, "context": {"hour": "late"},
   "validateRequest": false,
   "decision": "deny", "reason": [], "errors": ["policy0", "policy1"]}
 ]})";

std::string Replaced(absl::string_view text, absl::string_view from,
                     absl::string_view to) {
  EXPECT_TRUE(absl::StrContains(text, from)) << from;
  return absl::StrReplaceAll(text, {{from, to}});
}

Files PassingSet() {
  return {{"t/s.cedarschema", kSchema},
          {"t/p.cedar", kPolicies},
          {"t/e.json", kEntities},
          {"t/1.json", kTest}};
}

// An empty path of the test's own.
std::string Fresh(const std::string& name) {
  const std::string path = absl::StrCat(
      testing::TempDir(), "/",
      testing::UnitTest::GetInstance()->current_test_info()->name(), "-", name);
  std::filesystem::remove_all(path);
  return path;
}

std::string WriteFolder(const Files& files) {
  const std::string root = Fresh("folder");
  for (const auto& [name, content] : files) {
    const std::filesystem::path path = std::filesystem::path(root) / name;
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(WriteFileAtomically(path.string(), content).ok());
  }
  return root;
}

std::string WriteArchive(const Files& files) {
  const std::string path = Fresh("archive.tar.gz");
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_pax_restricted(writer);
  EXPECT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const auto& [name, content] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, absl::StrCat("./", name).c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(writer, content.data(), content.size()),
              static_cast<la_ssize_t>(content.size()));
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_free(writer), ARCHIVE_OK);
  return path;
}

struct Output {
  int status = -1;
  // Standard output and error.
  std::string text;
};

Output RunCommand(const std::string& arguments) {
  const std::string command =
      absl::StrCat("cli/sekisho conformance ", arguments, " 2>&1");
  FILE* pipe = popen(command.c_str(), "r");
  Output output;
  if (pipe == nullptr) return output;
  char chunk[4096];
  size_t n;
  while ((n = fread(chunk, 1, sizeof chunk, pipe)) > 0) {
    output.text.append(chunk, n);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) output.status = WEXITSTATUS(status);
  return output;
}

void ExpectPassAndFail(const Output& output, int passed, int failed) {
  EXPECT_EQ(output.status, failed > 0 ? 1 : 0) << output.text;
  const std::string last =
      absl::StrCat(passed, " passed, ", failed, " failed\n");
  EXPECT_TRUE(output.text == last || absl::EndsWith(output.text, "\n" + last))
      << output.text;
}

// The test's JSON, or what else, with something wrong, and the line that says
// so.
void ExpectDifference(const Files& files, const std::string& line) {
  for (const std::string& path : {WriteFolder(files), WriteArchive(files)}) {
    const Output output = RunCommand(path);
    ExpectPassAndFail(output, 0, 1);
    EXPECT_TRUE(absl::StrContains(output.text, "FAILED t/1.json\n"))
        << output.text;
    EXPECT_TRUE(absl::StrContains(output.text, line)) << output.text;
  }
}

TEST(ConformanceCommandTest, APassingTest) {
  for (const char* options : {"", "--reference ", "--no-residuals "}) {
    ExpectPassAndFail(RunCommand(options + WriteFolder(PassingSet())), 1, 0);
    ExpectPassAndFail(RunCommand(options + WriteArchive(PassingSet())), 1, 0);
  }
}

TEST(ConformanceCommandTest, AWrongDecision) {
  Files files = PassingSet();
  files["t/1.json"] = Replaced(kTest, R"("allow", "reason": ["policy0"])",
                               R"("deny", "reason": [])");
  ExpectDifference(files,
                   "\n  request 0: decision: expected deny, got allow\n");
  ExpectDifference(files,
                   "\n  request 0: reason: expected {}, got {policy0}\n");
}

TEST(ConformanceCommandTest, WrongReasonsAndErrors) {
  Files files = PassingSet();
  files["t/1.json"] = Replaced(kTest, R"("deny", "reason": ["policy1"])",
                               R"("deny", "reason": ["policy0", "policy1"])");
  ExpectDifference(files,
                   "  request 1: reason: expected {policy0, policy1}, "
                   "got {policy1}\n");
  files["t/1.json"] =
      Replaced(kTest, R"("errors": ["policy0", "policy1"])", R"("errors": [])");
  ExpectDifference(
      files, "  request 2: errors: expected {}, got {policy0, policy1}\n");
}

TEST(ConformanceCommandTest, AWrongVerdict) {
  Files files = PassingSet();
  files["t/1.json"] = Replaced(kTest, R"("shouldValidate": true)",
                               R"("shouldValidate": false)");
  ExpectDifference(files, "  validation: expected not valid");
  files["t/1.json"] = kTest;
  files["t/p.cedar"] =
      Replaced(kPolicies, "principal.level > 3", "principal.lvel > 3");
  ExpectDifference(files,
                   "  validation: expected valid, got not valid: error: ");
}

TEST(ConformanceCommandTest, PoliciesThatNeedNotValidateAreRun) {
  Files files = PassingSet();
  // True of `ann`, and an error of whoever has no boss.
  files["t/p.cedar"] =
      Replaced(kPolicies, "principal.level > 3",
               "principal.level > 3 && principal.boss == principal");
  files["t/1.json"] =
      Replaced(Replaced(kTest, R"("shouldValidate": true)",
                        R"("shouldValidate": false)"),
               R"("allow", "reason": ["policy0"], "errors": [])",
               R"("deny", "reason": [], "errors": ["policy0"])");
  files["t/1.json"] =
      Replaced(files["t/1.json"], R"(["policy1"], "errors": [])",
               R"(["policy1"], "errors": ["policy0"])");
  ExpectPassAndFail(RunCommand(WriteFolder(files)), 1, 0);
}

TEST(ConformanceCommandTest, RequestsAndEntitiesAreValidated) {
  Files files = PassingSet();
  files["t/1.json"] = Replaced(kTest, R"({"hour": 12})", R"({"hour": "noon"})");
  ExpectDifference(files, "  request 0: expected valid, got context.hour: ");
  files["t/1.json"] = kTest;
  files["t/e.json"] = Replaced(kEntities, R"({"level": 5})", "{}");
  ExpectDifference(files,
                   "  entity User::\"ann\": expected valid, got "
                   "attributes.level: ");
}

TEST(ConformanceCommandTest, WhatCannotBeReadFails) {
  Files files = PassingSet();
  files["t/p.cedar"] = "permit(principal action, resource);";
  ExpectDifference(files,
                   "  policies and schema: expected to be read, got error: ");
  files = PassingSet();
  files["t/e.json"] = "[{]";
  ExpectDifference(files, "  entities: expected to be read, got ");
  files = PassingSet();
  files["t/1.json"] = "{\"requests\": [";
  ExpectDifference(files, "  test: expected a test, got this is not JSON");
  files["t/1.json"] = Replaced(kTest, "t/p.cedar", "t/q.cedar");
  ExpectDifference(
      files, "  test: expected a test, got the set has no file t/q.cedar");
  files["t/1.json"] = Replaced(kTest, R"("allow")", R"("maybe")");
  ExpectDifference(files, "got `decision` is neither `allow` nor `deny`");
}

TEST(ConformanceCommandTest, FilterAndFailFast) {
  Files files = PassingSet();
  const std::string wrong = Replaced(kTest, R"("shouldValidate": true)",
                                     R"("shouldValidate": false)");
  files["t/2-wrong.json"] = wrong;
  files["t/3.json"] = kTest;
  files["t/4-wrong.json"] = wrong;
  const std::string folder = WriteFolder(files);
  ExpectPassAndFail(RunCommand(folder), 2, 2);
  ExpectPassAndFail(RunCommand("--fail-fast " + folder), 1, 1);
  ExpectPassAndFail(RunCommand("--filter wrong " + folder), 0, 2);
  ExpectPassAndFail(RunCommand("--filter t/3 " + folder), 1, 0);
  ExpectPassAndFail(RunCommand(folder + " " + WriteArchive(PassingSet())), 3,
                    2);
}

TEST(ConformanceCommandTest, AFolderOfArchives) {
  const std::string folder = WriteFolder(PassingSet());
  Files wrong = PassingSet();
  wrong["t/1.json"] = Replaced(kTest, R"("shouldValidate": true)",
                               R"("shouldValidate": false)");
  std::filesystem::create_directory(folder + "/more");
  std::filesystem::rename(WriteArchive(wrong), folder + "/more/b.tar.gz");
  ExpectPassAndFail(RunCommand(folder), 1, 1);
  // Alone.
  ExpectPassAndFail(RunCommand(folder + "/more"), 0, 1);
  ASSERT_TRUE(WriteFileAtomically(folder + "/more/a.tar.gz", "not one").ok());
  const Output output = RunCommand(folder);
  EXPECT_EQ(output.status, 1);
  EXPECT_TRUE(absl::StrContains(output.text, "more/a.tar.gz")) << output.text;
}

TEST(ConformanceCommandTest, Json) {
  Files files = PassingSet();
  files["t/2.json"] = Replaced(kTest, R"("shouldValidate": true)",
                               R"("shouldValidate": false)");
  const Output output =
      RunCommand("--json --no-residuals " + WriteFolder(files));
  EXPECT_EQ(output.status, 1);
  const auto json = nlohmann::json::parse(output.text, nullptr,
                                          /*allow_exceptions=*/false);
  ASSERT_FALSE(json.is_discarded()) << output.text;
  EXPECT_EQ(json["passed"], 1);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["validating"], 2);
  EXPECT_EQ(json["pure_graph"], 2);
  ASSERT_EQ(json["tests"].size(), 2u);
  EXPECT_EQ(json["tests"][0]["passed"], true);
  EXPECT_EQ(json["tests"][1]["name"], "t/2.json");
  EXPECT_EQ(json["tests"][1]["differences"][0]["what"], "validation");
}

TEST(ConformanceCommandTest, Merge) {
  Files files = PassingSet();
  // Fits; and one that does not.
  files["t/q.cedar"] =
      "forbid(principal, action, resource) "
      "when { principal.level == context.hour };";
  files["t/2.json"] = Replaced(kTest, "t/p.cedar", "t/q.cedar");
  files["t/r.cedar"] = "permit(principal is Robot, action, resource);";
  files["t/3.json"] = Replaced(kTest, "t/p.cedar", "t/r.cedar");
  const Output output = RunCommand("--merge 5 --seed 7 " + WriteFolder(files));
  ExpectPassAndFail(output, 3, 0);
  EXPECT_TRUE(absl::StartsWith(output.text, "seed 7: ")) << output.text;
  EXPECT_EQ(RunCommand("--merge 5 --seed 7 " + WriteFolder(files)).text,
            output.text);
}

TEST(ConformanceCommandTest, WhatIsNoSetIsAnError) {
  const std::string folder = WriteFolder({{"notes.json", "{\"a\": 1}"}});
  Output output = RunCommand(folder);
  EXPECT_EQ(output.status, 1);
  EXPECT_TRUE(absl::StrContains(output.text, "has no tests")) << output.text;
  output = RunCommand(folder + "/notes.json");
  EXPECT_EQ(output.status, 1);
  EXPECT_TRUE(absl::StrContains(output.text, "cannot read the archive"))
      << output.text;
  EXPECT_EQ(RunCommand(folder + "/gone").status, 3);
}

TEST(TestFilesTest, Limits) {
  const Files files = {{"a", "12345"}, {"b", "123"}};
  for (const std::string& path : {WriteFolder(files), WriteArchive(files)}) {
    EXPECT_TRUE(ReadTestFiles(path, {5, 8 << 20, 2}).ok());
    for (const TestFileLimits& limits :
         {TestFileLimits{4, 8 << 20, 2}, TestFileLimits{5, 8 << 20, 1}}) {
      EXPECT_EQ(ReadTestFiles(path, limits).status().code(),
                absl::StatusCode::kResourceExhausted)
          << path;
    }
  }
  EXPECT_EQ(ReadTestFiles(WriteFolder(files), {5, 7, 2}).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(TestFilesTest, DamagedArchive) {
  const std::string path = WriteArchive(PassingSet());
  absl::StatusOr<std::string> bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok());
  for (size_t n = 0; n < bytes->size(); n += 7) {
    ASSERT_TRUE(WriteFileAtomically(path, bytes->substr(0, n)).ok());
    absl::StatusOr<TestFiles> files = ReadTestFiles(path);
    // What was cut off is missing, or known to be.
    if (files.ok()) {
      EXPECT_LT(files->size(), PassingSet().size()) << n;
    }
  }
}

}  // namespace
}  // namespace sekisho
