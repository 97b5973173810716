// What is shown of a place when somebody points at it.
#ifndef SEKISHO_COMPILER_LANGUAGE_HOVER_H_
#define SEKISHO_COMPILER_LANGUAGE_HOVER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "compiler/language/edited_folder.h"
#include "compiler/language/text.h"

namespace sekisho {

struct Hover {
  TextSpan span;
  // Markdown.
  std::string text;
};

// Of a name what it is declared as, with its documentation, and what the
// vocabulary says for it in Japanese and English; of a use case its row; of a
// phrase its meaning; of any other expression its types.
std::optional<Hover> FindHover(const EditedFolder& folder,
                               const std::string& file, size_t offset);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_HOVER_H_
