// Cuts the text into entities by braces and strings alone; engine/model/json.cc
// then reads each in full.
// Tested by entity_file_test.cc.
#include "cli/json_entities.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "compiler/cases/json_places.h"
#include "compiler/source/source.h"
#include "engine/base/status_macros.h"
#include "engine/base/utf8.h"
#include "engine/model/json.h"

namespace sekisho {
namespace {

// What cannot be cut ends the file: where it would go on is anybody's guess.
absl::Status Broken(absl::string_view message) {
  return absl::FailedPreconditionError(message);
}

absl::Status TooLong() {
  return absl::InvalidArgumentError(
      absl::StrCat("the entity is longer than ", kMaxItemBytes, " bytes"));
}

// `line 2, column 5: ` at the beginning of `*message`, which it takes away.
std::optional<Position> TakePosition(absl::string_view* message) {
  absl::string_view rest = *message;
  if (!absl::ConsumePrefix(&rest, "line ")) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(rest, absl::MaxSplits(": ", 1));
  const std::pair<absl::string_view, absl::string_view> numbers =
      absl::StrSplit(parts.first, absl::MaxSplits(", column ", 1));
  Position position;
  if (!absl::SimpleAtoi(numbers.first, &position.line) ||
      !absl::SimpleAtoi(numbers.second, &position.column)) {
    return std::nullopt;
  }
  *message = parts.second;
  return position;
}

// Where in `item`, which begins at `begin`, the error is; `*message` is left
// without its place.
TextPlace PlaceOf(const std::string& item, const TextPlace& begin,
                  absl::string_view* message) {
  std::optional<Position> position = TakePosition(message);
  if (!position.has_value()) {
    SourceSet sources;
    const SourceId source = sources.Add("", item);
    const Span whole = {source, 0, static_cast<uint32_t>(item.size())};
    position = sources.PositionOf(JsonPlaceOf(sources, whole, *message));
  }
  TextPlace place = {begin.line + position->line - 1, position->column};
  if (position->line == 1) place.column += begin.column - 1;
  return place;
}

}  // namespace

absl::StatusOr<std::optional<Entity>> JsonEntities::Next() {
  if (!is_array_.has_value()) {
    SkipSpace();
    is_array_ = text_->Peek() == '[';
  }
  ASSIGN_OR_RETURN(const bool found, *is_array_ ? ReadElement() : ReadLine());
  if (!found) return std::optional<Entity>();
  if (FindInvalidUtf8(item_) != absl::string_view::npos) {
    return absl::InvalidArgumentError("this is not UTF-8");
  }
  absl::StatusOr<Entity> entity = EntityFromJson(item_, schema_);
  if (entity.ok()) return std::make_optional(*std::move(entity));
  absl::string_view message = entity.status().message();
  place_ = PlaceOf(item_, place_, &message);
  return absl::InvalidArgumentError(message);
}

void JsonEntities::SkipSpace() {
  while (text_->Peek() == ' ' || text_->Peek() == '\t' ||
         text_->Peek() == '\n' || text_->Peek() == '\r') {
    text_->Get();
  }
}

absl::StatusOr<bool> JsonEntities::ReadLine() {
  SkipSpace();
  place_ = text_->place();
  item_.clear();
  while (text_->Peek() != '\n' && text_->Peek() != TextReader::kEnd) {
    const int byte = text_->Get();
    if (item_.size() <= kMaxItemBytes) item_.push_back(static_cast<char>(byte));
  }
  RETURN_IF_ERROR(text_->status());
  if (item_.size() > kMaxItemBytes) return TooLong();
  return !item_.empty();
}

absl::StatusOr<bool> JsonEntities::ReadElement() {
  if (at_end_) return false;
  SkipSpace();
  place_ = text_->place();
  // The opening bracket, or what follows an element.
  const int before = text_->Get();
  SkipSpace();
  if (before == ']' || (at_first_ && text_->Peek() == ']')) {
    if (at_first_) text_->Get();
    SkipSpace();
    place_ = text_->place();
    at_end_ = true;
    if (text_->Peek() != TextReader::kEnd) {
      return Broken("expected nothing after the array");
    }
    RETURN_IF_ERROR(text_->status());
    return false;
  }
  if (before != (at_first_ ? '[' : ',')) {
    RETURN_IF_ERROR(text_->status());
    return Broken("expected `,` or `]` after an entity");
  }
  at_first_ = false;
  place_ = text_->place();
  if (text_->Peek() != '{') {
    RETURN_IF_ERROR(text_->status());
    return Broken("expected an entity, {\"uid\": .., ..}");
  }
  RETURN_IF_ERROR(ReadBraces());
  if (item_.size() > kMaxItemBytes) return TooLong();
  return true;
}

// From an opening brace to the one that closes it.
absl::Status JsonEntities::ReadBraces() {
  item_.clear();
  int depth = 0;
  bool in_string = false;
  do {
    int byte = text_->Get();
    auto keep = [this, &byte] {
      if (item_.size() <= kMaxItemBytes) {
        item_.push_back(static_cast<char>(byte));
      }
    };
    if (in_string && byte == '\\') {
      keep();
      byte = text_->Get();
    } else if (byte == '"') {
      in_string = !in_string;
    } else if (!in_string && byte == '{') {
      ++depth;
    } else if (!in_string && byte == '}') {
      --depth;
    }
    if (byte == TextReader::kEnd) {
      RETURN_IF_ERROR(text_->status());
      return Broken("the entity that begins here does not end");
    }
    keep();
  } while (depth > 0);
  return absl::OkStatus();
}

}  // namespace sekisho
