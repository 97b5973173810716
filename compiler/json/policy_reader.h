// Cedar's JSON policy format to syntax trees: one policy,
//
//   {"effect": "permit", "principal": {"op": "All"}, "action": {..},
//    "resource": {..}, "conditions": [{"kind": "when", "body": ..}],
//    "annotations": {"id": "doctor"}}
//
// or a set of them by name,
//
//   {"staticPolicies": {"doctor": {..}}, "templates": {"grant": {..}},
//    "templateLinks": [{"templateId": "grant", "newId": "grant-1",
//                       "values": {"?principal": {"type": .., "id": ..}}}]}
//
// Members that the format does not have are errors, as is what would not fit
// (see parser.h).
#ifndef SEKISHO_COMPILER_JSON_POLICY_READER_H_
#define SEKISHO_COMPILER_JSON_POLICY_READER_H_

#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/json/document.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// All policies of a document, templates, and policies that links make of them,
// in order. Those with errors are left out. A policy's id is its annotation
// `@id`, or else its name in the set, or else empty; that of a link is its own.
std::vector<Policy> ReadJsonPolicies(const SourceSet& sources,
                                     const JsonDocument& document,
                                     Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_POLICY_READER_H_
