// What could be written in a cell of a table: see completion.h.
#ifndef SEKISHO_COMPILER_LANGUAGE_TABLE_COMPLETION_H_
#define SEKISHO_COMPILER_LANGUAGE_TABLE_COMPLETION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/language/completion.h"
#include "compiler/language/edited_folder.h"

namespace sekisho {

std::vector<Completion> CompleteTable(const EditedFolder& folder,
                                      const std::string& file, size_t offset);

// A condition as far as it is written in `text`, which begins at `begin`.
std::vector<Completion> CompleteExpression(const EditedFolder& folder,
                                           absl::string_view text,
                                           size_t begin);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_TABLE_COMPLETION_H_
