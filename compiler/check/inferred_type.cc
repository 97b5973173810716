#include "compiler/check/inferred_type.h"

#include <algorithm>

namespace sekisho {

using Kind = InferredType::Kind;

InferredType InferredType::Declared(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kBool:
      return Of(Kind::kBool);
    case Type::Kind::kLong:
      return Of(Kind::kLong);
    case Type::Kind::kString:
      return Of(Kind::kString);
    case Type::Kind::kEntity:
      return Entity(type.entity_type);
    case Type::Kind::kSet:
      return {.kind = Kind::kSet, .declared_element = type.element};
    case Type::Kind::kRecord:
      return {.kind = Kind::kRecord, .declared_attributes = type.attributes};
    case Type::Kind::kDecimal:
      return Of(Kind::kDecimal);
    case Type::Kind::kIpAddress:
      return Of(Kind::kIpAddress);
    case Type::Kind::kDatetime:
      return Of(Kind::kDatetime);
    case Type::Kind::kDuration:
      return Of(Kind::kDuration);
  }
  return {};
}

InferredType InferredType::Context(const RecordType& attributes) {
  // Shares without owning: the schema outlives what the checker returns.
  return {.kind = Kind::kRecord,
          .declared_attributes = std::shared_ptr<const RecordType>(
              std::shared_ptr<void>(), &attributes)};
}

InferredType InferredType::Set(InferredType element) {
  return {.kind = Kind::kSet,
          .literal_element =
              std::make_shared<const InferredType>(std::move(element))};
}

InferredType InferredType::Record(Attributes attributes) {
  std::sort(attributes.begin(), attributes.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return {.kind = Kind::kRecord,
          .literal_attributes =
              std::make_shared<const Attributes>(std::move(attributes))};
}

InferredType InferredType::Element() const {
  return literal_element != nullptr ? *literal_element
                                    : Declared(*declared_element);
}

std::optional<InferredType::Attribute> InferredType::Find(
    const std::string& name) const {
  if (literal_attributes != nullptr) {
    for (const auto& [member, attribute] : *literal_attributes) {
      if (member == name) return attribute;
    }
    return std::nullopt;
  }
  auto it = declared_attributes->find(name);
  if (it == declared_attributes->end()) return std::nullopt;
  return Attribute{Declared(it->second.type), it->second.required};
}

std::vector<std::string> InferredType::Names() const {
  std::vector<std::string> names;
  if (literal_attributes != nullptr) {
    for (const auto& [name, attribute] : *literal_attributes) {
      names.push_back(name);
    }
  } else {
    for (const auto& [name, attribute] : *declared_attributes) {
      names.push_back(name);
    }
  }
  return names;
}

Type InferredType::ToType() const {
  switch (kind) {
    case Kind::kUnknown:
    case Kind::kTrue:
    case Kind::kFalse:
    case Kind::kBool:
      return Type::Bool();
    case Kind::kLong:
      return Type::Long();
    case Kind::kString:
      return Type::String();
    case Kind::kEntity:
      return Type::Entity(std::string(entity_type.data(), entity_type.size()));
    case Kind::kSet:
      if (declared_element == nullptr) {
        return Type::Set(literal_element->ToType());
      }
      return {Type::Kind::kSet, "", declared_element, nullptr};
    case Kind::kDecimal:
      return Type::Of(Type::Kind::kDecimal);
    case Kind::kIpAddress:
      return Type::Of(Type::Kind::kIpAddress);
    case Kind::kDatetime:
      return Type::Of(Type::Kind::kDatetime);
    case Kind::kDuration:
      return Type::Of(Type::Kind::kDuration);
    case Kind::kRecord:
      break;
  }
  if (declared_attributes != nullptr) {
    return {Type::Kind::kRecord, "", nullptr, declared_attributes};
  }
  RecordType attributes;
  for (const auto& [name, attribute] : *literal_attributes) {
    attributes[name] = {attribute.type.ToType(), attribute.required};
  }
  return Type::Record(std::move(attributes));
}

std::string InferredType::ToString() const { return ToType().ToString(); }

namespace {

std::optional<InferredType> RecordBound(const InferredType& a,
                                        const InferredType& b) {
  std::vector<std::string> names = a.Names();
  if (names != b.Names()) return std::nullopt;
  InferredType::Attributes attributes;
  for (const std::string& name : names) {
    InferredType::Attribute in_a = *a.Find(name);
    InferredType::Attribute in_b = *b.Find(name);
    if (in_a.required != in_b.required) return std::nullopt;
    std::optional<InferredType> both = LeastUpperBound(in_a.type, in_b.type);
    if (!both) return std::nullopt;
    attributes.push_back({name, {*std::move(both), in_a.required}});
  }
  return InferredType::Record(std::move(attributes));
}

}  // namespace

std::optional<InferredType> LeastUpperBound(const InferredType& a,
                                            const InferredType& b) {
  if (!a.known() || !b.known()) return InferredType();
  if (a.is_bool() && b.is_bool()) {
    return a.kind == b.kind ? a : InferredType::Of(Kind::kBool);
  }
  if (a.kind != b.kind) return std::nullopt;
  switch (a.kind) {
    case Kind::kEntity:
      if (a.entity_type != b.entity_type) return std::nullopt;
      return a;
    case Kind::kSet: {
      if (a.declared_element != nullptr &&
          a.declared_element == b.declared_element) {
        return a;
      }
      std::optional<InferredType> element =
          LeastUpperBound(a.Element(), b.Element());
      if (!element) return std::nullopt;
      return InferredType::Set(*std::move(element));
    }
    case Kind::kRecord:
      if (a.declared_attributes != nullptr &&
          a.declared_attributes == b.declared_attributes) {
        return a;
      }
      return RecordBound(a, b);
    default:
      return a;
  }
}

}  // namespace sekisho
