// Syntax trees to Cedar's JSON policy format (see policy_reader.h), laid out
// for people. read(print(x)) = x up to places and to parentheses among `&&`s
// and `||`s.
#ifndef SEKISHO_COMPILER_JSON_POLICY_PRINTER_H_
#define SEKISHO_COMPILER_JSON_POLICY_PRINTER_H_

#include <string>
#include <vector>

#include "compiler/cedar/ast.h"

namespace sekisho {

// One policy. Its id is lost, but for the annotation `@id`.
std::string PrintJsonPolicy(const Policy& policy);

// A policy set. REQUIRES: ids are distinct.
std::string PrintJsonPolicies(const std::vector<Policy>& policies);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_JSON_POLICY_PRINTER_H_
