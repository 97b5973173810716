// What could be written in a schema: see completion.h.
#ifndef SEKISHO_COMPILER_LANGUAGE_SCHEMA_COMPLETION_H_
#define SEKISHO_COMPILER_LANGUAGE_SCHEMA_COMPLETION_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/language/completion.h"
#include "compiler/language/edited_folder.h"

namespace sekisho {

// `text` is the schema up to the place.
std::vector<Completion> CompleteSchema(const EditedFolder& folder,
                                       absl::string_view text);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_SCHEMA_COMPLETION_H_
