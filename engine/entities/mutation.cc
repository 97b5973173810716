// A patched entity is kept as maps until the end, so that many patches of one
// large entity cost what they say and not what it has.
// Tested by mutation_test.cc.
#include "engine/entities/mutation.h"

#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/model/entity_format.h"

namespace sekisho {
namespace {

using Fields = absl::btree_map<std::string, Value>;

struct Patched {
  Fields attributes;
  Fields tags;
  absl::btree_set<EntityUid> parents;
  size_t last_patch = 0;
};

Fields FieldsOf(const Value& record) {
  return Fields(record.AsRecord().begin(), record.AsRecord().end());
}

Value RecordOf(const Fields& fields) {
  return Value::Record(Value::Attributes(fields.begin(), fields.end()));
}

absl::Status PatchFields(const Value& set,
                         const std::vector<std::string>& removed,
                         absl::string_view what, Fields* fields) {
  for (const std::string& name : removed) {
    if (set.Find(name) != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("removed_", what, ": ", Quote(name), " is set as well"));
    }
    fields->erase(name);
  }
  for (const auto& [name, value] : set.AsRecord()) {
    fields->insert_or_assign(name, value);
  }
  return absl::OkStatus();
}

absl::Status Apply(const PatchEntity& patch, Patched* patched) {
  RETURN_IF_ERROR(PatchFields(patch.set_attributes, patch.removed_attributes,
                              "attributes", &patched->attributes));
  RETURN_IF_ERROR(
      PatchFields(patch.set_tags, patch.removed_tags, "tags", &patched->tags));
  const absl::btree_set<EntityUid> added(patch.added_parents.begin(),
                                         patch.added_parents.end());
  for (const EntityUid& parent : patch.removed_parents) {
    if (added.contains(parent)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "removed_parents: ", parent.ToString(), " is added as well"));
    }
    patched->parents.erase(parent);
  }
  patched->parents.insert(added.begin(), added.end());
  return absl::OkStatus();
}

// `status` as the mutation's.
absl::Status At(size_t mutation, absl::string_view kind,
                const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("mutations[", mutation, "].",
                                                  kind, status.message()));
}

absl::StatusOr<std::string> Encode(const Entity& entity) {
  ASSIGN_OR_RETURN(std::string record, EncodeEntity(entity));
  if (record.size() > kMaxEntityBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(entity.uid.ToString(), " would have ", record.size(),
                     " bytes; at most ", kMaxEntityBytes, " are allowed"));
  }
  return record;
}

class Batch {
 public:
  explicit Batch(EntityReader& before) : before_(before) {}

  absl::Status Add(size_t mutation, const PutEntity& put) {
    absl::StatusOr<std::string> record = Encode(put.entity);
    if (!record.ok()) return At(mutation, "put: ", record.status());
    const size_t slot = SlotOf(put.entity.uid).first;
    written_[slot].record = *std::move(record);
    patched_.erase(slot);
    return absl::OkStatus();
  }

  absl::Status Add(size_t /*mutation*/, const DeleteEntity& deletion) {
    const size_t slot = SlotOf(deletion.uid).first;
    written_[slot].record.reset();
    patched_.erase(slot);
    return absl::OkStatus();
  }

  absl::Status Add(size_t mutation, const PatchEntity& patch) {
    const auto [slot, is_new] = SlotOf(patch.uid);
    auto it = patched_.find(slot);
    if (it == patched_.end()) {
      ASSIGN_OR_RETURN(const std::optional<Entity> entity,
                       Before(slot, is_new));
      if (!entity.has_value()) {
        return At(mutation, "patch: ",
                  absl::FailedPreconditionError(
                      absl::StrCat("there is no ", patch.uid.ToString())));
      }
      it = patched_.emplace(slot, Patched()).first;
      it->second.attributes = FieldsOf(entity->attributes);
      it->second.tags = FieldsOf(entity->tags);
      it->second.parents.insert(entity->parents.begin(), entity->parents.end());
    }
    if (patched_bytes_ > kMaxPatchedBytes) {
      return At(mutation, "patch: ",
                absl::ResourceExhaustedError(absl::StrCat(
                    "the entities patched so far have more than ",
                    kMaxPatchedBytes, " bytes; send the others apart")));
    }
    it->second.last_patch = mutation;
    const absl::Status status = Apply(patch, &it->second);
    return status.ok() ? status : At(mutation, "patch.", status);
  }

  absl::StatusOr<std::vector<WrittenEntity>> Finish(
      absl::FunctionRef<absl::Status(size_t, const Entity&)> check) {
    for (const auto& [slot, patched] : patched_) {
      Entity entity;
      entity.uid = written_[slot].uid;
      entity.attributes = RecordOf(patched.attributes);
      entity.tags = RecordOf(patched.tags);
      entity.parents.assign(patched.parents.begin(), patched.parents.end());
      RETURN_IF_ERROR(check(patched.last_patch, entity));
      absl::StatusOr<std::string> record = Encode(entity);
      if (!record.ok()) {
        return At(patched.last_patch, "patch: ", record.status());
      }
      written_[slot].record = *std::move(record);
    }
    return std::move(written_);
  }

 private:
  // The entity's place in written_, and whether this is its first mutation.
  std::pair<size_t, bool> SlotOf(const EntityUid& uid) {
    auto [it, is_new] = slots_.emplace(uid, written_.size());
    if (is_new) written_.push_back({uid, std::nullopt});
    return {it->second, is_new};
  }

  // What a patch begins from, or nothing.
  absl::StatusOr<std::optional<Entity>> Before(size_t slot, bool is_new) {
    const WrittenEntity& so_far = written_[slot];
    if (!is_new) {
      if (!so_far.record.has_value()) return std::nullopt;
      patched_bytes_ += so_far.record->size();
      return DecodeEntity(so_far.uid, *so_far.record);
    }
    ASSIGN_OR_RETURN(const FoundEntity entity, before_.Find(so_far.uid));
    if (entity == nullptr) return std::nullopt;
    ASSIGN_OR_RETURN(const std::string record, EncodeEntity(*entity));
    patched_bytes_ += record.size();
    return *entity;
  }

  EntityReader& before_;
  std::vector<WrittenEntity> written_;
  absl::flat_hash_map<EntityUid, size_t> slots_;
  // By slot; the record there is out of date.
  absl::btree_map<size_t, Patched> patched_;
  size_t patched_bytes_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<WrittenEntity>> ApplyMutations(
    absl::Span<const EntityMutation> mutations, EntityReader& before,
    absl::FunctionRef<absl::Status(size_t, const Entity&)> check) {
  Batch batch(before);
  for (size_t i = 0; i < mutations.size(); ++i) {
    RETURN_IF_ERROR(
        std::visit([&](const auto& mutation) { return batch.Add(i, mutation); },
                   mutations[i]));
  }
  return batch.Finish(check);
}

}  // namespace sekisho
