// Tested by lint_test.cc.
#include "compiler/lint/lint_folder.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/types/span.h"
#include "compiler/cedar_source.h"
#include "compiler/check/checker.h"
#include "compiler/lint/policy_set.h"
#include "compiler/lint/rules.h"
#include "compiler/lint/usage.h"
#include "engine/base/status_macros.h"
#include "engine/graph/obligation_declaration.h"

namespace sekisho {
namespace {

// Of a folder without a schema: only what is written counts.
absl::Status ReadOnly(const PolicyFolder& folder, Compilation* compilation) {
  for (const SourceId source : folder.rules) {
    for (Policy& policy :
         ReadPolicySource(folder.sources, source, &compilation->diagnostics)) {
      compilation->policies.push_back(std::move(policy));
    }
  }
  return absl::OkStatus();
}

absl::Status CompileOnly(const PolicyFolder& folder, Compilation* compilation) {
  CompileOptions options;
  options.check_only = true;
  return Compile(folder, options, compilation);
}

// What is used besides policies.
void AddOthers(const Compilation& compilation, lint::Usage* usage) {
  for (const LinkPtr& link : compilation.links) {
    usage->AddEntity(link->principal);
    usage->AddEntity(link->resource);
  }
  for (const ObligationDeclaration& obligation :
       compilation.obligations.declarations()) {
    for (const ObligationParameter& parameter : obligation.parameters) {
      const auto* path = std::get_if<AttributePath>(&parameter.value);
      if (path == nullptr) continue;
      for (const std::string& name : path->names) usage->AddAttribute(name);
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<LintFinding>> LintFolder(const PolicyFolder& folder,
                                                    Compilation* compilation) {
  RETURN_IF_ERROR(folder.schema == kNoSource
                      ? ReadOnly(folder, compilation)
                      : CompileOnly(folder, compilation));
  std::vector<LintFinding> findings;
  if (compilation->diagnostics.has_errors()) return findings;
  std::vector<RequestEnvironment> environments;
  std::optional<lint::Usage> usage;
  if (compilation->schema) {
    environments = RequestEnvironments(*compilation->schema);
    usage.emplace(*compilation->schema, environments);
  }
  // Policies that links make say what their templates say.
  const size_t written =
      compilation->policies.size() - compilation->links.size();
  for (size_t i = 0; i < written; ++i) {
    const Policy& policy = compilation->policies[i];
    // The checker has said what it has to say.
    Diagnostics again(&folder.sources);
    std::vector<TypedPolicy> typed;
    if (compilation->schema) {
      typed = CheckPolicy(*compilation->schema, environments, policy, &again);
    }
    LintPolicy(folder.sources, policy, typed, &findings);
    if (usage) usage->Add(policy, typed);
  }
  lint::Report report(folder.sources, &findings);
  lint::LintPolicySet(
      absl::MakeConstSpan(compilation->policies).subspan(0, written), &report);
  if (compilation->matrix) lint::LintVocabulary(*compilation->matrix, &report);
  if (usage) {
    AddOthers(*compilation, &*usage);
    usage->ReportUnused(*ReadSchemaSyntax(folder.sources, folder.schema,
                                          &compilation->diagnostics),
                        &report);
  }
  DropAllowed(folder.sources, &findings);
  return findings;
}

}  // namespace sekisho
