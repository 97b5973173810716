// Entities and words of an enumerated type come from the schema and the
// population, numbers from around those that are compared, records from where
// such ones stand; sets are the one that stands there with one element more or
// less, and small sets. Tested by tests/cli/cases_test.cc.
#include "analysis/cases/candidate_values.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/model/operations.h"

namespace sekisho {
namespace {

// Larger domains give no sets of two and three.
constexpr size_t kMaxDomain = 8;

bool IsOfType(const Value& value, const Type& type) {
  return value.kind() == type.kind &&
         (!value.is_entity() || value.AsEntity().type == type.entity_type);
}

void AddParts(const Value& value,
              absl::btree_map<Value::Kind, absl::btree_set<Value>>* out) {
  (*out)[value.kind()].insert(value);
  if (value.is_set()) {
    for (const Value& element : value.AsSet()) AddParts(element, out);
  } else if (value.is_record()) {
    for (const auto& [name, part] : value.AsRecord()) AddParts(part, out);
  }
}

}  // namespace

CandidateValues::CandidateValues(const Schema& schema, const CaseSet& set,
                                 const std::vector<Policy>& policies)
    : schema_(schema), set_(set) {
  for (const Entity& entity : set_.population) {
    entities_.emplace(entity.uid, &entity);
    values_[Value::Kind::kEntity].insert(Value::Entity(entity.uid));
    AddParts(entity.attributes, &values_);
  }
  for (const auto& [name, request] : set_.requests) {
    AddParts(request.context, &values_);
    for (const EntityUid& uid : {request.principal, request.resource}) {
      values_[Value::Kind::kEntity].insert(Value::Entity(uid));
    }
  }
  for (const auto& [name, type] : schema.entity_types) {
    for (const std::string& id : type.enum_ids) {
      values_[Value::Kind::kEntity].insert(Value::Entity({name, id}));
    }
  }
  for (const auto& [uid, action] : schema.actions) {
    values_[Value::Kind::kEntity].insert(Value::Entity(uid));
  }
  for (const bool value : {false, true}) {
    values_[Value::Kind::kBool].insert(Value::Bool(value));
  }
  for (const Policy& policy : policies) {
    for (const Clause& clause : policy.clauses) AddLiterals(*clause.body);
  }
}

void CandidateValues::AddLiterals(const Expr& expr) {
  if (expr.kind == ExprKind::kLiteral) AddLiteral(expr.value());
  for (const ExprPtr& arg : expr.args()) AddLiterals(*arg);
}

void CandidateValues::AddLiteral(const Value& value) {
  values_[value.kind()].insert(value);
  if (!value.is_long()) return;
  for (const int64_t by : {-1, 1}) {
    if (const auto near = CheckedAdd(value.AsLong(), by)) {
      values_[value.kind()].insert(Value::Long(*near));
    }
  }
}

const Entity* CandidateValues::Find(const EntityUid& uid) const {
  const auto it = entities_.find(uid);
  return it == entities_.end() ? nullptr : it->second;
}

std::optional<Value> CandidateValues::Current(const AttributePath& path,
                                              const Request& request) const {
  Value value =
      path.root == PathRoot::kPrincipal  ? Value::Entity(request.principal)
      : path.root == PathRoot::kAction   ? Value::Entity(request.action)
      : path.root == PathRoot::kResource ? Value::Entity(request.resource)
                                         : request.context;
  for (const std::string& name : path.names) {
    if (value.is_entity()) {
      const Entity* entity = Find(value.AsEntity());
      if (entity == nullptr) return std::nullopt;
      value = entity->attributes;
    }
    const Value* next = value.is_record() ? value.Find(name) : nullptr;
    if (next == nullptr) return std::nullopt;
    value = Value(*next);
  }
  return value;
}

std::optional<AttributeType> CandidateValues::TypeOf(
    const AttributePath& path, const Request& request) const {
  AttributeType at;
  switch (path.root) {
    case PathRoot::kPrincipal:
      at.type = Type::Entity(request.principal.type);
      break;
    case PathRoot::kAction:
      at.type = Type::Entity(request.action.type);
      break;
    case PathRoot::kResource:
      at.type = Type::Entity(request.resource.type);
      break;
    case PathRoot::kContext: {
      const auto action = schema_.actions.find(request.action);
      if (action == schema_.actions.end()) return std::nullopt;
      at.type = Type::Record(action->second.context);
      break;
    }
  }
  for (const std::string& name : path.names) {
    const RecordType* attributes = at.type.attributes.get();
    if (at.type.kind == Value::Kind::kEntity) {
      const auto type = schema_.entity_types.find(at.type.entity_type);
      if (type == schema_.entity_types.end()) return std::nullopt;
      attributes = &type->second.attributes;
    }
    if (attributes == nullptr) return std::nullopt;
    const auto next = attributes->find(name);
    if (next == attributes->end()) return std::nullopt;
    at = AttributeType(next->second);
  }
  return at;
}

std::vector<Value> CandidateValues::ValuesOf(
    const Type& type, const std::optional<Value>& current) const {
  if (type.kind == Value::Kind::kSet) return SetsOf(type, current);
  std::vector<Value> values;
  if (current && current->is_long()) {
    for (const int64_t by : {-1, 1}) {
      if (const auto near = CheckedAdd(current->AsLong(), by)) {
        values.push_back(Value::Long(*near));
      }
    }
  }
  const auto known = values_.find(type.kind);
  if (known == values_.end()) return values;
  for (const Value& value : known->second) {
    if (values.size() >= kMaxCandidates) break;
    if (IsOfType(value, type)) values.push_back(value);
  }
  return values;
}

std::vector<Value> CandidateValues::SetsOf(
    const Type& type, const std::optional<Value>& current) const {
  std::vector<Value> sets;
  const std::vector<Value> domain = ValuesOf(*type.element, std::nullopt);
  const Value::Elements now =
      current ? Value::Elements(current->AsSet()) : Value::Elements();
  for (size_t i = 0; i < now.size(); ++i) {
    Value::Elements less = now;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    sets.push_back(Value::Set(std::move(less)));
  }
  for (const Value& value : domain) {
    Value::Elements more = now;
    more.push_back(value);
    sets.push_back(Value::Set(std::move(more)));
  }
  sets.push_back(Value::Set({}));
  for (const Value& value : domain) sets.push_back(Value::Set({value}));
  if (domain.size() > kMaxDomain) return sets;
  for (size_t i = 0; i < domain.size(); ++i) {
    for (size_t j = i + 1; j < domain.size(); ++j) {
      sets.push_back(Value::Set({domain[i], domain[j]}));
      for (size_t k = j + 1; k < domain.size(); ++k) {
        sets.push_back(Value::Set({domain[i], domain[j], domain[k]}));
      }
    }
  }
  return sets;
}

std::vector<std::string> CandidateValues::Steps(const AttributePath& path,
                                                const Request& request) const {
  std::vector<std::string> steps;
  const std::optional<AttributeType> at = TypeOf(path, request);
  if (!at) return steps;
  const std::optional<Value> current = Current(path, request);
  const std::string text = path.ToString();
  if (!at->required && current && !path.names.empty()) {
    steps.push_back(absl::StrCat("delete ", text));
  }
  for (const Value& value : ValuesOf(at->type, current)) {
    if (steps.size() >= kMaxCandidates) break;
    if (current && value == *current) continue;
    steps.push_back(absl::StrCat(text, " = ", value.ToString()));
  }
  return steps;
}

}  // namespace sekisho
