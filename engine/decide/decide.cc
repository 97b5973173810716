#include "engine/decide/decide.h"

#include <vector>

#include "absl/strings/str_cat.h"

namespace sekisho {

absl::StatusOr<Decision> Decide(const Artifact& artifact,
                                const Request& request, EntityReader& entities,
                                Evidence* evidence, const LinkSet* links) {
  const std::vector<FieldError> errors =
      ValidateRequest(artifact.schema(), request);
  if (!errors.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(errors[0].field, ": ", errors[0].message));
  }
  return Evaluate(artifact.graph(), request, entities, evidence, links);
}

}  // namespace sekisho
