// Tested by entity_file_test.cc.
#include "cli/entity_file.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/csv_entities.h"
#include "cli/json_entities.h"
#include "engine/base/status_macros.h"

namespace sekisho {

absl::StatusOr<std::unique_ptr<EntityFile>> EntityFile::Open(
    const std::string& path, EntityFormat format, const Schema* schema) {
  ASSIGN_OR_RETURN(std::unique_ptr<TextReader> text, TextReader::Open(path));
  if (format == EntityFormat::kJson) {
    return std::make_unique<JsonEntities>(std::move(text), schema);
  }
  auto csv = std::make_unique<CsvEntities>(std::move(text), schema);
  const absl::Status header = csv->ReadHeader();
  if (!header.ok()) {
    return absl::Status(header.code(),
                        AtPlace(path, csv->place(), header.message()));
  }
  return csv;
}

std::string AtPlace(const std::string& path, const TextPlace& place,
                    absl::string_view message) {
  return absl::StrCat(path, ":", place.line, ":", place.column, ": ", message);
}

}  // namespace sekisho
