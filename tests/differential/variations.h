// Requests and entities a few random steps away from those of a policy folder's
// cases: near enough to the policies to be permitted at times, and to be denied
// for every reason there is.
//
//   Variations variations(cases, schema, policies, seed);
//   Situation situation = variations.Next(variations.NextPopulation(40));
//   Decide(variations.RequestOf(situation), ...
//
// Every Step can be left out on its own; that is how a
// situation is shrunk. Steps are printed as the `change` cell of cases.tsv has
// them, so that what was found can be kept as a case.
#ifndef SEKISHO_TESTS_DIFFERENTIAL_VARIATIONS_H_
#define SEKISHO_TESTS_DIFFERENTIAL_VARIATIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/cases/cases.h"
#include "compiler/cedar/ast.h"
#include "compiler/reference/reference.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "tests/differential/random.h"

namespace sekisho {

struct Step {
  enum class What : uint8_t {
    kPrincipal,
    kAction,
    kResource,
    kContext,          // the attribute `attribute`
    kEntityAttribute,  // that of the entity `uid`
    kEntity,           // deletes `uid`
  };
  What what = What::kPrincipal;
  // The new principal, action or resource; the entity that is edited.
  EntityUid uid;
  std::string attribute;
  // Nothing: the attribute is deleted.
  std::optional<Value> value;

  // `context.location = Location::"home"`
  std::string ToString() const;
};
using Steps = std::vector<Step>;

Request Apply(const Steps& edits, Request request);
EntityMap Apply(const Steps& edits, EntityMap entities);

// A request and the entities it meets.
struct Situation {
  std::string use_case;
  Steps of_population;
  Steps of_request;

  // As a line of cases.tsv: use case and change.
  std::string ToString() const;
};

// The situation without every edit that `fails` does not need.
Situation Shrink(Situation situation,
                 const std::function<bool(const Situation&)>& fails);

class Variations {
 public:
  // All must outlive this object.
  // REQUIRES: all actions of the schema have the same context.
  Variations(const CaseSet& set, const Schema& schema,
             const std::vector<Policy>& policies, uint64_t seed);

  // The population of the cases.
  const EntityMap& population() const { return population_; }

  // Up to `most` edits or cases' changes; what they leave fits the schema.
  Steps NextPopulation(int most);
  // None to four edits of the request of a random use case; often one that an
  // edit of the population is near to.
  Situation Next(const Steps& of_population);

  Request RequestOf(const Situation& situation) const {
    return Apply(situation.of_request, set_.requests.at(situation.use_case));
  }

 private:
  void CollectNear();
  void CollectEntityEdits();
  // What cases and requests say of context attributes, and what they would if
  // they were wrong.
  void CollectSeen();
  void CollectNumbers(const std::vector<Policy>& policies);

  Step NextRequestEdit();
  Step NextContextEdit();
  Steps NextEntityEdits(const EntityMap& entities);
  Value ValueOf(const Type& type);
  Value ElementsOf(const Type& type, const Value& old, const Value& other);
  EntityUid UidOf(const std::string& type);
  EntityUid PartyOf(bool principal);

  const CaseSet& set_;
  const Schema& schema_;
  Random random_;

  EntityMap population_;
  std::map<std::string, std::vector<EntityUid>> uids_;  // by type
  std::vector<EntityUid> all_uids_;
  std::vector<std::string> use_cases_;
  // By an entity that their requests name, themselves or through it.
  std::map<EntityUid, std::vector<std::string>> use_cases_near_;
  std::vector<EntityUid> actions_;
  // What each case changes.
  std::vector<Steps> case_edits_;
  // By context attribute.
  std::map<std::string, std::vector<Value>> seen_;
  std::vector<std::string> context_attributes_;
  Steps odd_;
  std::vector<int64_t> numbers_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_DIFFERENTIAL_VARIATIONS_H_
