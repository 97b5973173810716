// Syntax trees to Cedar text, in one fixed layout. parse(print(x)) = x up to
// places.
#ifndef SEKISHO_COMPILER_CEDAR_PRINTER_H_
#define SEKISHO_COMPILER_CEDAR_PRINTER_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"

namespace sekisho {

// `principal`, ...
absl::string_view VariableName(Variable variable);

// On one line.
std::string PrintExpression(const Expr& expr);

// With a line for each annotation and clause. `comment`, where given, returns
// what to write as a `//` comment above a clause; empty for none.
std::string PrintPolicy(
    const Policy& policy,
    const std::function<std::string(const Clause&)>& comment = nullptr);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CEDAR_PRINTER_H_
