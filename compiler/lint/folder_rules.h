// The rules about a folder as a whole: policies that say what others say, and
// what of the schema and the vocabulary nothing uses.
#ifndef SEKISHO_COMPILER_LINT_FOLDER_RULES_H_
#define SEKISHO_COMPILER_LINT_FOLDER_RULES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/cedar_source.h"
#include "compiler/lint/lint.h"
#include "compiler/lint/policy_summary.h"
#include "compiler/matrix/read.h"
#include "compiler/source/source.h"
#include "engine/graph/obligation_declaration.h"
#include "engine/model/link.h"
#include "engine/model/schema.h"

namespace sekisho {

struct LintedPolicy {
  const PolicySummary* summary = nullptr;
  std::string id;
  Span span;
  // In JSON there is no place for an edit.
  CedarForm form = CedarForm::kText;
  // Rules that are not to find it, besides what DropAllowed() leaves out later.
  absl::Span<const absl::string_view> allowed;
};

// What the rules look at; it outlives the call.
struct LintedFolder {
  // In order, but for those that links make, which say what their templates
  // say.
  std::vector<LintedPolicy> policies;
  // Null where there is none.
  const Schema* schema = nullptr;
  const MatrixReading* matrix = nullptr;
  const std::vector<ObligationDeclaration>* obligations = nullptr;
  const std::vector<LinkPtr>* links = nullptr;
  // The schema's; kNoSource if there is none.
  SourceId schema_source = kNoSource;
};

// Appends what is found. `sources` has the sources of the schema and of the
// vocabulary; of policies only the places are used.
// REQUIRES: the folder has no errors.
void LintTogether(const SourceSet& sources, const LintedFolder& folder,
                  std::vector<LintFinding>* findings);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LINT_FOLDER_RULES_H_
