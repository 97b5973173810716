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
// A table says, for each case, what differs from a request that it names and
// from the population that all share; docs/cases.md has the grammar. Here the
// differences are carried out: a Case has its request as it is sent, and the
// entities to put and to delete before.
#ifndef SEKISHO_COMPILER_CASES_CASES_H_
#define SEKISHO_COMPILER_CASES_CASES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "compiler/source/diagnostic.h"
#include "compiler/source/source.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {

enum class Expectation : uint8_t {
  kPermit,
  kDeny,
  // No decision: the request is refused.
  kInvalid,
};

// "permit", "deny", "invalid".
absl::string_view ExpectationName(Expectation expectation);

// Of an obligation or of advice.
struct ExpectedObligation {
  std::string name;
  // Nothing: whatever it is.
  std::optional<Value> parameters;
};

struct Case {
  // Of what stands in requests.json; empty: the change says all of it.
  std::string request_name;
  std::string name;
  // A near miss: the column whose condition alone fails, of the policy that is
  // called as the request. Empty otherwise.
  std::string column;
  // As written, and where.
  std::string change;
  Span change_span;
  Expectation expect = Expectation::kDeny;
  // The policies that determine the decision, in their order.
  std::vector<std::string> by;
  // kInvalid: the field that the error names, or one that contains it.
  std::string field;
  // All obligations and then all advice, and the policies that fail. Nothing:
  // the case says nothing of them.
  std::optional<std::vector<ExpectedObligation>> obliges;
  std::optional<std::vector<std::string>> errors;
  std::string note;

  Request request;
  // Against the population, by uid; no entity is in both.
  std::vector<Entity> put;
  std::vector<EntityUid> deleted;

  // The line in its table.
  Span span;

  bool is_near_miss() const { return !column.empty(); }
  bool changes_entities() const { return !put.empty() || !deleted.empty(); }
  // `①-1 near miss (role)`
  std::string Label() const;
};

struct CaseSet {
  std::vector<Entity> population;
  // By name.
  absl::btree_map<std::string, Request> requests;
  // In the order of the tables' names.
  std::vector<Case> cases;
};

struct CaseFiles {
  // The tables, *.tsv, by name.
  std::vector<SourceId> tables;
  // kNoSource: there is none.
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

// Adds the files of `path`/cases to `sources`. NotFound if there is no table.
absl::StatusOr<CaseFiles> AddCaseFiles(const std::string& path,
                                       SourceSet* sources);

// Errors, all in one go: JSON that cannot be read, entities that do not fit the
// schema (changed ones too), a request that does not exist or is not whole, an
// unknown column or expectation, a policy that does not exist or stands out of
// order, a change that cannot be parsed, whose path leads nowhere, or that
// changes nothing, the same case twice. What has errors is left out.
CaseSet ReadCases(const SourceSet& sources, const CaseFiles& files,
                  const CaseWords& words, Diagnostics* diagnostics);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CASES_CASES_H_
