// Syntax trees to Cedar's JSON policy format (see policy_reader.h), laid out
// for people. read(print(x)) = x up to places and to parentheses among `&&`s
// and `||`s.
#ifndef SEKISHO_COMPILER_JSON_POLICY_PRINTER_H_
#define SEKISHO_COMPILER_JSON_POLICY_PRINTER_H_

#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/json/layout.h"

namespace sekisho {

// A policy set, piece by piece. REQUIRES: ids are distinct.
void PrintJsonPolicies(const std::vector<Policy>& policies,
                       const TextSink& write);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_POLICY_PRINTER_H_
