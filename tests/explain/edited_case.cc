#include "tests/explain/edited_case.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/cases/change.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "tests/cases/healthcare.h"

namespace sekisho {
namespace {

// The set at the edit's place, in a world that is looked through by hand.
Value::Elements ElementsAt(const Place& place, const ChangedWorld& world,
                           const EntityIndex& index) {
  Value at = world.request.context;
  if (place.owner == Place::Owner::kEntity) {
    auto changed = world.entities.find(place.entity);
    at = changed != world.entities.end() ? changed->second->attributes
                                         : index.at(place.entity)->attributes;
  }
  for (const std::string& name : place.attributes) {
    const Value* next = at.Find(name);
    if (next == nullptr) return {};
    at = Value(*next);
  }
  return at.AsSet();
}

// The edit as a step of cases.tsv.
std::string StepOf(const Edit& edit, const ChangedWorld& world,
                   const EntityIndex& index) {
  Value value = edit.value;
  if (edit.kind == EditKind::kDelete) return "delete " + edit.path;
  if (edit.kind != EditKind::kAssign) {
    Value::Elements elements = ElementsAt(edit.place, world, index);
    if (edit.kind == EditKind::kInsert) {
      elements.push_back(edit.value);
    } else {
      elements.erase(std::find(elements.begin(), elements.end(), edit.value));
    }
    value = Value::Set(std::move(elements));
  }
  return absl::StrCat(edit.path, " = ", value.ToString());
}

}  // namespace

EditedCase ApplyEdits(const CaseSet& set, const Case& c, const EditSet& edits) {
  const std::vector<Entity> entities = EntitiesOf(set, c);
  EntityIndex index;
  for (const Entity& entity : entities) index[entity.uid] = &entity;
  SourceSet sources;
  Diagnostics diagnostics(&sources);
  ChangedWorld world{c.request, {}};
  for (const Edit& edit : edits) {
    const std::string step = StepOf(edit, world, index);
    const SourceId id = sources.Add(step, step);
    ApplyChange(sources,
                {sources.text(id), {id, 0, static_cast<uint32_t>(step.size())}},
                index, &world, &diagnostics);
  }
  EditedCase edited;
  edited.request = world.request;
  for (const Entity& entity : entities) {
    auto changed = world.entities.find(entity.uid);
    edited.entities.push_back(
        changed == world.entities.end() ? entity : *changed->second);
  }
  if (diagnostics.has_errors()) edited.errors = diagnostics.ToString();
  return edited;
}

}  // namespace sekisho
