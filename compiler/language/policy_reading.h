// One piece of a file of policies, parsed and checked. What is kept is what
// others ask for, not the syntax trees: there may be ten thousand.
#ifndef SEKISHO_COMPILER_LANGUAGE_POLICY_READING_H_
#define SEKISHO_COMPILER_LANGUAGE_POLICY_READING_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"
#include "compiler/language/occurrence_list.h"
#include "compiler/language/schema_index.h"
#include "compiler/lint/lint.h"
#include "compiler/lint/policy_summary.h"
#include "compiler/obligations/obligations.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/schema.h"

namespace sekisho {

// What policies are checked against. Never changes once it is made.
struct PolicyContext {
  PolicyContext(Schema of, std::shared_ptr<const SchemaIndex> its_index,
                Obligations declared)
      : schema(std::move(of)),
        environments(RequestEnvironments(schema)),
        index(std::move(its_index)),
        obligations(std::move(declared)) {}

  const Schema schema;
  const std::vector<RequestEnvironment> environments;
  const std::shared_ptr<const SchemaIndex> index;
  // Their places are in a source with another number than 0.
  const Obligations obligations;
};

// Whether the two declare the same.
bool IsSameSchema(const Schema& a, const Schema& b);

// A function of the text and the context. All places are in the text.
struct PolicyReading {
  std::vector<Diagnostic> diagnostics;
  // The policies without their conditions; the id is that of `@id`, or empty.
  std::vector<Policy> heads;
  std::vector<LintFinding> lint;
  // Of the heads, for the rules about the whole folder: what these look at, and
  // which of them comments allow for it.
  struct Linted {
    PolicySummary summary;
    std::vector<absl::string_view> allowed;
  };
  std::vector<Linted> linted;
  // What is wrong with the declarations of obligations, where these policies
  // apply.
  std::vector<Diagnostic> of_obligations;
  OccurrenceList occurrences;
};

// `name` says in which form the text is (compiler/cedar_source.h). Without a
// context only the form is checked. REQUIRES: CheckSource(text) is OK.
PolicyReading ReadPolicyText(absl::string_view name, absl::string_view text,
                             const PolicyContext* context);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LANGUAGE_POLICY_READING_H_
