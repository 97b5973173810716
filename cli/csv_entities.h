// Entities from CSV: a header that says what the columns are, then one entity a
// record. docs/entities.md describes it.
#ifndef SEKISHO_CLI_CSV_ENTITIES_H_
#define SEKISHO_CLI_CSV_ENTITIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/csv_reader.h"
#include "cli/entity_file.h"
#include "cli/text_reader.h"
#include "engine/model/schema.h"

namespace sekisho {

class CsvEntities : public EntityFile {
 public:
  CsvEntities(std::unique_ptr<TextReader> text, const Schema* schema)
      : text_(std::move(text)), csv_(text_.get()), schema_(schema) {}

  // To be called first, once.
  absl::Status ReadHeader();

  absl::StatusOr<std::optional<Entity>> Next() override;
  const TextPlace& place() const override { return place_; }
  uint64_t offset() const override { return text_->offset(); }

 private:
  enum class Kind { kUid, kType, kId, kParents, kAttribute, kTag };
  struct Column {
    Kind kind;
    // As it stands in the header.
    std::string title;
    // Of an attribute or a tag.
    std::string name;
    // How its cells are written, or empty: as the schema says.
    std::string written_as;
  };

  static absl::StatusOr<Column> ReadColumn(const std::string& title);
  absl::StatusOr<Entity> ReadEntity(const CsvRecord& record);
  absl::Status ReadUid(const CsvRecord& record, EntityUid* uid);
  absl::StatusOr<Value> ReadCell(const Column& column, const CsvField& field,
                                 const EntityType* type) const;

  const std::unique_ptr<TextReader> text_;
  CsvReader csv_;
  const Schema* const schema_;
  std::vector<Column> columns_;
  TextPlace place_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_CSV_ENTITIES_H_
