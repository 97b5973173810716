// Tested by lint_test.cc.
#include "compiler/lint/folder_rules.h"

#include <variant>

#include "absl/types/span.h"
#include "compiler/lint/policy_set.h"
#include "compiler/lint/rules.h"
#include "compiler/lint/usage.h"
#include "compiler/source/diagnostic.h"

namespace sekisho {
namespace {

void AddUses(const LintedFolder& folder, lint::Usage* usage) {
  for (const LintedPolicy& policy : folder.policies) {
    usage->Add(policy.summary->uses);
  }
  std::vector<uint64_t> uses;
  for (const LinkPtr& link : *folder.links) {
    AddUsesOf(link->principal, &uses);
    AddUsesOf(link->resource, &uses);
  }
  for (const ObligationDeclaration& obligation : *folder.obligations) {
    for (const ObligationParameter& parameter : obligation.parameters) {
      const auto* path = std::get_if<AttributePath>(&parameter.value);
      if (path == nullptr) continue;
      for (const std::string& name : path->names) {
        uses.push_back(HashOfUse(Use::kAttribute, name));
      }
    }
  }
  usage->Add(uses);
}

}  // namespace

void LintTogether(const SourceSet& sources, const LintedFolder& folder,
                  std::vector<LintFinding>* findings) {
  lint::Report report(sources, findings);
  lint::LintPolicySet(folder.policies, &report);
  if (folder.matrix != nullptr) lint::LintVocabulary(*folder.matrix, &report);
  if (folder.schema == nullptr) return;
  lint::Usage usage(*folder.schema);
  AddUses(folder, &usage);
  Diagnostics said(&sources);
  usage.ReportUnused(*ReadSchemaSyntax(sources, folder.schema_source, &said),
                     &report);
}

}  // namespace sekisho
