// Symbols in words, for people.
#ifndef SEKISHO_COMPILER_LANGUAGE_DESCRIBE_H_
#define SEKISHO_COMPILER_LANGUAGE_DESCRIBE_H_

#include <string>
#include <vector>

#include "compiler/language/edited_folder.h"
#include "compiler/language/symbol.h"
#include "compiler/matrix/vocabulary.h"

namespace sekisho {

// In Markdown; empty where there is nothing to say.
std::string DescribeSymbol(const EditedFolder& folder, const Symbol& symbol);

// What the matrix calls an entity or action: `看護師 - nurse`, the shortest of
// the phrases whose condition names it; empty if there is none.
std::string LabelOf(const EditedFolder& folder, const Symbol& symbol);

// `text` as Cedar in Markdown.
std::string CedarBlock(const std::string& text);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_DESCRIBE_H_
