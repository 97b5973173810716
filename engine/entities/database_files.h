// The files of a database as its directory shows them: what another process
// does to it, as far as can be seen without opening it.
#ifndef SEKISHO_ENGINE_ENTITIES_DATABASE_FILES_H_
#define SEKISHO_ENGINE_ENTITIES_DATABASE_FILES_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace sekisho {

struct DatabaseFiles {
  // Says which tables there are. Only grows, until another replaces it.
  std::string manifest;
  uint64_t manifest_bytes = 0;
  // Of what is in no table yet: write-ahead logs, by name, and their sizes. All
  // but the last are complete.
  std::map<std::string, uint64_t> logs;

  // NotFound if there is no database in the directory `path`, Unavailable if
  // the disk cannot be read.
  static absl::StatusOr<DatabaseFiles> List(const std::string& path);

  // Whether between the two listings no table and no log came or went.
  bool HasSameFiles(const DatabaseFiles& later) const;
  // Whether nothing was written either.
  bool operator==(const DatabaseFiles&) const = default;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_ENTITIES_DATABASE_FILES_H_
