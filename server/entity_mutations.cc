// Tested by tests/server.
#include "server/entity_mutations.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proto/codec.h"

namespace sekisho {
namespace {

// How far a source's clock may be ahead of the server's.
constexpr absl::Duration kMaxAhead = absl::Minutes(1);

std::string Member(absl::string_view field, absl::string_view name) {
  return field.empty() ? std::string(name) : absl::StrCat(field, ".", name);
}

absl::StatusOr<std::vector<EntityUid>> UidsFromProto(
    const google::protobuf::RepeatedPtrField<v1::EntityUid>& uids,
    const std::string& field) {
  std::vector<EntityUid> out;
  out.reserve(uids.size());
  for (int i = 0; i < uids.size(); ++i) {
    ASSIGN_OR_RETURN(
        EntityUid uid,
        EntityUidFromProto(uids[i], absl::StrCat(field, "[", i, "]")));
    out.push_back(std::move(uid));
  }
  return out;
}

absl::StatusOr<PatchEntity> PatchFromProto(const v1::EntityPatch& patch,
                                           const std::string& field) {
  if (!patch.has_uid()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".uid: is not set"));
  }
  PatchEntity out;
  ASSIGN_OR_RETURN(
      out.uid, EntityUidFromProto(patch.uid(), absl::StrCat(field, ".uid")));
  ASSIGN_OR_RETURN(out.set_attributes,
                   RecordFromProto(patch.set_attributes(),
                                   absl::StrCat(field, ".set_attributes")));
  out.removed_attributes.assign(patch.removed_attributes().begin(),
                                patch.removed_attributes().end());
  ASSIGN_OR_RETURN(
      out.set_tags,
      RecordFromProto(patch.set_tags(), absl::StrCat(field, ".set_tags")));
  out.removed_tags.assign(patch.removed_tags().begin(),
                          patch.removed_tags().end());
  ASSIGN_OR_RETURN(out.added_parents,
                   UidsFromProto(patch.added_parents(),
                                 absl::StrCat(field, ".added_parents")));
  ASSIGN_OR_RETURN(out.removed_parents,
                   UidsFromProto(patch.removed_parents(),
                                 absl::StrCat(field, ".removed_parents")));
  return out;
}

}  // namespace

absl::StatusOr<EntityMutation> MutationFromProto(
    const v1::EntityMutation& mutation, absl::string_view field) {
  switch (mutation.mutation_case()) {
    case v1::EntityMutation::kPut: {
      ASSIGN_OR_RETURN(Entity entity,
                       EntityFromProto(mutation.put(), Member(field, "put")));
      return PutEntity{std::move(entity)};
    }
    case v1::EntityMutation::kDelete: {
      ASSIGN_OR_RETURN(
          EntityUid uid,
          EntityUidFromProto(mutation.delete_(), Member(field, "delete")));
      return DeleteEntity{std::move(uid)};
    }
    case v1::EntityMutation::kPatch:
      return PatchFromProto(mutation.patch(), Member(field, "patch"));
    case v1::EntityMutation::MUTATION_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(field, field.empty() ? "" : ": ", "is not set"));
}

const v1::EntityUid* UidOf(const v1::EntityMutation& mutation) {
  if (mutation.has_put() && mutation.put().has_uid()) {
    return &mutation.put().uid();
  }
  if (mutation.has_delete_()) return &mutation.delete_();
  if (mutation.has_patch() && mutation.patch().has_uid()) {
    return &mutation.patch().uid();
  }
  return nullptr;
}

absl::StatusOr<std::optional<Watermark>> WatermarkFromProto(
    const std::string& source, bool has_watermark,
    const google::protobuf::Timestamp& watermark, absl::Time now) {
  if (!source.empty()) RETURN_IF_ERROR(ValidateName("source", source));
  if (!has_watermark) return std::optional<Watermark>();
  if (source.empty()) {
    return absl::InvalidArgumentError("source: is not set, whose watermark?");
  }
  if (watermark.seconds() < 0 || watermark.nanos() < 0 ||
      watermark.nanos() > 999'999'999) {
    return absl::InvalidArgumentError("watermark: is not a time since 1970");
  }
  const absl::Time time = absl::FromUnixSeconds(watermark.seconds()) +
                          absl::Nanoseconds(watermark.nanos());
  if (time > now + kMaxAhead) {
    return absl::InvalidArgumentError(
        absl::StrCat("watermark: ", absl::FormatTime(time, absl::UTCTimeZone()),
                     " is more than a minute ahead of the server's clock"));
  }
  return Watermark{source, time};
}

}  // namespace sekisho
