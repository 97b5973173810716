// From a name to where it is declared and used, and to another name.
#ifndef SEKISHO_COMPILER_LANGUAGE_NAVIGATION_H_
#define SEKISHO_COMPILER_LANGUAGE_NAVIGATION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "compiler/language/edited_folder.h"
#include "compiler/language/symbol.h"
#include "compiler/language/text.h"

namespace sekisho {

// What the name at a place may mean.
struct NameAt {
  TextSpan span;
  std::vector<Symbol> symbols;
};

// The narrowest name that `offset` is in or right behind.
std::optional<NameAt> FindName(const EditedFolder& folder,
                               const std::string& file, size_t offset);

// In the order of the files and their texts, each once.
std::vector<FilePlace> FindDefinitions(const EditedFolder& folder,
                                       const std::vector<Symbol>& symbols);
std::vector<FilePlace> FindReferences(const EditedFolder& folder,
                                      const std::vector<Symbol>& symbols,
                                      bool with_definitions);

// An edit of each place where the symbols stand, by file. FailedPrecondition,
// with a message for the user, if the name cannot be changed, or not to that
// one: what follows from a rename is that all means what it meant.
// REQUIRES: all of the folder has been read.
absl::StatusOr<absl::btree_map<std::string, std::vector<TextEdit>>> RenameAll(
    const EditedFolder& folder, const std::vector<Symbol>& symbols,
    const std::string& to);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_NAVIGATION_H_
