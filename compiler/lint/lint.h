// What is correct and yet most likely not what its author meant: conditions
// that are always true, policies that another one makes superfluous, words of
// the schema that nothing uses. Each kind of it is a rule with a name;
// docs/lint.md has an example of each.
//
//   std::vector<LintFinding> findings;
//   LintPolicy(sources, policy, CheckPolicy(schema, ..., policy, ...),
//              &findings);
//   DropAllowed(sources, &findings);
//
// An author who does mean it says so in a comment, behind the place or on a
// line of its own before it: `// lint: allow missing-id, self-comparison`. A
// comment before a policy or a declaration counts for all of it.
#ifndef SEKISHO_COMPILER_LINT_LINT_H_
#define SEKISHO_COMPILER_LINT_LINT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/cedar/ast.h"
#include "compiler/check/checker.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"

namespace sekisho {

// `text` in place of what stands at `span`.
struct SourceEdit {
  Span span;
  std::string text;
};

struct LintFinding {
  // Of a LintRule.
  absl::string_view rule;
  Span span;
  // The policy that it is about, or the beginning of the declaration; of no
  // source where it is about none.
  Span owner;
  std::string message;
  std::vector<Diagnostic::Note> notes;
  // A way out, or empty.
  std::string help;
  // Edits that take it away and leave every decision as it is; empty where
  // there are none. They do not overlap and are in order.
  std::vector<SourceEdit> fix;
};

struct LintRule {
  absl::string_view name;
  // One sentence, as in docs/lint.md.
  absl::string_view summary;
};

// All of them, by name.
absl::Span<const LintRule> LintRules();
// Null if there is none of that name.
const LintRule* FindLintRule(absl::string_view name);

// What can be said of a policy by itself. `typed` is what CheckPolicy returned
// for it; it may be empty, and then less is found.
// REQUIRES: the policy has no errors.
void LintPolicy(const SourceSet& sources, const Policy& policy,
                const std::vector<TypedPolicy>& typed,
                std::vector<LintFinding>* findings);

// Leaves out what a comment allows, and says where a comment allows a rule that
// there is not. Sorts by place, and leaves out repetitions.
void DropAllowed(const SourceSet& sources, std::vector<LintFinding>* findings);

// The text of the source with the fixes of the findings made, as many as do not
// overlap; what remains is found again in the new text.
std::string ApplyFixes(const SourceSet& sources, SourceId source,
                       absl::Span<const LintFinding> findings);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_LINT_LINT_H_
