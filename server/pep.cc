#include "server/pep.h"

#include "absl/strings/str_cat.h"

namespace sekisho {
namespace {

constexpr absl::string_view kTable = "the table of enforcement points";

}  // namespace

const std::array<absl::string_view, kPermissions> kPermissionNames = {
    "decide",         "explain",       "explain-fully", "read-entities",
    "write-entities", "read-policies", "write-links",   "activate-policies"};

void AttributeGrants::Add(absl::Span<const absl::string_view> path) {
  if (path.empty()) {
    whole_ = true;
    return;
  }
  parts_[std::string(path.front())].Add(path.subspan(1));
}

std::string AttributeGrants::FirstRefused(const Value& record) const {
  if (whole_) return "";
  for (const auto& [name, value] : record.AsRecord()) {
    const auto part = parts_.find(name);
    if (part == parts_.end()) return name;
    if (part->second.whole_) continue;
    if (!value.is_record()) return name;
    if (std::string refused = part->second.FirstRefused(value);
        !refused.empty()) {
      return absl::StrCat(name, ".", refused);
    }
  }
  return "";
}

std::string IdentifiedPep::ToString() const {
  return pep_.name.empty() ? pep_.kind
                           : absl::StrCat(pep_.kind, ":", pep_.name);
}

absl::Status IdentifiedPep::CheckCall(Permission permission,
                                      absl::string_view policy_store) const {
  if (grants_ == nullptr) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the enforcement point ", ToString(), " is not in ", kTable));
  }
  const auto index = static_cast<size_t>(permission);
  if (!grants_->permissions[index]) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the enforcement point ", ToString(), " may not do this; `may = ",
        kPermissionNames[index], "` in ", kTable, " would grant it"));
  }
  if (!grants_->policy_stores.Contains(policy_store)) {
    return absl::PermissionDeniedError(absl::StrCat(
        "policy_store: the enforcement point ", ToString(),
        " may not use the policy store `", policy_store,
        "`; `stores = ", policy_store, "` in ", kTable, " would grant it"));
  }
  return absl::OkStatus();
}

absl::Status IdentifiedPep::CheckContext(const Value& context) const {
  const std::string refused =
      (grants_ == nullptr ? AttributeGrants() : grants_->context)
          .FirstRefused(context);
  if (refused.empty()) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("context.", refused, ": the enforcement point ", ToString(),
                   " may not assert it; `context = ", refused, "` in ", kTable,
                   " would grant it"));
}

absl::Status IdentifiedPep::CheckSupplied(const EntityUid& uid,
                                          absl::string_view field) const {
  if (grants_ != nullptr && grants_->entity_types.Contains(uid.type)) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat(
      field, ": the enforcement point ", ToString(),
      " may not supply entities of the type `", uid.type,
      "`; `entities = ", uid.type, "` in ", kTable, " would grant it"));
}

}  // namespace sekisho
