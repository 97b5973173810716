#include "engine/decide/oblige.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

namespace sekisho {
namespace {

std::optional<Value> ValueAt(const AttributePath& path,
                             const Request& request) {
  switch (path.root) {
    case PathRoot::kPrincipal:
      return Value::Entity(request.principal);
    case PathRoot::kAction:
      return Value::Entity(request.action);
    case PathRoot::kResource:
      return Value::Entity(request.resource);
    case PathRoot::kContext:
      break;
  }
  const Value* value = &request.context;
  for (const std::string& name : path.names) {
    value = value->is_record() ? value->Find(name) : nullptr;
    if (value == nullptr) return std::nullopt;
  }
  return *value;
}

std::optional<Obligation> Fill(const ObligationDeclaration& declaration,
                               const Request& request) {
  Value::Attributes parameters;
  for (const ObligationParameter& parameter : declaration.parameters) {
    const auto* path = std::get_if<AttributePath>(&parameter.value);
    std::optional<Value> value = path != nullptr
                                     ? ValueAt(*path, request)
                                     : std::get<Value>(parameter.value);
    if (!value) return std::nullopt;
    parameters.emplace_back(parameter.name, *std::move(value));
  }
  return Obligation{declaration.name, Value::Record(std::move(parameters))};
}

template <typename T>
bool Contains(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

Obliged Oblige(const Artifact& artifact, const Request& request,
               const std::optional<std::vector<std::string>>& supported,
               Decision* decision) {
  Obliged obliged;
  std::vector<uint32_t> seen;
  for (PolicyIndex policy : decision->determining) {
    for (uint32_t index :
         PolicyOf(artifact.policies(), *decision, policy).obligations) {
      if (Contains(seen, index)) continue;
      seen.push_back(index);
      const ObligationDeclaration& declaration = artifact.obligations()[index];
      std::optional<Obligation> filled = Fill(declaration, request);
      const bool can_fulfil =
          filled && (declaration.is_advice || !supported ||
                     Contains(*supported, declaration.name));
      if (!can_fulfil) obliged.unsupported.push_back(declaration.name);
      if (!filled) continue;
      (declaration.is_advice ? obliged.advice : obliged.obligations)
          .push_back(*std::move(filled));
    }
  }
  if (!decision->permitted()) {
    obliged.unsupported.clear();
  } else if (!obliged.unsupported.empty()) {
    decision->cause = Cause::kObligationUnsupported;
  }
  return obliged;
}

}  // namespace sekisho
