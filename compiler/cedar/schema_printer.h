// The syntax tree of schemas to Cedar text, in one fixed layout.
#ifndef SEKISHO_COMPILER_CEDAR_SCHEMA_PRINTER_H_
#define SEKISHO_COMPILER_CEDAR_SCHEMA_PRINTER_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/cedar/schema_syntax.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {

// Nothing, and errors at their places, for what only the JSON form can say: the
// name of an entity type that a common type has too, and the shape of an entity
// by a name from elsewhere.
// REQUIRES: the schema resolves without errors (see schema_parser.h).
std::optional<std::string> PrintSchema(
    const std::vector<schema_syntax::Namespace>& namespaces,
    Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_SCHEMA_PRINTER_H_
