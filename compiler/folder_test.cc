#include "compiler/folder.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "gtest/gtest.h"

namespace sekisho {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

const Files kMatrix = {{"usecase-matrix.txt", "m"},
                       {"columns.tsv", "c"},
                       {"vocabulary.tsv", "v"},
                       {"corrections.tsv", "r"},
                       {"checks.tsv", "k"}};

TEST(FolderTest, SourcesAreNumberedByName) {
  absl::StatusOr<PolicyFolder> folder = MakePolicyFolder(
      {{"b.cedar", "2"}, {"s.cedarschema", "3"}, {"a.cedar", "1"}});
  ASSERT_TRUE(folder.ok()) << folder.status();
  const SourceSet& sources = folder->sources;
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_EQ(sources.name(folder->schema), "s.cedarschema");
  ASSERT_EQ(folder->rules.size(), 2u);
  EXPECT_EQ(sources.name(folder->rules[0]), "a.cedar");
  EXPECT_EQ(sources.text(folder->rules[0]), "1");
  EXPECT_EQ(sources.text(folder->rules[1]), "2");
  EXPECT_FALSE(folder->matrix.has_value());
}

TEST(FolderTest, AMatrixIsFiveFiles) {
  Files files = kMatrix;
  files.emplace_back("s.cedarschema", "");
  absl::StatusOr<PolicyFolder> folder = MakePolicyFolder(files);
  ASSERT_TRUE(folder.ok()) << folder.status();
  ASSERT_TRUE(folder->matrix.has_value());
  const MatrixSources& matrix = *folder->matrix;
  const SourceSet& sources = folder->sources;
  EXPECT_EQ(sources.text(matrix.matrix), "m");
  EXPECT_EQ(sources.text(matrix.columns), "c");
  EXPECT_EQ(sources.text(matrix.vocabulary), "v");
  EXPECT_EQ(sources.text(matrix.corrections), "r");
  EXPECT_EQ(sources.text(matrix.checks), "k");
  EXPECT_TRUE(folder->rules.empty());
}

TEST(FolderTest, WhatIsMissingIsNamed) {
  const struct {
    Files files;
    absl::StatusCode code;
    const char* message;
  } kCases[] = {
      {{},
       absl::StatusCode::kNotFound,
       "there is no schema; add a .cedarschema file"},
      {{{"a.cedar", ""}},
       absl::StatusCode::kNotFound,
       "there is no schema; add a .cedarschema file"},
      {{{"a.cedarschema", ""}, {"b.cedarschema", ""}},
       absl::StatusCode::kInvalidArgument,
       "there are two schemas, a.cedarschema and b.cedarschema; keep one"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = MakePolicyFolder(c.files).status();
    EXPECT_EQ(status.code(), c.code);
    EXPECT_EQ(status.message(), c.message);
  }
  for (size_t gone = 0; gone < kMatrix.size(); ++gone) {
    Files files = kMatrix;
    files[gone] = {"s.cedarschema", ""};
    const absl::Status status = MakePolicyFolder(files).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_TRUE(absl::StrContains(
        status.message(), absl::StrCat(" but no ", kMatrix[gone].first)))
        << status;
  }
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() : folder_(testing::TempDir() + "/folder-XXXXXX") {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
  }
  ~LoadTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    const absl::Status status = WriteFileAtomically(folder_ + "/" + name, text);
    EXPECT_TRUE(status.ok()) << status;
  }

  std::string folder_;
};

TEST_F(LoadTest, OnlyPolicySourcesAreRead) {
  Write("s.cedarschema", "schema");
  Write("rules.cedar", "rules");
  Write("README.md", "not a source");
  Write("old.cedar.bak", "\xff");
  std::filesystem::create_directory(folder_ + "/cases");
  absl::StatusOr<PolicyFolder> folder = LoadPolicyFolder(folder_);
  ASSERT_TRUE(folder.ok()) << folder.status();
  // Named below the folder, wherever that is.
  ASSERT_EQ(folder->sources.size(), 2u);
  EXPECT_EQ(folder->sources.name(0), "rules.cedar");
  EXPECT_EQ(folder->sources.text(0), "rules");
  EXPECT_EQ(folder->sources.name(1), "s.cedarschema");
}

TEST_F(LoadTest, ErrorsNameTheFolderOrFile) {
  absl::Status status = LoadPolicyFolder(folder_ + "/gone").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), folder_ + "/gone"));
  status = LoadPolicyFolder(folder_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StartsWith(status.message(), folder_ + ": there is no"));
  Write("s.cedarschema", "entity \xff;");
  status = LoadPolicyFolder(folder_).status();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), "s.cedarschema")) << status;
}

}  // namespace
}  // namespace sekisho
