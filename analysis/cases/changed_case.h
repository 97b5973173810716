// Cases made from others by more changes.
#ifndef SEKISHO_ANALYSIS_CASES_CHANGED_CASE_H_
#define SEKISHO_ANALYSIS_CASES_CHANGED_CASE_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/cases/cases.h"
#include "compiler/cases/change.h"
#include "compiler/cedar/ast.h"
#include "engine/graph/attribute_path.h"
#include "engine/model/schema.h"

namespace sekisho {

// What the expression reads, the longest paths only.
std::vector<AttributePath> PathsOf(const Expr& expr);

class CaseChanger {
 public:
  // Both must outlive this object.
  CaseChanger(const CaseSet& set, const Schema& schema);

  // The base with these steps (docs/cases.md) added to its change, and nothing
  // yet of what is expected; nothing if they cannot be made, change nothing, or
  // do not fit the schema.
  std::optional<Case> Change(const Case& base, const std::string& steps) const;

 private:
  const CaseSet& set_;
  const Schema& schema_;
  EntityIndex population_;
};

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_CHANGED_CASE_H_
