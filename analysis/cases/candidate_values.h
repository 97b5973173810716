// Values that might stand in an attribute's place.
#ifndef SEKISHO_ANALYSIS_CASES_CANDIDATE_VALUES_H_
#define SEKISHO_ANALYSIS_CASES_CANDIDATE_VALUES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "compiler/cases/cases.h"
#include "compiler/cedar/ast.h"
#include "engine/graph/attribute_path.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {

// Of one attribute.
inline constexpr size_t kMaxCandidates = 200;

class CandidateValues {
 public:
  // All must outlive this object.
  CandidateValues(const Schema& schema, const CaseSet& set,
                  const std::vector<Policy>& policies);

  // Steps of a change (docs/cases.md) that assign what the path leads to in
  // `request`, or delete it, the ones that change least first. Some may change
  // nothing.
  std::vector<std::string> Steps(const AttributePath& path,
                                 const Request& request) const;

 private:
  void AddLiterals(const Expr& expr);
  void AddLiteral(const Value& value);
  // What stands there now; nothing if it is absent.
  std::optional<Value> Current(const AttributePath& path,
                               const Request& request) const;
  std::optional<AttributeType> TypeOf(const AttributePath& path,
                                      const Request& request) const;
  std::vector<Value> ValuesOf(const Type& type,
                              const std::optional<Value>& current) const;
  std::vector<Value> SetsOf(const Type& type,
                            const std::optional<Value>& current) const;
  const Entity* Find(const EntityUid& uid) const;

  const Schema& schema_;
  const CaseSet& set_;
  absl::btree_map<EntityUid, const Entity*> entities_;
  // Of the policies, the population and the requests, by kind.
  absl::btree_map<Value::Kind, absl::btree_set<Value>> values_;
};

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_CANDIDATE_VALUES_H_
