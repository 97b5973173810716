// What of a schema and a vocabulary the policies use, and what they do not.
#ifndef SEKISHO_COMPILER_LINT_USAGE_H_
#define SEKISHO_COMPILER_LINT_USAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "compiler/cedar/ast.h"
#include "compiler/cedar/schema_syntax.h"
#include "compiler/check/checker.h"
#include "compiler/lint/rules.h"
#include "compiler/matrix/read.h"
#include "engine/model/schema.h"

namespace sekisho::lint {

class Usage {
 public:
  // The environments are the schema's; both must outlive this object.
  Usage(const Schema& schema,
        const std::vector<RequestEnvironment>& environments);

  // `typed` is by environment.
  void Add(const Policy& policy, const std::vector<TypedPolicy>& typed);
  void AddEntity(const EntityUid& uid);
  void AddAttribute(const std::string& name) { names_.insert(name); }

  // `namespaces` are those that the schema was resolved from.
  void ReportUnused(const std::vector<schema_syntax::Namespace>& namespaces,
                    Report* report) const;

 private:
  void AddScope(const Scope& scope);
  void AddExpression(const Expr& expr, const std::vector<TypedPolicy>& typed,
                     bool is_base);
  // A value of that type is used as it is.
  void AddWhole(const Type& type);
  // Whether a value of the type can be had in a request.
  absl::flat_hash_set<std::string> ReachableTypes() const;
  void ReportEntity(const schema_syntax::EntityDeclaration& entity,
                    const std::string& space,
                    const absl::flat_hash_set<std::string>& reachable,
                    Report* report) const;
  void ReportAttributes(const schema_syntax::TypeExpr& type,
                        Report* report) const;

  const Schema& schema_;
  const std::vector<RequestEnvironment>& environments_;
  // Attributes by name, and those of entities by type and name.
  absl::flat_hash_set<std::string> names_;
  absl::flat_hash_set<std::pair<std::string, std::string>> attributes_;
  absl::flat_hash_set<std::string> types_;
  absl::flat_hash_set<std::pair<std::string, std::string>> entities_;
  // Types of which policies name entities.
  absl::flat_hash_set<std::string> types_of_entities_;
  absl::flat_hash_set<std::string> permitted_actions_;
};

// Entries of the vocabulary that no cell uses.
void LintVocabulary(const MatrixReading& reading, Report* report);

}  // namespace sekisho::lint

#endif  // SEKISHO_COMPILER_LINT_USAGE_H_
