#include "tests/differential/variations.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/model/validate.h"

namespace sekisho {
namespace {

// `record` with the attribute set or deleted.
Value WithAttribute(const Value& record, const std::string& name,
                    const std::optional<Value>& value) {
  Value::Attributes attributes;
  for (const Value::Attribute& attribute : record.AsRecord()) {
    if (attribute.first != name) attributes.push_back(attribute);
  }
  if (value) attributes.emplace_back(name, *value);
  return Value::Record(std::move(attributes));
}

void LongsIn(const Expr& expr, std::set<int64_t>* out) {
  if (expr.kind == ExprKind::kLiteral && expr.is_long()) {
    out->insert(expr.AsLong());
  }
  for (const ExprPtr& arg : expr.args()) LongsIn(*arg, out);
}

void UidsIn(const Value& value, std::set<EntityUid>* out) {
  switch (value.kind()) {
    case Value::Kind::kEntity:
      out->insert(value.AsEntity());
      break;
    case Value::Kind::kSet:
      for (const Value& element : value.AsSet()) UidsIn(element, out);
      break;
    case Value::Kind::kRecord:
      for (const auto& [name, attribute] : value.AsRecord()) {
        UidsIn(attribute, out);
      }
      break;
    default:
      break;
  }
}

}  // namespace

std::string Step::ToString() const {
  std::string path;
  switch (what) {
    case What::kPrincipal:
      return absl::StrCat("principal = ", uid.ToString());
    case What::kAction:
      return absl::StrCat("action = ", uid.ToString());
    case What::kResource:
      return absl::StrCat("resource = ", uid.ToString());
    case What::kEntity:
      return absl::StrCat("delete ", uid.ToString());
    case What::kContext:
      path = absl::StrCat("context.", attribute);
      break;
    case What::kEntityAttribute:
      path = absl::StrCat(uid.ToString(), ".", attribute);
      break;
  }
  return value ? absl::StrCat(path, " = ", value->ToString())
               : absl::StrCat("delete ", path);
}

Request Apply(const Steps& edits, Request request) {
  for (const Step& edit : edits) {
    switch (edit.what) {
      case Step::What::kPrincipal:
        request.principal = edit.uid;
        break;
      case Step::What::kAction:
        request.action = edit.uid;
        break;
      case Step::What::kResource:
        request.resource = edit.uid;
        break;
      case Step::What::kContext:
        request.context =
            WithAttribute(request.context, edit.attribute, edit.value);
        break;
      case Step::What::kEntityAttribute:
      case Step::What::kEntity:
        break;
    }
  }
  return request;
}

EntityMap Apply(const Steps& edits, EntityMap entities) {
  for (const Step& edit : edits) {
    if (edit.what == Step::What::kEntity) {
      entities.erase(edit.uid);
    } else if (auto it = entities.find(edit.uid);
               edit.what == Step::What::kEntityAttribute &&
               it != entities.end()) {
      it->second.attributes =
          WithAttribute(it->second.attributes, edit.attribute, edit.value);
    }
  }
  return entities;
}

std::string Situation::ToString() const {
  Steps all = of_request;
  all.insert(all.end(), of_population.begin(), of_population.end());
  return absl::StrCat(
      use_case, "\t",
      absl::StrJoin(all, " ; ", [](std::string* out, const Step& edit) {
        absl::StrAppend(out, edit.ToString());
      }));
}

Situation Shrink(Situation situation,
                 const std::function<bool(const Situation&)>& fails) {
  const auto shrink = [&](Steps Situation::*edits) {
    bool shrunk = false;
    // By halves first: a population has many edits, and few matter.
    for (size_t n = std::max<size_t>((situation.*edits).size() / 2, 1); n > 0;
         n /= 2) {
      for (size_t i = 0; i < (situation.*edits).size();) {
        Situation smaller = situation;
        Steps& left = smaller.*edits;
        left.erase(left.begin() + i,
                   left.begin() + std::min(i + n, left.size()));
        if (fails(smaller)) {
          situation = std::move(smaller);
          shrunk = true;
        } else {
          i += n;
        }
      }
    }
    return shrunk;
  };
  while (shrink(&Situation::of_request) || shrink(&Situation::of_population)) {
  }
  return situation;
}

Variations::Variations(const CaseSet& set, const Schema& schema,
                       const std::vector<Policy>& policies, uint64_t seed)
    : set_(set), schema_(schema), random_(seed) {
  for (const Entity& entity : set.population) {
    population_[entity.uid] = entity;
    uids_[entity.uid.type].push_back(entity.uid);
    all_uids_.push_back(entity.uid);
  }
  for (const auto& [type, declared] : schema.entity_types) {
    for (const std::string& id : declared.enum_ids) {
      uids_[type].push_back({type, id});
    }
  }
  for (const auto& [use_case, request] : set.requests) {
    use_cases_.push_back(use_case);
  }
  for (const auto& [action, declared] : schema.actions) {
    if (!declared.principal_types.empty()) actions_.push_back(action);
  }
  CollectNear();
  CollectEntityEdits();
  CollectSeen();
  CollectNumbers(policies);
}

void Variations::CollectNear() {
  for (const auto& [use_case, request] : set_.requests) {
    std::set<EntityUid> near = {request.principal, request.resource};
    UidsIn(request.context, &near);
    if (auto it = population_.find(request.resource); it != population_.end()) {
      UidsIn(it->second.attributes, &near);
    }
    for (const EntityUid& uid : near) use_cases_near_[uid].push_back(use_case);
  }
}

void Variations::CollectEntityEdits() {
  for (const Case& c : set_.cases) {
    Steps edits;
    for (const EntityUid& uid : c.deleted) {
      edits.push_back({Step::What::kEntity, uid, "", {}});
    }
    for (const Entity& entity : c.put) {
      const Value& old = population_.at(entity.uid).attributes;
      for (const auto& [name, value] : entity.attributes.AsRecord()) {
        const Value* found = old.Find(name);
        if (found != nullptr && *found == value) continue;
        edits.push_back(
            {Step::What::kEntityAttribute, entity.uid, name, value});
      }
      for (const auto& [name, value] : old.AsRecord()) {
        if (entity.attributes.Find(name) != nullptr) continue;
        edits.push_back({Step::What::kEntityAttribute, entity.uid, name, {}});
      }
    }
    if (!edits.empty()) case_edits_.push_back(std::move(edits));
  }
}

void Variations::CollectSeen() {
  std::map<std::string, std::set<Value>> seen;
  std::set<std::string> odd;
  const auto collect = [&](const Request& request) {
    const RecordType& declared = schema_.actions.at(actions_[0]).context;
    for (const auto& [name, value] : request.context.AsRecord()) {
      const Step edit = {Step::What::kContext, {}, name, value};
      // What is wrong with a case is one attribute at a time.
      const Request changed = Apply({edit}, set_.requests.begin()->second);
      if (ValidateRequest(schema_, changed).empty()) {
        seen[name].insert(value);
      } else if (odd.insert(edit.ToString()).second) {
        odd_.push_back(edit);
      }
    }
    for (const auto& [name, type] : declared) {
      const Step edit = {Step::What::kContext, {}, name, std::nullopt};
      if (type.required && odd.insert(edit.ToString()).second) {
        odd_.push_back(edit);
      }
    }
  };
  for (const auto& [use_case, request] : set_.requests) collect(request);
  for (const Case& c : set_.cases) collect(c.request);
  for (auto& [name, values] : seen) {
    context_attributes_.push_back(name);
    seen_[name].assign(values.begin(), values.end());
  }
  odd_.push_back({Step::What::kAction, {"Action", "burn"}, "", {}});
  odd_.push_back({Step::What::kAction, all_uids_[0], "", {}});
  odd_.push_back({Step::What::kPrincipal, {"Nobody", "1"}, "", {}});
  odd_.push_back({Step::What::kResource, actions_[0], "", {}});
}

void Variations::CollectNumbers(const std::vector<Policy>& policies) {
  std::set<int64_t> bounds = {0};
  for (const Policy& policy : policies) {
    for (const Clause& clause : policy.clauses) LongsIn(*clause.body, &bounds);
  }
  for (const auto& [uid, entity] : population_) {
    for (const auto& [name, value] : entity.attributes.AsRecord()) {
      if (value.is_long()) bounds.insert(value.AsLong());
    }
  }
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  std::set<int64_t> numbers = {kLeast, kMost};
  for (int64_t bound : bounds) {
    numbers.insert(bound);
    if (bound > kLeast) numbers.insert(bound - 1);
    if (bound < kMost) numbers.insert(bound + 1);
  }
  numbers_.assign(numbers.begin(), numbers.end());
}

EntityUid Variations::UidOf(const std::string& type) {
  const bool is_enum = !schema_.entity_types.at(type).enum_ids.empty();
  if (uids_[type].empty() || (!is_enum && random_.Chance(6))) {
    return {type, "nobody"};
  }
  return random_.Pick(uids_[type]);
}

EntityUid Variations::PartyOf(bool principal) {
  const ActionType& action = schema_.actions.at(random_.Pick(actions_));
  const auto& types =
      principal ? action.principal_types : action.resource_types;
  return UidOf(*std::next(types.begin(), random_.Below(types.size())));
}

Value Variations::ValueOf(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kBool:
      return Value::Bool(random_.Chance(50));
    case Type::Kind::kLong:
      return Value::Long(random_.Pick(numbers_));
    case Type::Kind::kString:
      return Value::String(random_.Chance(50) ? "" : "関所");
    case Type::Kind::kEntity:
      return Value::Entity(UidOf(type.entity_type));
    case Type::Kind::kSet: {
      Value::Elements elements;
      for (uint64_t n = random_.Below(4); n > 0; --n) {
        elements.push_back(ValueOf(*type.element));
      }
      return Value::Set(std::move(elements));
    }
    case Type::Kind::kRecord: {
      Value::Attributes attributes;
      for (const auto& [name, attribute] : *type.attributes) {
        if (!attribute.required && random_.Chance(50)) continue;
        attributes.emplace_back(name, ValueOf(attribute.type));
      }
      return Value::Record(std::move(attributes));
    }
    case Type::Kind::kDecimal:
      return Value::Extension(Decimal{random_.Pick(numbers_)});
    case Type::Kind::kIpAddress:
      return Value::Extension(
          *IpAddress::Parse(random_.Chance(50) ? "10.0.0.1" : "fe80::/10"));
    case Type::Kind::kDatetime:
      return Value::Extension(Datetime{random_.Pick(numbers_)});
    case Type::Kind::kDuration:
      return Value::Extension(Duration{random_.Pick(numbers_)});
  }
  return Value();
}

