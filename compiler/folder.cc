#include "compiler/folder.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar_source.h"
#include "compiler/links/links.h"
#include "compiler/source/read_source.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr absl::string_view kMatrix = "usecase-matrix.txt";
constexpr absl::string_view kColumns = "columns.tsv";
constexpr absl::string_view kVocabulary = "vocabulary.tsv";
constexpr absl::string_view kCorrections = "corrections.tsv";
constexpr absl::string_view kChecks = "checks.tsv";
constexpr absl::string_view kObligations = "obligations.tsv";

using Files = std::vector<std::pair<std::string, std::string>>;

std::string FileName(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

absl::StatusOr<Files> ReadFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entries(path, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("cannot read the folder ", path, ": ", error.message()));
  }
  Files files;
  for (const auto& entry : entries) {
    std::string name = entry.path().filename().string();
    if (!IsSourceOfFolder(name)) continue;
    ASSIGN_OR_RETURN(std::string text, ReadSource(entry.path().string()));
    files.emplace_back(std::move(name), std::move(text));
  }
  return files;
}

// With the path before the message of an error.
absl::StatusOr<PolicyFolder> Named(const std::string& path,
                                   absl::StatusOr<PolicyFolder> folder) {
  if (folder.ok()) return folder;
  return absl::Status(folder.status().code(),
                      absl::StrCat(path, ": ", folder.status().message()));
}

}  // namespace

bool IsSourceOfFolder(absl::string_view name) {
  return IsPolicyFile(name) || IsSchemaFile(name) || name == kMatrix ||
         name == kColumns || name == kVocabulary || name == kCorrections ||
         name == kChecks || name == kObligations || name == kLinksFile;
}

absl::StatusOr<PolicyFolder> LoadPolicyFolder(const std::string& path) {
  ASSIGN_OR_RETURN(Files files, ReadFolder(path));
  return Named(path, MakePolicyFolder(std::move(files)));
}

absl::StatusOr<PolicyFolder> LoadPolicies(const std::string& path,
                                          const std::string& schema) {
  Files files;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    ASSIGN_OR_RETURN(files, ReadFolder(path));
    std::erase_if(files,
                  [](const auto& file) { return IsSchemaFile(file.first); });
  } else {
    if (!IsPolicyFile(path)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path,
                       ": the name of a file of policies ends in .cedar or "
                       ".cedar.json"));
    }
    ASSIGN_OR_RETURN(std::string text, ReadSource(path));
    files.emplace_back(FileName(path), std::move(text));
  }
  ASSIGN_OR_RETURN(std::string text, ReadSource(schema));
  std::string name = FileName(schema);
  if (!IsSchemaFile(name)) {
    name +=
        absl::EndsWith(name, ".json") ? ".cedarschema.json" : ".cedarschema";
  }
  files.emplace_back(std::move(name), std::move(text));
  return Named(path, MakePolicyFolder(std::move(files)));
}

absl::StatusOr<PolicyFolder> MakePolicyFolder(
    std::vector<std::pair<std::string, std::string>> files) {
  // Sources are numbered in the order of their names, so that the same files
  // give the same artifact.
  std::sort(files.begin(), files.end());
  PolicyFolder folder;
  MatrixSources matrix;
  for (auto& [name, text] : files) {
    const SourceId id = folder.sources.Add(name, std::move(text));
    if (IsSchemaFile(name)) {
      if (folder.schema != kNoSource) {
        return absl::InvalidArgumentError(absl::StrCat(
            "there are two schemas, ", folder.sources.name(folder.schema),
            " and ", name, "; keep one"));
      }
      folder.schema = id;
    } else if (IsPolicyFile(name)) {
      folder.rules.push_back(id);
    } else if (name == kObligations) {
      folder.obligations = id;
    } else if (name == kLinksFile) {
      folder.links = id;
    } else if (name == kMatrix) {
      matrix.matrix = id;
    } else if (name == kColumns) {
      matrix.columns = id;
    } else if (name == kVocabulary) {
      matrix.vocabulary = id;
    } else if (name == kCorrections) {
      matrix.corrections = id;
    } else if (name == kChecks) {
      matrix.checks = id;
    }
  }
  if (folder.schema == kNoSource) {
    return absl::NotFoundError("there is no schema; add a .cedarschema file");
  }
  const std::pair<SourceId, absl::string_view> parts[] = {
      {matrix.columns, kColumns},       {matrix.matrix, kMatrix},
      {matrix.vocabulary, kVocabulary}, {matrix.corrections, kCorrections},
      {matrix.checks, kChecks},
  };
  // All of them or none: a matrix left out in silence would deny everything.
  const auto* there =
      std::find_if(std::begin(parts), std::end(parts),
                   [](const auto& part) { return part.first != kNoSource; });
  if (there == std::end(parts)) return folder;
  for (const auto& [id, name] : parts) {
    if (id == kNoSource) {
      return absl::NotFoundError(
          absl::StrCat("there is ", there->second, " but no ", name,
                       "; a matrix needs both (it may hold a header only)"));
    }
  }
  folder.matrix = matrix;
  return folder;
}

}  // namespace sekisho
