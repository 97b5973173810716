// What policies may oblige or advise enforcement points to: declared once in
// the policy folder, named by the `@obligations` and `@advice` of policies.
#ifndef SEKISHO_ENGINE_GRAPH_OBLIGATION_DECLARATION_H_
#define SEKISHO_ENGINE_GRAPH_OBLIGATION_DECLARATION_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/graph/attribute_path.h"
#include "engine/graph/policy_info.h"
#include "engine/model/value.h"

namespace sekisho {

struct ObligationParameter {
  std::string name;
  // A constant, a variable of the request, or an attribute of the context: what
  // no store and no policy is needed for. A path leads to no entity's
  // attributes.
  std::variant<Value, AttributePath> value;

  bool operator==(const ObligationParameter&) const = default;
};

struct ObligationDeclaration {
  std::string name;
  bool is_advice = false;
  // Ascending by name.
  std::vector<ObligationParameter> parameters;

  bool operator==(const ObligationDeclaration&) const = default;
};

// Shows that names are distinct, parameters in order, paths such as can be
// followed, and that policies name declarations that there are. DataLoss
// otherwise.
absl::Status VerifyObligations(
    absl::Span<const ObligationDeclaration> declarations,
    absl::Span<const PolicyInfo> policies);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_OBLIGATION_DECLARATION_H_
