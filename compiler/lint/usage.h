// What of a schema and a vocabulary the policies use, and what they do not.
#ifndef SEKISHO_COMPILER_LINT_USAGE_H_
#define SEKISHO_COMPILER_LINT_USAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/lint/policy_summary.h"
#include "compiler/lint/rules.h"
#include "compiler/matrix/read.h"
#include "engine/model/schema.h"

namespace sekisho::lint {

class Usage {
 public:
  // The schema must outlive this object.
  explicit Usage(const Schema& schema) : schema_(schema) {}

  // Hashes of uses (policy_summary.h).
  void Add(const std::vector<uint64_t>& uses) {
    uses_.insert(uses.begin(), uses.end());
  }

  // `namespaces` are those that the schema was resolved from.
  void ReportUnused(const std::vector<schema_syntax::Namespace>& namespaces,
                    Report* report) const;

 private:
  bool Has(Use use, absl::string_view a, absl::string_view b = "") const {
    return uses_.contains(HashOfUse(use, a, b));
  }
  // The types of which a value can be had in a request.
  absl::flat_hash_set<std::string> ReachableTypes() const;
  void ReportEntity(const schema_syntax::EntityDeclaration& entity,
                    const std::string& space,
                    const absl::flat_hash_set<std::string>& reachable,
                    Report* report) const;
  void ReportAttributes(const schema_syntax::TypeExpr& type,
                        Report* report) const;

  const Schema& schema_;
  absl::flat_hash_set<uint64_t> uses_;
};

// Entries of the vocabulary that no cell uses.
void LintVocabulary(const MatrixReading& reading, Report* report);

}  // namespace sekisho::lint

#endif  // SEKISHO_COMPILER_LINT_USAGE_H_
