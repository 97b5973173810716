// Tested by entity_format_test.cc, which damages records byte by byte.
#include "engine/model/entity_format.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/bytes.h"
#include "engine/base/status_macros.h"

namespace sekisho {
namespace {

constexpr char kVersion = 1;

// Frozen.
enum class Tag : uint8_t {
  kFalse = 0,
  kTrue = 1,
  kLong = 2,
  kString = 3,
  kEntity = 4,
  kSet = 5,
  kRecord = 6,
};

// Collects the names that an entity uses, then writes it.
class Encoder {
 public:
  absl::StatusOr<std::string> Encode(const Entity& entity) {
    std::vector<EntityUid> parents = entity.parents;
    std::sort(parents.begin(), parents.end());
    parents.erase(std::unique(parents.begin(), parents.end()), parents.end());

    RETURN_IF_ERROR(CollectNames(entity.attributes, 0));
    RETURN_IF_ERROR(CollectNames(entity.tags, 0));
    for (const EntityUid& parent : parents) names_.push_back(parent.type);
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());

    out_.push_back(kVersion);
    PutVarint(names_.size(), &out_);
    for (absl::string_view name : names_) PutString(name, &out_);
    PutFields(entity.attributes.AsRecord());
    PutFields(entity.tags.AsRecord());
    PutVarint(parents.size(), &out_);
    for (const EntityUid& parent : parents) PutUid(parent);
    return std::move(out_);
  }

 private:
  absl::Status CollectNames(const Value& value, int depth) {
    if (depth > kMaxEntityDepth) {
      return absl::InvalidArgumentError("a value is nested too deeply");
    }
    if (value.is_entity()) {
      names_.push_back(value.AsEntity().type);
    } else if (value.is_set()) {
      for (const Value& element : value.AsSet()) {
        RETURN_IF_ERROR(CollectNames(element, depth + 1));
      }
    } else if (value.is_record()) {
      for (const auto& [name, attribute] : value.AsRecord()) {
        names_.push_back(name);
        RETURN_IF_ERROR(CollectNames(attribute, depth + 1));
      }
    }
    return absl::OkStatus();
  }

  void PutName(absl::string_view name) {
    PutVarint(
        std::lower_bound(names_.begin(), names_.end(), name) - names_.begin(),
        &out_);
  }

  void PutUid(const EntityUid& uid) {
    PutName(uid.type);
    PutString(uid.id, &out_);
  }

  void PutFields(const Value::Attributes& fields) {
    PutVarint(fields.size(), &out_);
    for (const auto& [name, value] : fields) {
      PutName(name);
      PutValue(value);
    }
  }

  void PutTag(Tag tag) { out_.push_back(static_cast<char>(tag)); }

  void PutValue(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::kBool:
        PutTag(value.AsBool() ? Tag::kTrue : Tag::kFalse);
        break;
      case Value::Kind::kLong:
        PutTag(Tag::kLong);
        PutVarint(ZigZag(value.AsLong()), &out_);
        break;
      case Value::Kind::kString:
        PutTag(Tag::kString);
        PutString(value.AsString(), &out_);
        break;
      case Value::Kind::kEntity:
        PutTag(Tag::kEntity);
        PutUid(value.AsEntity());
        break;
      case Value::Kind::kSet:
        PutTag(Tag::kSet);
        PutVarint(value.AsSet().size(), &out_);
        for (const Value& element : value.AsSet()) PutValue(element);
        break;
      case Value::Kind::kRecord:
        PutTag(Tag::kRecord);
        PutFields(value.AsRecord());
        break;
    }
  }

  // Views into the entity.
  std::vector<absl::string_view> names_;
  std::string out_;
};

// Reads what Encoder writes and nothing else. Each method returns false if the
// bytes do not go on as they must.
class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : in_(bytes) {}

  bool Decode(Entity* entity) {
    uint8_t version;
    return in_.Byte(&version) && version == kVersion && Names() &&
           Fields(0, &entity->attributes) && Fields(0, &entity->tags) &&
           Parents(&entity->parents) && in_.empty() &&
           std::find(used_.begin(), used_.end(), false) == used_.end();
  }

 private:
  bool Names() {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    names_.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      absl::string_view name;
      if (!in_.String(&name)) return false;
      if (i > 0 && names_.back() >= name) return false;
      names_.push_back(name);
    }
    used_.resize(names_.size());
    return true;
  }

  bool Name(uint64_t* index) {
    if (!in_.Varint(index) || *index >= names_.size()) return false;
    used_[*index] = true;
    return true;
  }

  bool Uid(EntityUid* uid) {
    uint64_t type;
    absl::string_view id;
    if (!Name(&type) || !in_.String(&id)) return false;
    uid->type = std::string(names_[type]);
    uid->id = std::string(id);
    return true;
  }

  bool Parents(std::vector<EntityUid>* parents) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    parents->reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      EntityUid uid;
      if (!Uid(&uid)) return false;
      if (i > 0 && !(parents->back() < uid)) return false;
      parents->push_back(std::move(uid));
    }
    return true;
  }

  // `depth` as in Encoder::CollectNames.
  bool Fields(int depth, Value* record) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    Value::Attributes attributes;
    attributes.reserve(count);
    uint64_t previous = 0;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t name;
      Value value;
      if (!Name(&name)) return false;
      if (i > 0 && name <= previous) return false;
      if (!ReadValue(depth + 1, &value)) return false;
      attributes.emplace_back(std::string(names_[name]), std::move(value));
      previous = name;
    }
    *record = Value::Record(std::move(attributes));
    return true;
  }

  bool Elements(int depth, Value* set) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    Value::Elements elements;
    elements.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      Value element;
      if (!ReadValue(depth + 1, &element)) return false;
      if (i > 0 && !(elements.back() < element)) return false;
      elements.push_back(std::move(element));
    }
    *set = Value::Set(std::move(elements));
    return true;
  }

  bool ReadValue(int depth, Value* value) {
    uint8_t tag;
    if (depth > kMaxEntityDepth || !in_.Byte(&tag)) return false;
    switch (static_cast<Tag>(tag)) {
      case Tag::kFalse:
      case Tag::kTrue:
        *value = Value::Bool(static_cast<Tag>(tag) == Tag::kTrue);
        return true;
      case Tag::kLong: {
        uint64_t number;
        if (!in_.Varint(&number)) return false;
        *value = Value::Long(UnZigZag(number));
        return true;
      }
      case Tag::kString: {
        absl::string_view text;
        if (!in_.String(&text)) return false;
        *value = Value::String(text);
        return true;
      }
      case Tag::kEntity: {
        EntityUid uid;
        if (!Uid(&uid)) return false;
        *value = Value::Entity(std::move(uid));
        return true;
      }
      case Tag::kSet:
        return Elements(depth, value);
      case Tag::kRecord:
        return Fields(depth, value);
    }
    return false;
  }

  ByteReader in_;
  std::vector<absl::string_view> names_;
  std::vector<bool> used_;
};

}  // namespace

absl::StatusOr<std::string> EncodeEntity(const Entity& entity) {
  return Encoder().Encode(entity);
}

absl::StatusOr<Entity> DecodeEntity(EntityUid uid, absl::string_view bytes) {
  Entity entity;
  entity.uid = std::move(uid);
  if (!Decoder(bytes).Decode(&entity)) {
    return absl::DataLossError(
        absl::StrCat("the record of ", entity.uid.ToString(),
                     " is damaged or of a later version"));
  }
  return entity;
}

}  // namespace sekisho
