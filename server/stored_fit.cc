#include "server/stored_fit.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/graph/validate_link.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

// How many misfits an error names.
constexpr size_t kMaxMisfits = 5;

}  // namespace

bool SameEntityTypes(const Schema& a, const Schema& b) {
  if (a.entity_types.size() != b.entity_types.size()) return false;
  for (const auto& [name, type] : a.entity_types) {
    auto it = b.entity_types.find(name);
    if (it == b.entity_types.end()) return false;
    const EntityType& other = it->second;
    if (type.attributes != other.attributes || type.tags != other.tags ||
        type.member_of != other.member_of || type.enum_ids != other.enum_ids) {
      return false;
    }
  }
  return true;
}

absl::Status CheckStored(const Schema& schema, EntitySnapshot& entities) {
  std::vector<std::string> misfits;
  absl::Status enough = absl::CancelledError();
  absl::Status status = entities.ForEach([&](const Entity& entity) {
    for (const FieldError& error : ValidateEntity(schema, entity)) {
      misfits.push_back(absl::StrCat(entity.uid.ToString(), " ", error.field,
                                     ": ", error.message));
      if (misfits.size() == kMaxMisfits) return enough;
    }
    return absl::OkStatus();
  });
  if (!status.ok() && status != enough) return status;
  if (misfits.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("stored entities do not fit the new schema: ",
                   absl::StrJoin(misfits, "; "),
                   misfits.size() == kMaxMisfits ? "; perhaps more" : ""));
}

absl::Status CheckLinks(const Artifact& artifact, const LinkSet& links) {
  if (links.size() == 0) return absl::OkStatus();
  const LinkValidator validator(&artifact);
  std::vector<std::string> misfits;
  for (const LinkPtr& link : links.by_id()) {
    const std::vector<FieldError> errors = validator.Validate(*link);
    if (errors.empty()) continue;
    misfits.push_back(absl::StrCat("`", link->id, "` ", errors[0].field, ": ",
                                   errors[0].message));
    if (misfits.size() == kMaxMisfits) break;
  }
  if (misfits.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "links do not fit the new policy: ", absl::StrJoin(misfits, "; "),
      misfits.size() == kMaxMisfits ? "; perhaps more" : "",
      "; unlink them first"));
}

}  // namespace sekisho
