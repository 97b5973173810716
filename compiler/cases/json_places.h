// Where things stand in a JSON text. engine/model/json.h names a place by its
// path, `attrs.roles[0]`; an author wants line and column.
#ifndef SEKISHO_COMPILER_CASES_JSON_PLACES_H_
#define SEKISHO_COMPILER_CASES_JSON_PLACES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// A member of the outermost object, or an element of the outermost array.
struct JsonItem {
  // Empty for elements.
  std::string name;
  Span name_span;
  Span span;
  // What stands there, with spaces in place of comments.
  std::string json;
};

enum class JsonOuter { kObject, kArray };

// The items of a source that is one object or array. `// ..` to the end of a
// line is a comment where white space may stand. Errors: another outermost
// value, text that is not JSON, nesting deeper than kMaxJsonDepth, a name that
// is repeated in the outermost object.
std::optional<std::vector<JsonItem>> ReadJsonItems(const SourceSet& sources,
                                                   SourceId source,
                                                   JsonOuter outer,
                                                   Diagnostics* diagnostics);

// A value with all that is in it.
struct JsonNode {
  // Of the member that it is, and where that stands; empty for others.
  std::string name;
  Span name_span;
  Span span;
  bool is_object = false;
  // The members of an object, the elements of an array.
  std::vector<JsonNode> items;

  // The first member of that name, or null.
  const JsonNode* Find(absl::string_view member) const;
};

// The value that a source is, comments being skipped. Errors: text that is not
// JSON, nesting deeper than kMaxJsonDepth.
std::optional<JsonNode> ReadJsonTree(const SourceSet& sources, SourceId source,
                                     Diagnostics* diagnostics);

// Where the path that begins `message`, as in `attrs.roles[0]: expected ..`,
// leads from `value`; `value` itself if there is none.
// REQUIRES: `value` is the place of an item.
Span JsonPlaceOf(const SourceSet& sources, const Span& value,
                 absl::string_view message);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CASES_JSON_PLACES_H_
