// Tested by entity_format_test.cc, which damages records byte by byte.
#include "engine/model/entity_format.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/bytes.h"
#include "engine/base/status_macros.h"
#include "engine/model/value_format.h"

namespace sekisho {
namespace {

constexpr uint8_t kVersion = 1;

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

    std::string bytes;
    ByteWriter out(&bytes);
    out_ = &out;
    ValueWriter<Encoder> values(&out, this);
    out.Byte(kVersion);
    out.Varint(names_.size());
    for (absl::string_view name : names_) out.String(name);
    values.Fields(entity.attributes);
    values.Fields(entity.tags);
    out.Varint(parents.size());
    for (const EntityUid& parent : parents) values.Uid(parent);
    out.Finish();
    return bytes;
  }

  // For ValueWriter.
  void Name(absl::string_view name) {
    out_->Varint(static_cast<uint64_t>(
        std::lower_bound(names_.begin(), names_.end(), name) - names_.begin()));
  }

 private:
  absl::Status CollectNames(const Value& value, int depth) {
    if (depth > kMaxFormatDepth) {
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

  // Views into the entity.
  std::vector<absl::string_view> names_;
  ByteWriter* out_ = nullptr;
};

// Reads what Encoder writes and nothing else. Each method returns false if the
// bytes do not go on as they must.
class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : in_(bytes) {}

  bool Decode(Entity* entity) {
    ValueReader<Decoder> values(&in_, this);
    uint8_t version;
    return in_.Byte(&version) && version == kVersion && Names() &&
           values.Fields(&entity->attributes) && values.Fields(&entity->tags) &&
           Parents(&values, &entity->parents) && in_.empty() &&
           std::find(used_.begin(), used_.end(), false) == used_.end();
  }

  // For ValueReader.
  bool Name(std::string* name) {
    uint64_t index;
    if (!in_.Varint(&index) || index >= names_.size()) return false;
    used_[index] = true;
    name->assign(names_[index].data(), names_[index].size());
    return true;
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

  bool Parents(ValueReader<Decoder>* values, std::vector<EntityUid>* parents) {
    uint64_t count;
    if (!in_.Count(&count)) return false;
    for (uint64_t i = 0; i < count; ++i) {
      EntityUid uid;
      if (!values->Uid(&uid)) return false;
      if (i > 0 && !(parents->back() < uid)) return false;
      parents->push_back(std::move(uid));
    }
    return true;
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
