// Tested by cedar_source_test.cc.
#include "compiler/cedar_source.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/cedar/parser.h"
#include "compiler/cedar/printer.h"
#include "compiler/cedar/schema_parser.h"
#include "compiler/cedar/schema_printer.h"
#include "compiler/json/document.h"
#include "compiler/json/policy_printer.h"
#include "compiler/json/policy_reader.h"
#include "compiler/json/schema_printer.h"
#include "compiler/json/schema_reader.h"

namespace sekisho {
namespace {

constexpr absl::string_view kIdAnnotation = "id";

Annotation* FindId(Policy* policy) {
  const auto it =
      std::find_if(policy->annotations.begin(), policy->annotations.end(),
                   [](const Annotation& a) { return a.name == kIdAnnotation; });
  return it == policy->annotations.end() ? nullptr : &*it;
}

// Makes the id of each policy one that the other form says too.
void WriteIds(std::vector<Policy>* policies) {
  for (size_t i = 0; i < policies->size(); ++i) {
    Policy& policy = (*policies)[i];
    const std::string by_position = absl::StrCat("policy", i);
    if (policy.id.empty()) policy.id = by_position;
    if (Annotation* id = FindId(&policy)) {
      // That of a link is its template's.
      id->value = policy.id;
    } else if (policy.id != by_position) {
      Annotation given;
      given.name = std::string(kIdAnnotation);
      given.value = policy.id;
      policy.annotations.insert(policy.annotations.begin(), std::move(given));
    }
  }
}

}  // namespace

bool IsPolicyFile(absl::string_view name) {
  return absl::EndsWith(name, ".cedar") || absl::EndsWith(name, ".cedar.json");
}

bool IsSchemaFile(absl::string_view name) {
  return absl::EndsWith(name, ".cedarschema") ||
         absl::EndsWith(name, ".cedarschema.json");
}

CedarForm FormOf(absl::string_view name) {
  return absl::EndsWith(name, ".json") ? CedarForm::kJson : CedarForm::kText;
}

std::optional<CedarKind> KindOf(const SourceSet& sources, SourceId source) {
  const absl::string_view name = sources.name(source);
  if (IsPolicyFile(name)) return CedarKind::kPolicies;
  if (IsSchemaFile(name)) return CedarKind::kSchema;
  if (FormOf(name) != CedarForm::kJson) return std::nullopt;
  Diagnostics ignored(&sources);
  const auto document = JsonDocument::Parse(sources, source, &ignored);
  if (!document) return CedarKind::kPolicies;
  if (!document->root().is_object()) return CedarKind::kPolicies;
  // A schema is made of namespaces.
  for (const JsonMember member : document->root().members()) {
    if (member.value.Find("entityTypes")) return CedarKind::kSchema;
  }
  return CedarKind::kPolicies;
}

std::optional<std::vector<schema_syntax::Namespace>> ReadSchemaSyntax(
    const SourceSet& sources, SourceId source, Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  std::vector<schema_syntax::Namespace> namespaces;
  if (FormOf(sources.name(source)) == CedarForm::kText) {
    namespaces = schema_syntax::Parse(sources, source, diagnostics);
  } else if (const auto document =
                 JsonDocument::Parse(sources, source, diagnostics)) {
    namespaces = ReadJsonSchema(sources, *document, diagnostics);
  }
  if (diagnostics->error_count() > errors_before) return std::nullopt;
  return namespaces;
}

std::vector<Policy> ReadPolicySource(const SourceSet& sources, SourceId source,
                                     Diagnostics* diagnostics) {
  if (FormOf(sources.name(source)) == CedarForm::kJson) {
    const auto document = JsonDocument::Parse(sources, source, diagnostics);
    if (!document) return {};
    return ReadJsonPolicies(sources, *document, diagnostics);
  }
  std::vector<Policy> policies = ParsePolicies(sources, source, diagnostics);
  for (Policy& policy : policies) {
    if (FindId(&policy) == nullptr) policy.id.clear();
  }
  return policies;
}

std::optional<Schema> ReadSchemaSource(const SourceSet& sources,
                                       SourceId source,
                                       Diagnostics* diagnostics) {
  auto namespaces = ReadSchemaSyntax(sources, source, diagnostics);
  if (!namespaces) return std::nullopt;
  return ResolveSchema(sources, *std::move(namespaces), diagnostics);
}

bool ConvertPolicies(const SourceSet& sources, SourceId source, CedarForm to,
                     const TextSink& write, Diagnostics* diagnostics) {
  const size_t errors_before = diagnostics->error_count();
  std::vector<Policy> policies = ReadPolicySource(sources, source, diagnostics);
  WriteIds(&policies);
  CheckIds(policies, diagnostics);
  if (diagnostics->error_count() > errors_before) return false;
  if (to == CedarForm::kJson) {
    PrintJsonPolicies(policies, write);
    return true;
  }
  for (size_t i = 0; i < policies.size(); ++i) {
    write(absl::StrCat(i > 0 ? "\n" : "", PrintPolicy(policies[i])));
  }
  return true;
}

bool ConvertSchema(const SourceSet& sources, SourceId source, CedarForm to,
                   const TextSink& write, Diagnostics* diagnostics) {
  if (!ReadSchemaSource(sources, source, diagnostics)) return false;
  // What was found before is not found again.
  Diagnostics again(&sources);
  const auto namespaces = ReadSchemaSyntax(sources, source, &again);
  if (to == CedarForm::kJson) {
    write(PrintJsonSchema(*namespaces));
    return true;
  }
  const std::optional<std::string> text = PrintSchema(*namespaces, diagnostics);
  if (text) write(*text);
  return text.has_value();
}

void CheckIds(const std::vector<Policy>& policies, Diagnostics* diagnostics) {
  absl::flat_hash_map<std::string, const Policy*> seen;
  for (const Policy& policy : policies) {
    auto [it, added] = seen.emplace(policy.id, &policy);
    if (added) continue;
    diagnostics
        ->Error(policy.span,
                absl::StrCat("there are two policies with the id `", policy.id,
                             "`"))
        .Note(it->second->span, "the first is here")
        .Help("give one of them another `@id`");
  }
}

}  // namespace sekisho
