// Entities from a file, for commands that decide in process.
#ifndef SEKISHO_CLI_LOAD_ENTITIES_H_
#define SEKISHO_CLI_LOAD_ENTITIES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/entities/memory.h"
#include "engine/model/entity.h"
#include "engine/model/schema.h"

namespace sekisho {

// JSON in Cedar's form; none if `path` is empty. Actions, which such files may
// have too, are left out: they are the schema's. InvalidArgument if an entity
// does not fit it.
absl::StatusOr<std::vector<Entity>> ReadEntities(const std::string& path,
                                                 const Schema& schema);
absl::StatusOr<std::unique_ptr<MemoryEntities>> LoadEntities(
    const std::string& path, const Schema& schema);

}  // namespace sekisho

#endif  // SEKISHO_CLI_LOAD_ENTITIES_H_
