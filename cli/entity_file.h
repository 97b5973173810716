// Entities from a file, one after the other, whatever its size.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<EntityFile> file,
//                    EntityFile::Open("nurses.csv", EntityFormat::kCsv,
//                                     &schema));
//   ASSIGN_OR_RETURN(std::optional<Entity> entity, file->Next());
//
// docs/entities.md describes the formats.
#ifndef SEKISHO_CLI_ENTITY_FILE_H_
#define SEKISHO_CLI_ENTITY_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/text_reader.h"
#include "engine/model/entity.h"
#include "engine/model/schema.h"

namespace sekisho {

enum class EntityFormat {
  // Cedar's entity form: one entity a line, or an array of them.
  kJson,
  kCsv,
};

class EntityFile {
 public:
  virtual ~EntityFile() = default;

  // `-` is standard input. `schema` must outlive the file. InvalidArgument for
  // a CSV file whose header is wrong, with line and column; otherwise what
  // opening it says.
  static absl::StatusOr<std::unique_ptr<EntityFile>> Open(
      const std::string& path, EntityFormat format, const Schema* schema);

  // The next entity, or nothing at the end; it is not validated. With an error,
  // place() is what is wrong. After InvalidArgument the next one can be read;
  // after any other error, nothing can.
  virtual absl::StatusOr<std::optional<Entity>> Next() = 0;

  // Of the last error, or where the last entity begins.
  virtual const TextPlace& place() const = 0;
  // How many bytes were read.
  virtual uint64_t offset() const = 0;
};

// `file:line:column: message`.
std::string AtPlace(const std::string& path, const TextPlace& place,
                    absl::string_view message);

}  // namespace sekisho

#endif  // SEKISHO_CLI_ENTITY_FILE_H_
