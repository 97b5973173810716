#include "engine/decide/readers.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/model/validate.h"

namespace sekisho {

absl::StatusOr<FoundEntity> OverlaidEntities::Find(const EntityUid& uid) {
  ASSIGN_OR_RETURN(FoundEntity entity, over_.Find(uid));
  return entity != nullptr ? entity : behind_.Find(uid);
}

absl::StatusOr<FoundEntity> ValidatedEntities::Find(const EntityUid& uid) {
  ASSIGN_OR_RETURN(FoundEntity entity, behind_.Find(uid));
  if (entity == nullptr) return entity;
  const std::vector<FieldError> errors = ValidateEntity(schema_, *entity);
  if (errors.empty()) return entity;
  return absl::FailedPreconditionError(absl::StrCat(
      "the entity ", uid.ToString(), " does not fit the schema of the policy: ",
      errors[0].field, ": ", errors[0].message));
}

}  // namespace sekisho
