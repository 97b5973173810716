// Readers in front of another reader, for one decision.
//
//   ValidatedEntities fitting(&artifact.schema(), &snapshot);
//   OverlaidEntities entities(&supplied, &fitting);
//   Decide(artifact, request, entities);
#ifndef SEKISHO_ENGINE_DECIDE_READERS_H_
#define SEKISHO_ENGINE_DECIDE_READERS_H_

#include "absl/status/statusor.h"
#include "engine/model/entity.h"
#include "engine/model/schema.h"

namespace sekisho {

// Shows what one reader has in place of what another has behind it. As
// thread-safe as both.
class OverlaidEntities : public EntityReader {
 public:
  // Both must outlive this object.
  OverlaidEntities(EntityReader* over, EntityReader* behind)
      : over_(*over), behind_(*behind) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;
  void Expect(const EntityUid& uid) override { behind_.Expect(uid); }

 private:
  EntityReader& over_;
  EntityReader& behind_;
};

// Shows only what fits a schema: FailedPrecondition, naming entity and field,
// for what does not. Policies rely on the types that they were checked with, so
// nothing else may be read under a schema that the store was not validated
// against. As thread-safe as what is behind it.
class ValidatedEntities : public EntityReader {
 public:
  // Both must outlive this object.
  ValidatedEntities(const Schema* schema, EntityReader* behind)
      : schema_(*schema), behind_(*behind) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;
  void Expect(const EntityUid& uid) override { behind_.Expect(uid); }

 private:
  const Schema& schema_;
  EntityReader& behind_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_DECIDE_READERS_H_
