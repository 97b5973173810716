// Cedar's human-readable schema, and whatever else becomes its syntax tree, to
// a resolved Schema.
#ifndef SEKISHO_COMPILER_CEDAR_SCHEMA_PARSER_H_
#define SEKISHO_COMPILER_CEDAR_SCHEMA_PARSER_H_

#include <optional>
#include <vector>

#include "compiler/cedar/schema_syntax.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/schema.h"

namespace sekisho {

// Nothing if there was an error; all errors are in `diagnostics`.
std::optional<Schema> ParseSchema(const SourceSet& sources, SourceId source,
                                  Diagnostics* diagnostics);

// The second half of that: names to what they mean.
std::optional<Schema> ResolveSchema(
    const SourceSet& sources, std::vector<schema_syntax::Namespace> namespaces,
    Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_SCHEMA_PARSER_H_
