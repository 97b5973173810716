#include "engine/graph/obligation_declaration.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the artifact is damaged: ", what, "; compile it again"));
}

bool CanFollow(const ObligationParameter& parameter) {
  const auto* path = std::get_if<AttributePath>(&parameter.value);
  return path == nullptr || path->root == PathRoot::kContext ||
         path->names.empty();
}

bool InOrder(const std::vector<ObligationParameter>& parameters) {
  return std::adjacent_find(parameters.begin(), parameters.end(),
                            [](const auto& a, const auto& b) {
                              return a.name >= b.name;
                            }) == parameters.end();
}

}  // namespace

absl::Status VerifyObligations(
    absl::Span<const ObligationDeclaration> declarations,
    absl::Span<const PolicyInfo> policies) {
  absl::flat_hash_set<absl::string_view> names;
  for (const ObligationDeclaration& declaration : declarations) {
    if (!names.insert(declaration.name).second) {
      return Damaged("two obligations have one name");
    }
    if (!InOrder(declaration.parameters) ||
        !std::all_of(declaration.parameters.begin(),
                     declaration.parameters.end(), CanFollow)) {
      return Damaged("the parameters of an obligation");
    }
  }
  for (const PolicyInfo& policy : policies) {
    for (uint32_t index : policy.obligations) {
      if (index >= declarations.size()) {
        return Damaged("an obligation that there is not");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace sekisho
