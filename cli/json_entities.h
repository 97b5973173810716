// Entities in Cedar's JSON form: an array of them, or one after the other, of
// which each begins a line.
#ifndef SEKISHO_CLI_JSON_ENTITIES_H_
#define SEKISHO_CLI_JSON_ENTITIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/entity_file.h"
#include "cli/text_reader.h"
#include "engine/model/schema.h"

namespace sekisho {

class JsonEntities : public EntityFile {
 public:
  JsonEntities(std::unique_ptr<TextReader> text, const Schema* schema)
      : text_(std::move(text)), schema_(schema) {}

  absl::StatusOr<std::optional<Entity>> Next() override;
  const TextPlace& place() const override { return place_; }
  uint64_t offset() const override { return text_->offset(); }

 private:
  void SkipSpace();
  // The text of the next entity, or false at the end.
  absl::StatusOr<bool> ReadLine();
  absl::StatusOr<bool> ReadElement();
  absl::Status ReadBraces();

  const std::unique_ptr<TextReader> text_;
  const Schema* const schema_;
  // Unknown until the first byte was seen.
  std::optional<bool> is_array_;
  bool at_first_ = true;
  bool at_end_ = false;
  // What is read of the entity.
  std::string item_;
  TextPlace place_;
};

}  // namespace sekisho

#endif  // SEKISHO_CLI_JSON_ENTITIES_H_
