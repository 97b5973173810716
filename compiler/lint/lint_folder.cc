// Tested by lint_test.cc.
#include "compiler/lint/lint_folder.h"

#include <utility>

#include "compiler/cedar_source.h"
#include "compiler/check/checker.h"
#include "compiler/lint/folder_rules.h"
#include "compiler/lint/policy_summary.h"
#include "engine/base/status_macros.h"

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

}  // namespace

absl::StatusOr<std::vector<LintFinding>> LintFolder(const PolicyFolder& folder,
                                                    Compilation* compilation) {
  RETURN_IF_ERROR(folder.schema == kNoSource
                      ? ReadOnly(folder, compilation)
                      : CompileOnly(folder, compilation));
  std::vector<LintFinding> findings;
  if (compilation->diagnostics.has_errors()) return findings;
  const bool has_schema = compilation->schema.has_value();
  std::vector<RequestEnvironment> environments;
  if (has_schema) environments = RequestEnvironments(*compilation->schema);
  const size_t written =
      compilation->policies.size() - compilation->links.size();
  std::vector<PolicySummary> summaries(written);
  LintedFolder linted;
  for (size_t i = 0; i < written; ++i) {
    const Policy& policy = compilation->policies[i];
    // The checker has said what it has to say.
    Diagnostics again(&folder.sources);
    std::vector<TypedPolicy> typed;
    if (has_schema) {
      typed = CheckPolicy(*compilation->schema, environments, policy, &again);
    }
    LintPolicy(folder.sources, policy, typed, &findings);
    summaries[i] = Summarize(policy, environments, typed);
    linted.policies.push_back({&summaries[i],
                               policy.id,
                               policy.span,
                               FormOf(folder.sources.name(policy.span.source)),
                               {}});
  }
  if (has_schema) linted.schema = &*compilation->schema;
  if (compilation->matrix) linted.matrix = &*compilation->matrix;
  linted.obligations = &compilation->obligations.declarations();
  linted.links = &compilation->links;
  linted.schema_source = folder.schema;
  LintTogether(folder.sources, linted, &findings);
  DropAllowed(folder.sources, &findings);
  return findings;
}

}  // namespace sekisho
