#include "engine/graph/validate_link.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sekisho {
namespace {

// Nothing where the entity is one, or may be one, of the schema.
std::string MisfitOf(const Schema& schema, const EntityUid& uid) {
  auto type = schema.entity_types.find(uid.type);
  if (type == schema.entity_types.end()) {
    return absl::StrCat("`", uid.type, "` is not an entity type");
  }
  const auto& ids = type->second.enum_ids;
  if (ids.empty() || ids.contains(uid.id)) return "";
  return absl::StrCat("`", uid.id, "` is not one of the ids of `", uid.type,
                      "`");
}

// Whether requests with a principal or resource of `type` can fit the slot.
bool Fits(const Schema& schema, SlotUse use, const EntityUid& uid,
          const std::string& type) {
  switch (use) {
    case SlotUse::kNone:
      return true;
    case SlotUse::kEqual:
      return uid.type == type;
    case SlotUse::kIn:
      return TypeMayBeIn(schema, type, uid.type);
  }
  return false;
}

}  // namespace

LinkValidator::LinkValidator(const Artifact* artifact)
    : schema_(artifact->schema()) {
  for (const PolicyInfo& policy : artifact->policies()) {
    policy_ids_.insert(policy.id);
  }
  for (const Template& each : artifact->graph().templates) {
    templates_.emplace(each.id, &each);
  }
}

std::vector<FieldError> LinkValidator::Validate(const Link& link) const {
  std::vector<FieldError> errors;
  if (policy_ids_.contains(link.id)) {
    errors.push_back(
        {"id", absl::StrCat("`", link.id, "` is a policy that was compiled")});
  }
  const auto found = templates_.find(link.template_id);
  if (found == templates_.end()) {
    errors.push_back({"template_id", absl::StrCat("there is no template `",
                                                  link.template_id, "`")});
    return errors;
  }
  const Template* of = found->second;
  auto check = [&](const char* field, SlotUse use, const EntityUid& uid) {
    if ((use != SlotUse::kNone) != !uid.type.empty()) {
      errors.push_back(
          {field, absl::StrCat("template `", of->id, "` ",
                               use == SlotUse::kNone ? "has no slot `?"
                                                     : "needs an entity for `?",
                               field, "`")});
    } else if (use != SlotUse::kNone && !of->types.empty()) {
      const std::string misfit = MisfitOf(schema_, uid);
      if (!misfit.empty()) errors.push_back({field, misfit});
    }
  };
  check("principal", of->principal, link.principal);
  check("resource", of->resource, link.resource);
  if (!errors.empty() || of->types.empty()) return errors;
  auto any = [&](auto fits) {
    return std::any_of(of->types.begin(), of->types.end(), fits);
  };
  const bool principal = any([&](const auto& types) {
    return Fits(schema_, of->principal, link.principal, types.first);
  });
  const bool both = any([&](const auto& types) {
    return Fits(schema_, of->principal, link.principal, types.first) &&
           Fits(schema_, of->resource, link.resource, types.second);
  });
  if (both) return errors;
  errors.push_back(
      {principal ? "resource" : "principal",
       absl::StrCat("template `", of->id, "` applies to no request with ",
                    (principal ? link.resource : link.principal).ToString())});
  return errors;
}

}  // namespace sekisho
