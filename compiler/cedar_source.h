// Cedar sources in both of their forms, text and JSON, told apart by their
// names:
//
//   rules.cedar, rules.cedar.json             policies
//   x.cedarschema, x.cedarschema.json         a schema
//   x.json                                    either, by its content
#ifndef SEKISHO_COMPILER_CEDAR_SOURCE_H_
#define SEKISHO_COMPILER_CEDAR_SOURCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/json/layout.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/schema.h"

namespace sekisho {

enum class CedarForm { kText, kJson };
enum class CedarKind { kPolicies, kSchema };

bool IsPolicyFile(absl::string_view name);
bool IsSchemaFile(absl::string_view name);
// JSON for what ends in `.json`, otherwise text.
CedarForm FormOf(absl::string_view name);

// What the source holds; nothing if its name says neither.
std::optional<CedarKind> KindOf(const SourceSet& sources, SourceId source);

// Each reads a source in the form that its name says; errors go to
// `diagnostics`, and what has some is left out.

// All policies and templates, in order. A policy's id is its annotation `@id`,
// in JSON also its name in the set or its link's, or empty.
std::vector<Policy> ReadPolicySource(const SourceSet& sources, SourceId source,
                                     Diagnostics* diagnostics);
// Nothing if there was an error.
std::optional<Schema> ReadSchemaSource(const SourceSet& sources,
                                       SourceId source,
                                       Diagnostics* diagnostics);

// Its declarations as they are written, before names are resolved: names of
// declarations that errors left out would not be worth reporting.
std::optional<std::vector<schema_syntax::Namespace>> ReadSchemaSyntax(
    const SourceSet& sources, SourceId source, Diagnostics* diagnostics);

// Writes the source in another form, with the same meaning; layout and comments
// are lost. False, and nothing is written, if there was an error, which a
// schema that does not resolve and policies with one id are too.
bool ConvertPolicies(const SourceSet& sources, SourceId source, CedarForm to,
                     const TextSink& write, Diagnostics* diagnostics);
bool ConvertSchema(const SourceSet& sources, SourceId source, CedarForm to,
                   const TextSink& write, Diagnostics* diagnostics);

// Decisions name policies by id, so ids must be distinct: an error for each
// that is not.
void CheckIds(const std::vector<Policy>& policies, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_SOURCE_H_
