// Comments that allow what a rule finds: `// lint: allow RULE, RULE`, in tables
// `# lint: allow RULE`.
#ifndef SEKISHO_COMPILER_LINT_ALLOW_H_
#define SEKISHO_COMPILER_LINT_ALLOW_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "compiler/lint/lint.h"
#include "compiler/source/source.h"

namespace sekisho::lint {

// What the comments of a source allow, by the line that they are about.
class AllowedRules {
 public:
  AllowedRules(const SourceSet& sources, SourceId source);

  // On that line; the names are those of rules.
  std::vector<absl::string_view> On(uint32_t line) const;
  bool Allows(absl::string_view rule, uint32_t line) const;
  // Where a comment allows a rule that there is not.
  const std::vector<LintFinding>& unknown() const { return unknown_; }

 private:
  absl::flat_hash_map<uint32_t, std::vector<absl::string_view>> rules_;
  std::vector<LintFinding> unknown_;
};

}  // namespace sekisho::lint

#endif  // SEKISHO_COMPILER_LINT_ALLOW_H_
