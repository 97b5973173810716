// The syntax tree of schemas to Cedar's JSON schema format, laid out for
// people.
#ifndef SEKISHO_COMPILER_JSON_SCHEMA_PRINTER_H_
#define SEKISHO_COMPILER_JSON_SCHEMA_PRINTER_H_

#include <string>
#include <vector>

#include "compiler/cedar/schema_syntax.h"

namespace sekisho {

// REQUIRES: the schema resolves without errors (see schema_parser.h).
std::string PrintJsonSchema(
    const std::vector<schema_syntax::Namespace>& namespaces);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_SCHEMA_PRINTER_H_
