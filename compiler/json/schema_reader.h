// Cedar's JSON schema format to the syntax tree of schemas:
//
//   {"N": {"entityTypes": {"User": {"memberOfTypes": ["Group"],
//                                   "shape": {"type": "Record",
//                                             "attributes": {..}}}, ..},
//          "actions": {"view": {"appliesTo": {"principalTypes": ["User"],
//                                             "resourceTypes": [..]}}},
//          "commonTypes": {..}}}
//
// Members that the format does not have are errors.
#ifndef SEKISHO_COMPILER_JSON_SCHEMA_READER_H_
#define SEKISHO_COMPILER_JSON_SCHEMA_READER_H_

#include <vector>

#include "compiler/cedar/schema_syntax.h"
#include "compiler/json/document.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// As schema_syntax::Parse; ResolveSchema in schema_parser.h takes it from here.
std::vector<schema_syntax::Namespace> ReadJsonSchema(
    const SourceSet& sources, const JsonDocument& document,
    Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_SCHEMA_READER_H_
