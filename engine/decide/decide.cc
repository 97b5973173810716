#include "engine/decide/decide.h"

#include <vector>

#include "absl/strings/str_cat.h"

namespace sekisho {

absl::StatusOr<Decision> Decide(const Artifact& artifact,
                                const Request& request, EntityReader& entities,
                                Evidence* evidence, const LinkSet* links) {
  if (!artifact.request_checker().Fits(request)) {
    const std::vector<FieldError> errors =
        ValidateRequest(artifact.schema(), request);
    return absl::InvalidArgumentError(
        errors.empty()
            ? "the request does not fit the schema"
            : absl::StrCat(errors[0].field, ": ", errors[0].message));
  }
  return Evaluate(artifact.graph(), request, entities, evidence, links);
}

}  // namespace sekisho
