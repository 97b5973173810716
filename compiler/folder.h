// A folder of policy sources: what `sekisho compile` takes.
//
//   *.cedarschema      the schema; exactly one
//   *.cedar            rule files; any number
//   *.cedarschema.json, *.cedar.json
//                      the same in Cedar's JSON forms
//   obligations.tsv    what policies may oblige enforcement points to
//   links.tsv          links of the rule files' templates: compiler/links
//   usecase-matrix.txt, columns.tsv, vocabulary.tsv, corrections.tsv and
//     checks.tsv       a use-case matrix; all five or none
#ifndef SEKISHO_COMPILER_FOLDER_H_
#define SEKISHO_COMPILER_FOLDER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "compiler/matrix/read.h"
#include "compiler/source/source.h"

namespace sekisho {

struct PolicyFolder {
  SourceSet sources;
  SourceId schema = kNoSource;
  // By name.
  std::vector<SourceId> rules;
  // kNoSource: there is none.
  SourceId obligations = kNoSource;
  SourceId links = kNoSource;
  std::optional<MatrixSources> matrix;
};

// True for the names of the files above.
bool IsSourceOfFolder(absl::string_view name);

// Reads the files. `path` names a folder; sources are named by the files'
// paths below it. NotFound where a file of the list above is missing.
absl::StatusOr<PolicyFolder> LoadPolicyFolder(const std::string& path);

// The same with the schema in the file `schema`, text unless it ends in
// `.json`, in place of the folder's. `path` may also be one rule file.
absl::StatusOr<PolicyFolder> LoadPolicies(const std::string& path,
                                          const std::string& schema);

// The same from (name, text) pairs, such as the sources in an artifact.
absl::StatusOr<PolicyFolder> MakePolicyFolder(
    std::vector<std::pair<std::string, std::string>> files);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_FOLDER_H_
