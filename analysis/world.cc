#include "analysis/world.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

// `record` with `path`, which leads through records, replaced by `value`, or
// removed. Nothing if it does not lead there.
std::optional<Value> WithPath(const Value& record,
                              const std::vector<std::string>& path, size_t from,
                              const std::optional<Value>& value) {
  if (!record.is_record()) return std::nullopt;
  std::optional<Value> at = value;
  if (from + 1 < path.size()) {
    const Value* inner = record.Find(path[from]);
    if (inner == nullptr) return std::nullopt;
    at = WithPath(*inner, path, from + 1, value);
    if (!at) return std::nullopt;
  }
  Value::Attributes attributes;
  for (const Value::Attribute& attribute : record.AsRecord()) {
    if (attribute.first != path[from]) attributes.push_back(attribute);
  }
  if (at) attributes.emplace_back(path[from], *std::move(at));
  return Value::Record(std::move(attributes));
}

// What the attribute becomes, of which `now` is the value or null.
struct Change {
  bool applies = false;
  std::optional<Value> value;
};
Change ChangeOf(const Edit& edit, const Value* now) {
  switch (edit.kind) {
    case EditKind::kAssign:
      return {true, edit.value};
    case EditKind::kDelete:
      return {true, std::nullopt};
    case EditKind::kInsert:
    case EditKind::kRemove:
      break;
  }
  Value::Elements elements;
  if (now != nullptr) {
    if (!now->is_set()) return {};
    elements = now->AsSet();
  }
  if (edit.kind == EditKind::kInsert) {
    elements.push_back(edit.value);
  } else {
    elements.erase(std::remove(elements.begin(), elements.end(), edit.value),
                   elements.end());
  }
  return {true, Value::Set(std::move(elements))};
}

}  // namespace

absl::StatusOr<FoundEntity> RecordingReader::Find(const EntityUid& uid) {
  auto it = read_.find(uid);
  if (it == read_.end()) {
    auto found = entities_.Find(uid);
    if (!found.ok()) {
      if (!absl::IsNotFound(found.status())) status_ = found.status();
      return found;
    }
    it = read_.emplace(uid, *std::move(found)).first;
  }
  return it->second;
}

Evidence RecordingReader::Read() const {
  Evidence evidence;
  for (const auto& [uid, found] : read_) {
    evidence.push_back({found, found == nullptr ? uid : EntityUid()});
  }
  std::sort(evidence.begin(), evidence.end(),
            [](const ReadEntity& a, const ReadEntity& b) {
              return a.uid() < b.uid();
            });
  return evidence;
}

absl::StatusOr<FoundEntity> World::Find(const EntityUid& uid) {
  auto it = changed_.find(uid);
  if (it != changed_.end()) return FoundEntity(it->second.get());
  return entities_->Find(uid);
}

World::Step World::Follow(const AttributePath& path) {
  Step step;
  Value at;
  switch (path.root) {
    case PathRoot::kPrincipal:
      at = Value::Entity(request_.principal);
      break;
    case PathRoot::kAction:
      at = Value::Entity(request_.action);
      step.place.owner = Place::Owner::kAction;
      break;
    case PathRoot::kResource:
      at = Value::Entity(request_.resource);
      break;
    case PathRoot::kContext:
      at = request_.context;
      break;
  }
  for (size_t i = 0; i < path.names.size(); ++i) {
    step.names = i;
    if (at.is_entity()) {
      const EntityUid uid = at.AsEntity();
      const auto entity = Find(uid);
      if (!entity.ok() || *entity == nullptr) {
        step.state = entity.ok() ? FoundState::kEntityMissing
                                 : FoundState::kEntityUnknown;
        step.record = at;
        return step;
      }
      step.place = {Place::Owner::kEntity, uid, {}};
      at = (*entity)->attributes;
    } else if (!at.is_record()) {
      step.state = FoundState::kError;
      return step;
    }
    step.place.attributes.push_back(path.names[i]);
    if (i + 1 == path.names.size()) break;
    const Value* next = at.Find(path.names[i]);
    if (next == nullptr) {
      step.state = FoundState::kAbsent;
      return step;
    }
    at = Value(*next);
  }
  step.record = std::move(at);
  return step;
}

Found World::Look(const AttributePath& path) {
  Found found;
  const Step step = Follow(path);
  AttributePath read = path;
  if (step.state == FoundState::kEntityMissing ||
      step.state == FoundState::kEntityUnknown) {
    read.names.resize(step.names);
  }
  found.path = read.ToString();
  found.state = step.state;
  found.value = step.record;
  if (step.state != FoundState::kValue || path.names.empty()) return found;
  const Value* value = step.record.Find(path.names.back());
  if (value == nullptr) {
    found.state = FoundState::kAbsent;
    found.value = Value();
  } else {
    found.value = Value(*value);
  }
  return found;
}

std::optional<Place> World::PlaceOf(const AttributePath& path) {
  if (path.names.empty()) {
    if (path.root != PathRoot::kAction) return std::nullopt;
    return Place{Place::Owner::kAction, {}, {}};
  }
  Step step = Follow(path);
  if (step.state != FoundState::kValue) return std::nullopt;
  return std::move(step.place);
}

bool World::Apply(const Edit& edit) {
  const Place& place = edit.place;
  if (place.owner == Place::Owner::kAction) {
    if (edit.kind != EditKind::kAssign || !edit.value.is_entity()) return false;
    request_.action = edit.value.AsEntity();
    return true;
  }
  if (place.attributes.empty()) return false;
  Value record = request_.context;
  FoundEntity entity;
  if (place.owner == Place::Owner::kEntity) {
    auto found = Find(place.entity);
    if (!found.ok() || *found == nullptr) return false;
    entity = *found;
    record = entity->attributes;
  }
  const Value* now = &record;
  for (const std::string& name : place.attributes) {
    now = now != nullptr && now->is_record() ? now->Find(name) : nullptr;
  }
  const Change change = ChangeOf(edit, now);
  if (!change.applies) return false;
  std::optional<Value> after =
      WithPath(record, place.attributes, 0, change.value);
  if (!after) return false;
  if (entity == nullptr) {
    request_.context = *std::move(after);
  } else {
    auto copy = std::make_shared<Entity>(*entity);
    copy->attributes = *std::move(after);
    changed_[place.entity] = std::move(copy);
  }
  return true;
}

bool World::IsValid(const Schema& schema) const {
  if (!ValidateRequest(schema, request_).empty()) return false;
  return std::all_of(changed_.begin(), changed_.end(), [&](const auto& entry) {
    return ValidateEntity(schema, *entry.second).empty();
  });
}

}  // namespace sekisho
