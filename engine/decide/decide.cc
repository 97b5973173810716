#include "engine/decide/decide.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/prefetch.h"
#include "engine/model/value.h"

namespace sekisho {

absl::StatusOr<Decision> Decide(const Artifact& artifact,
                                const Request& request, EntityReader& entities,
                                Evidence* evidence, const LinkSet* links) {
  // While the request is checked, what will be read is on its way.
  if (request.context.is_record()) {
    const Value::Attributes& context = request.context.AsRecord();
    Prefetch(context.data(), context.size() * sizeof(Value::Attribute));
  }
  entities.Expect(request.principal);
  entities.Expect(request.resource);
  if (!artifact.request_checker().Fits(request)) {
    const std::vector<FieldError> errors =
        ValidateRequest(artifact.schema(), request);
    return absl::InvalidArgumentError(
        errors.empty()
            ? "the request does not fit the schema"
            : absl::StrCat(errors[0].field, ": ", errors[0].message));
  }
  entities.Expect(request.principal);
  entities.Expect(request.resource);
  return Evaluate(artifact.graph(), request, entities, evidence, links);
}

}  // namespace sekisho
