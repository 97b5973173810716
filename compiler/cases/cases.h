// The cases that a policy folder ships with: requests and what the decision on
// each must be.
//
//   SourceSet sources;
//   ASSIGN_OR_RETURN(CaseFiles files, AddCaseFiles("policies/x", &sources));
//   Diagnostics diagnostics(&sources);
//   CaseSet cases = ReadCases(sources, files, {ids, columns, &schema},
//                             &diagnostics);
//   for (const Case& c : cases.cases) Decide(c.request) ...
//
// cases.tsv says, for each case, what differs from the request of its use case
// and from the population that all share; policies/healthcare/README.md has
// the grammar. Here the differences are carried out: a Case has its request as
// it is sent, and the entities to put and to delete before.
#ifndef SEKISHO_COMPILER_CASES_CASES_H_
#define SEKISHO_COMPILER_CASES_CASES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

enum class Expectation : uint8_t {
  kPermit,
  kDeny,
  // No decision: the request is refused.
  kInvalid,
};

// "permit", "deny", "invalid".
absl::string_view ExpectationName(Expectation expectation);

struct Case {
  std::string use_case;
  std::string name;
  // A near miss: the column whose condition alone fails. Empty otherwise.
  std::string column;
  // As written.
  std::string change;
  Expectation expect = Expectation::kDeny;
  // The policies that determine the decision, in their order.
  std::vector<std::string> by;
  // kInvalid: the field that the error names, or one that contains it.
  std::string field;
  std::string note;

  Request request;
  // Against the population, by uid; no entity is in both.
  std::vector<Entity> put;
  std::vector<EntityUid> deleted;

  // The line in cases.tsv.
  Span span;

  bool is_near_miss() const { return !column.empty(); }
  bool changes_entities() const { return !put.empty() || !deleted.empty(); }
  // `①-1 near miss (role)`
  std::string Label() const;
};

struct CaseSet {
  std::vector<Entity> population;
  // By use case.
  absl::btree_map<std::string, Request> requests;
  std::vector<Case> cases;
};

struct CaseFiles {
  SourceId cases = kNoSource;     // cases.tsv
  SourceId requests = kNoSource;  // requests.json
  SourceId entities = kNoSource;  // entities.json
};

// What cases speak of.
struct CaseWords {
  // Ids of all policies, by PolicyIndex.
  std::vector<std::string> policies;
  // Keys of the matrix columns that become conditions.
  std::vector<std::string> columns;
  // Must outlive the call.
  const Schema* schema = nullptr;
};

// Adds the three files of `path`/cases to `sources`.
absl::StatusOr<CaseFiles> AddCaseFiles(const std::string& path,
                                       SourceSet* sources);

// Errors, all in one go: JSON that cannot be read, entities that do not fit the
// schema (changed ones too), a use case without policy or request, an unknown
// column or expectation, a policy that does not exist or stands out of order,
// a change that cannot be parsed, whose path leads nowhere, or that changes
// nothing, the same case twice. What has errors is left out.
CaseSet ReadCases(const SourceSet& sources, const CaseFiles& files,
                  const CaseWords& words, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CASES_CASES_H_
