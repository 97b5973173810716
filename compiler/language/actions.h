// Changes of a text that an editor offers.
#ifndef SEKISHO_COMPILER_LANGUAGE_ACTIONS_H_
#define SEKISHO_COMPILER_LANGUAGE_ACTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/language/edited_folder.h"
#include "compiler/language/file_diagnostic.h"
#include "compiler/language/text.h"

namespace sekisho {

struct Fix {
  std::string title;
  FileDiagnostic of;
  // Do not overlap; in order.
  std::vector<TextEdit> edits;
};

// What would take away what is wrong at that place.
std::vector<Fix> FindFixes(const EditedFolder& folder, const std::string& file,
                           const TextSpan& at);

// The edit that lays the text out (compiler/format). Nothing if it is laid out,
// has errors, or is of no kind that has a layout.
std::optional<TextEdit> FormatFile(const EditedFolder& folder,
                                   const std::string& file);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_ACTIONS_H_
