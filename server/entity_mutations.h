// Mutations of entities from their protobuf form.
#ifndef SEKISHO_SERVER_ENTITY_MUTATIONS_H_
#define SEKISHO_SERVER_ENTITY_MUTATIONS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/entities/mutation.h"
#include "engine/entities/store.h"
#include "google/protobuf/timestamp.pb.h"
#include "proto/sekisho/v1/entity.pb.h"

namespace sekisho {

// InvalidArgument, beginning with the field, for what is malformed. `field`:
// what errors call the mutation; empty for none.
absl::StatusOr<EntityMutation> MutationFromProto(
    const v1::EntityMutation& mutation, absl::string_view field);

// The uid that a mutation is of, as it stands; null if it has none.
const v1::EntityUid* UidOf(const v1::EntityMutation& mutation);

// Nothing if there is no watermark. InvalidArgument for one without a source, a
// bad name of a source, and a time that is far in the future or none at all.
absl::StatusOr<std::optional<Watermark>> WatermarkFromProto(
    const std::string& source, bool has_watermark,
    const google::protobuf::Timestamp& watermark, absl::Time now);

}  // namespace sekisho

#endif  // SEKISHO_SERVER_ENTITY_MUTATIONS_H_
