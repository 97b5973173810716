#include "cli/load_entities.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/file.h"
#include "engine/base/status_macros.h"
#include "engine/model/json.h"
#include "engine/model/validate.h"

namespace sekisho {

absl::StatusOr<std::vector<Entity>> ReadEntities(const std::string& path,
                                                 const Schema& schema) {
  if (path.empty()) return std::vector<Entity>();
  ASSIGN_OR_RETURN(std::string json, ReadFile(path));
  ASSIGN_OR_RETURN(std::vector<Entity> entities,
                   EntitiesFromJson(json, &schema));
  std::erase_if(entities, [&](const Entity& entity) {
    return schema.actions.contains(entity.uid);
  });
  for (const Entity& entity : entities) {
    const std::vector<FieldError> errors = ValidateEntity(schema, entity);
    if (!errors.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", entity.uid.ToString(), ": ", errors[0].field,
                       ": ", errors[0].message));
    }
  }
  return entities;
}

absl::StatusOr<std::unique_ptr<MemoryEntities>> LoadEntities(
    const std::string& path, const Schema& schema) {
  ASSIGN_OR_RETURN(std::vector<Entity> entities, ReadEntities(path, schema));
  return std::make_unique<MemoryEntities>(std::move(entities));
}

}  // namespace sekisho
