// Cedar text to syntax trees. Errors go to `diagnostics` and the parser goes
// on with the next policy, so one run reports them all.
//
// Three things are written out on the way: `a has b.c` becomes
// `a has b && a.b has c`, a chain of `&&` or `||` without parentheses becomes
// one node, and `-` before a number becomes part of it.
//
// What would not fit is an error: trees deeper than kMaxDepth, sources of more
// than MaxExpressions.
#ifndef SEKISHO_COMPILER_CEDAR_PARSER_H_
#define SEKISHO_COMPILER_CEDAR_PARSER_H_

#include <cstddef>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// Levels of an expression or type, counting both parentheses and operators.
inline constexpr int kMaxDepth = 200;
// Expressions in one source, counting a shared one each time it is used. They
// take 80 bytes each on average, so those of any source take at most 16 times
// its size and 40 MB. Policies as people write them have one in ten bytes.
constexpr size_t MaxExpressions(size_t source_bytes) {
  return 500'000 + source_bytes / 5;
}
// Names, and types with common types written out, in one schema.
inline constexpr size_t kMaxNodes = 2'000'000;
// Errors in one source after which the parser gives up.
inline constexpr size_t kMaxErrors = 100;

// All policies and templates of a source, in order. Those with errors are left
// out; ids that are not given are `policyN`, N counting from 0 in source order.
std::vector<Policy> ParsePolicies(const SourceSet& sources, SourceId source,
                                  Diagnostics* diagnostics);

// One expression that fills `span`, a part of a source such as a cell of a
// table. Null after an error.
ExprPtr ParseExpression(const SourceSet& sources, const Span& span,
                        Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_PARSER_H_
