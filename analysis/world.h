// A request and the entities, with changes on top: what is, and what would be.
//
//   RecordingReader recorder(&entities);
//   World world(request, &recorder);
//   Found found = world.Look(path);
//   World changed = world;
//   changed.Apply(edit);
#ifndef SEKISHO_ANALYSIS_WORLD_H_
#define SEKISHO_ANALYSIS_WORLD_H_

#include <memory>
#include <optional>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "analysis/explanation.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// Asks for each entity once, and remembers what it saw.
class RecordingReader : public EntityReader {
 public:
  // `entities` must outlive this object.
  explicit RecordingReader(EntityReader* entities) : entities_(*entities) {}

  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;

  // What was read so far, ascending by name.
  Evidence Read() const;
  // Not ok once the entities could not be read, as opposed to not known.
  const absl::Status& status() const { return status_; }

 private:
  EntityReader& entities_;
  absl::Status status_;
  absl::flat_hash_map<EntityUid, FoundEntity> read_;
};

// Copies share the reader and nothing else.
class World : public EntityReader {
 public:
  // `entities` must outlive this object and its copies.
  World(Request request, RecordingReader* entities)
      : request_(std::move(request)), entities_(entities) {}

  const Request& request() const { return request_; }
  absl::StatusOr<FoundEntity> Find(const EntityUid& uid) override;

  // What stands at the path; if an entity on it is missing, the path ends
  // there. `value_words` is left empty.
  Found Look(const AttributePath& path);
  // Where it stands, whether or not there is such an attribute; nothing if the
  // path does not lead there.
  std::optional<Place> PlaceOf(const AttributePath& path);

  // False, and nothing is changed, if the edit does not apply.
  bool Apply(const Edit& edit);
  // Whether what was changed fits the schema.
  bool IsValid(const Schema& schema) const;

 private:
  // Follows the path up to its last name.
  struct Step {
    FoundState state = FoundState::kValue;
    Place place;
    // What the last name is to be looked up in; an entity that is missing.
    Value record;
    // How many names lead to `record`.
    size_t names = 0;
  };
  Step Follow(const AttributePath& path);

  Request request_;
  RecordingReader* entities_;
  absl::btree_map<EntityUid, std::shared_ptr<const Entity>> changed_;
};

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_WORLD_H_
