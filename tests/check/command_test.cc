// `sekisho check` and `sekisho convert` as users run them.
#include <stdio.h>
#include <sys/wait.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

constexpr char kSchema[] = R"(
entity User { level: Long };
entity Doc { open: Bool };
action view appliesTo { principal: [User], resource: [Doc] };
)";
constexpr char kPolicies[] = R"(
@id("open")
permit (principal, action == Action::"view", resource)
when { resource.open };
)";
// An error of the form, and one of the types.
constexpr char kBadPolicies[] =
    "permit(principle, action, resource);\n"
    "permit(principal, action, resource) when { resource.opn };\n";

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }
  std::string Write(const std::string& name, absl::string_view text) const {
    std::filesystem::create_directories(
        std::filesystem::path(Path(name)).parent_path());
    EXPECT_TRUE(WriteFileAtomically(Path(name), text).ok());
    return Path(name);
  }
  // Runs the command; what it prints is in out_.
  int Run(const std::string& arguments) {
    const std::string command =
        absl::StrCat("cli/sekisho ", arguments, " 2>&1");
    FILE* pipe = popen(command.c_str(), "r");
    out_.clear();
    char buffer[4096];
    size_t size;
    while ((size = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
      out_.append(buffer, size);
    }
    return WEXITSTATUS(pclose(pipe));
  }

  const std::string folder_ = absl::StrCat(
      testing::TempDir(), "/",
      testing::UnitTest::GetInstance()->current_test_info()->name());
  std::string out_;
};

TEST_F(CommandTest, CheckReportsEverythingAtOnce) {
  const std::string schema = Write("s.cedarschema", kSchema);
  const std::string bad = Write("bad.cedar", kBadPolicies);
  const std::string cut = Write("cut.cedar.json", "{\"effect\": ");
  const std::string latin1 = Write("latin1.cedar", "// \xe9\n");
  EXPECT_EQ(
      Run(absl::StrCat("check ", schema, " ", bad, " ", cut, " ", latin1)), 1);
  for (const std::string& part :
       {absl::StrCat(bad, ":1:8"), std::string("did you mean `principal`?"),
        absl::StrCat(bad, ":2:53"), std::string("did you mean `open`?"),
        absl::StrCat(cut, ":1:12"), latin1,
        std::string("4 errors, 0 warnings")}) {
    EXPECT_TRUE(absl::StrContains(out_, part)) << part << "\n" << out_;
  }
}

TEST_F(CommandTest, CheckPrintsJson) {
  const std::string schema = Write("s.cedarschema", kSchema);
  const std::string bad = Write("bad.cedar", kBadPolicies);
  EXPECT_EQ(Run(absl::StrCat("check --json ", schema, " ", bad)), 1);
  const nlohmann::json findings = nlohmann::json::parse(out_);
  ASSERT_EQ(findings.size(), 2u) << out_;
  EXPECT_EQ(findings[1],
            nlohmann::json({{"severity", "error"},
                            {"file", bad},
                            {"line", 2},
                            {"column", 53},
                            {"end_line", 2},
                            {"end_column", 56},
                            {"message", "`Doc` has no attribute `opn`"},
                            {"help", "did you mean `open`?"}}));
}

TEST_F(CommandTest, CheckTakesFoldersAndFilesWithoutASchema) {
  Write("a/s.cedarschema", kSchema);
  Write("a/p.cedar", kPolicies);
  EXPECT_EQ(Run(absl::StrCat("check ", Path("a"))), 0) << out_;
  EXPECT_EQ(out_, "0 errors, 0 warnings\n");
  // What the types are cannot be said; the form can.
  EXPECT_EQ(Run(absl::StrCat("check ", Path("a/p.cedar"))), 0) << out_;
  const std::string bad = Write("bad.cedar", kBadPolicies);
  EXPECT_EQ(Run(absl::StrCat("check ", bad)), 1);
  EXPECT_TRUE(absl::StrContains(out_, "1 errors")) << out_;
  EXPECT_EQ(Run(absl::StrCat("check ", Path("nowhere"))), 3);
  EXPECT_EQ(Run(absl::StrCat("check ", Write("x.tsv", "a\n"))), 1);
}

TEST_F(CommandTest, WarningsAreErrorsOnlyIfToldSo) {
  Write("s.cedarschema", kSchema);
  const std::string enumerated =
      Write("e.cedarschema", "entity Color enum [\"red\", \"red\"];");
  EXPECT_EQ(Run(absl::StrCat("check ", enumerated)), 0) << out_;
  EXPECT_TRUE(absl::StrContains(out_, "0 errors, 1 warnings")) << out_;
  EXPECT_EQ(Run(absl::StrCat("check --deny-warnings ", enumerated)), 1);
}

TEST_F(CommandTest, WhatIsConvertedCompilesToTheSame) {
  Write("text/s.cedarschema", kSchema);
  Write("text/p.cedar", kPolicies);
  std::filesystem::create_directories(Path("json"));
  EXPECT_EQ(
      Run(absl::StrCat("convert ", Path("text/s.cedarschema"), " --to json -o ",
                       Path("json/s.cedarschema.json"))),
      0)
      << out_;
  EXPECT_EQ(Run(absl::StrCat("convert ", Path("text/p.cedar"), " --to json -o ",
                             Path("json/p.cedar.json"))),
            0)
      << out_;
  const auto graph_of = [&](const std::string& folder) {
    EXPECT_EQ(Run(absl::StrCat("compile --graph ", Path(folder))), 0) << out_;
    return out_;
  };
  const std::string of_text = graph_of("text");
  EXPECT_EQ(graph_of("json"), of_text);
  // The name says nothing of what is in it.
  std::filesystem::rename(Path("json/p.cedar.json"), Path("p.json"));
  EXPECT_EQ(Run(absl::StrCat("convert ", Path("p.json"), " --to cedar")), 0);
  EXPECT_TRUE(absl::StrContains(out_, "when { resource.open };")) << out_;
}

TEST_F(CommandTest, ConvertRefusesWhatItCannotKeep) {
  const std::string bad = Write("bad.cedar", kBadPolicies);
  EXPECT_EQ(Run(absl::StrCat("convert ", bad, " --to json")), 1);
  EXPECT_FALSE(absl::StrContains(out_, "staticPolicies")) << out_;
  // Comments would be lost for nothing.
  EXPECT_EQ(Run(absl::StrCat("convert ", bad, " --to cedar")), 3);
  EXPECT_EQ(Run(absl::StrCat("convert ", bad, " --to xml")), 3);
  EXPECT_EQ(Run(absl::StrCat("convert ", Write("x.tsv", "a"), " --to json")),
            3);
}

}  // namespace
}  // namespace sekisho