// The set emptied, with the other one's elements too, one short, or one longer.
Value Variations::ElementsOf(const Type& type, const Value& old,
                             const Value& other) {
  Value::Elements elements = old.AsSet();
  switch (random_.Below(4)) {
    case 0:
      return Value::Set({});
    case 1:
      elements.insert(elements.end(), other.AsSet().begin(),
                      other.AsSet().end());
      return Value::Set(std::move(elements));
    case 2:
      if (!elements.empty()) {
        elements.erase(elements.begin() + random_.Below(elements.size()));
        return Value::Set(std::move(elements));
      }
      [[fallthrough]];
    default:
      elements.push_back(ValueOf(*type.element));
      return Value::Set(std::move(elements));
  }
}

Steps Variations::NextEntityEdits(const EntityMap& entities) {
  if (random_.Chance(40)) return random_.Pick(case_edits_);
  const EntityUid uid = random_.Pick(all_uids_);
  auto it = entities.find(uid);
  if (it == entities.end()) return {};
  if (random_.Chance(25)) return {{Step::What::kEntity, uid, "", {}}};

  const RecordType& declared = schema_.entity_types.at(uid.type).attributes;
  if (declared.empty()) return {};
  const auto& [name, attribute] =
      *std::next(declared.begin(), random_.Below(declared.size()));
  Step edit = {Step::What::kEntityAttribute, uid, name, {}};
  const Value* old = it->second.attributes.Find(name);
  // Another of its type.
  const Value* other =
      population_.at(random_.Pick(uids_[uid.type])).attributes.Find(name);
  if (random_.Chance(40)) {
    if (other != nullptr) edit.value = *other;
  } else if (old != nullptr && old->is_set() && other != nullptr &&
             random_.Chance(60)) {
    edit.value = ElementsOf(attribute.type, *old, *other);
  } else if (attribute.required || random_.Chance(60)) {
    edit.value = ValueOf(attribute.type);
  }
  return {edit};
}

