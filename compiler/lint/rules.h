// What the rules share. Each reports what it finds in a policy; none needs
// another.
#ifndef SEKISHO_COMPILER_LINT_RULES_H_
#define SEKISHO_COMPILER_LINT_RULES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/lint/lint.h"

namespace sekisho::lint {

// Where findings go.
class Report {
 public:
  Report(const SourceSet& sources, std::vector<LintFinding>* findings)
      : sources_(sources), findings_(*findings) {}

  const SourceSet& sources() const { return sources_; }
  absl::string_view TextOf(const Span& span) const {
    return sources_.text(span);
  }

  // The finding is valid until the next one. REQUIRES: there is such a rule.
  LintFinding& Add(absl::string_view rule, const Span& span,
                   absl::string_view message, absl::string_view help = "");

  // Adds an edit to the fix, if it can be made: a source of JSON has no place
  // for it, and what would take a comment with it is none.
  void Replace(const Span& span, absl::string_view text,
               LintFinding* finding) const;

 private:
  const SourceSet& sources_;
  std::vector<LintFinding>& findings_;
};

// Comparisons, negations, patterns, sets and what is read from the context, in
// one condition.
void LintExpression(const Expr& expr, Report* report);

// The head of the policy and the order of its conditions.
void LintShape(const Policy& policy, Report* report);

// Conditions that never change, by themselves or as the checker found.
void LintConstants(const Policy& policy, const std::vector<TypedPolicy>& typed,
                   Report* report);

}  // namespace sekisho::lint

#endif  // SEKISHO_COMPILER_LINT_RULES_H_
