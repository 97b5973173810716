// Entities from a file, for commands that decide in process.
#ifndef SEKISHO_CLI_LOAD_ENTITIES_H_
#define SEKISHO_CLI_LOAD_ENTITIES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/entities/memory.h"
#include "engine/model/schema.h"

namespace sekisho {

// JSON in Cedar's form; none if `path` is empty. InvalidArgument if one does
// not fit the schema.
absl::StatusOr<std::unique_ptr<MemoryEntities>> LoadEntities(
    const std::string& path, const Schema& schema);

}  // namespace sekisho

#endif  // SEKISHO_CLI_LOAD_ENTITIES_H_