Steps Variations::NextPopulation(int most) {
  EntityMap entities = population_;
  Steps edits;
  for (uint64_t n = random_.Below(most + 1); n > 0; --n) {
    const Steps next = NextEntityEdits(entities);
    EntityMap edited = Apply(next, entities);
    const bool fits =
        std::all_of(next.begin(), next.end(), [&](const Step& edit) {
          auto it = edited.find(edit.uid);
          return it == edited.end() ||
                 ValidateEntity(schema_, it->second).empty();
        });
    if (!fits) continue;
    entities = std::move(edited);
    edits.insert(edits.end(), next.begin(), next.end());
  }
  return edits;
}

Step Variations::NextContextEdit() {
  const std::string& name = random_.Pick(context_attributes_);
  const AttributeType& declared =
      schema_.actions.at(actions_[0]).context.at(name);
  Step edit = {Step::What::kContext, {}, name, {}};
  if (!declared.required && random_.Chance(30)) return edit;
  edit.value =
      random_.Chance(50) ? random_.Pick(seen_[name]) : ValueOf(declared.type);
  return edit;
}

Step Variations::NextRequestEdit() {
  if (random_.Chance(3)) return random_.Pick(odd_);
  const uint64_t kind = random_.Below(20);
  if (kind < 3) return {Step::What::kPrincipal, PartyOf(true), "", {}};
  if (kind < 5) return {Step::What::kAction, random_.Pick(actions_), "", {}};
  if (kind < 8) return {Step::What::kResource, PartyOf(false), "", {}};
  return NextContextEdit();
}

Situation Variations::Next(const Steps& of_population) {
  Situation situation = {random_.Pick(use_cases_), of_population, {}};
  if (!of_population.empty() && random_.Chance(50)) {
    auto near = use_cases_near_.find(random_.Pick(of_population).uid);
    if (near != use_cases_near_.end()) {
      situation.use_case = random_.Pick(near->second);
    }
  }
  for (uint64_t n = random_.Below(5); n > 0; --n) {
    situation.of_request.push_back(NextRequestEdit());
  }
  return situation;
}

}  // namespace sekisho
