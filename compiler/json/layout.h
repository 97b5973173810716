// What the printers of JSON share, and JSON as people read it.
#ifndef SEKISHO_COMPILER_JSON_LAYOUT_H_
#define SEKISHO_COMPILER_JSON_LAYOUT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"

namespace sekisho {

// `text` as a JSON string, with its quotes. REQUIRES: `text` is UTF-8.
std::string QuoteJson(absl::string_view text);

// {"name":"value", ..}, with null for an annotation without a value.
std::string AnnotationsToJson(const std::vector<Annotation>& annotations);

// Takes a text piece by piece.
using TextSink = std::function<void(absl::string_view)>;

// The same document, ending in a newline, with an item a line, indented, where
// an array or object does not fit into a line. What is nested deeply stays on
// one line, so that the result is at most a fixed number of times as long.
// REQUIRES: `compact` is JSON without white space between values.
std::string LayOutJson(absl::string_view compact);

// A value of such a document: an item of its own line in `depth` arrays or
// objects, behind the first `column` characters of the line.
void LayOutJson(absl::string_view compact, size_t depth, size_t column,
                const TextSink& write);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_LAYOUT_H_
