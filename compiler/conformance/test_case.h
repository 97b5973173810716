// One test of the public Cedar conformance format.
//
// A test is a JSON object:
//
//   {"policies": "x.cedar", "schema": "x.cedarschema",
//    "entities": "x.entities.json", "shouldValidate": true,
//    "requests": [{"principal": {"type": .., "id": ..}, "action": {..},
//                  "resource": {..}, "context": {..}, "validateRequest": true,
//                  "decision": "allow", "reason": ["policy0"], "errors": []}]}
//
// with the three files named by their paths in the set. Policies are named
// `policyN` by their position in the file.
#ifndef SEKISHO_COMPILER_CONFORMANCE_TEST_CASE_H_
#define SEKISHO_COMPILER_CONFORMANCE_TEST_CASE_H_

#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "compiler/conformance/test_files.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

struct ExpectedDecision {
  bool allow = false;
  absl::btree_set<std::string> reason;
  absl::btree_set<std::string> errors;
};

struct ConformanceRequest {
  // What RequestFromJson reads; a party that the test leaves out is missing or
  // null.
  std::string json;
  // The request fits the schema; false if that is not said.
  bool valid = true;
  ExpectedDecision expected;
};

struct ConformanceTest {
  // The path of its JSON file.
  std::string name;
  std::string policies;
  std::string schema;
  std::string entities;
  bool should_validate = true;
  std::vector<ConformanceRequest> requests;
  // Why the test cannot be read, or empty. The other members are then
  // incomplete.
  std::string defect;
};

// The tests among the files: the JSON objects that have a member `requests`,
// and whatever begins like an object and cannot be read. By name.
std::vector<ConformanceTest> ReadTests(const TestFiles& files);

// A party that the request leaves out is the entity with neither type nor id,
// which no policy and no schema can name.
absl::StatusOr<Request> ReadRequest(const ConformanceRequest& request,
                                    const Schema* schema);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_CONFORMANCE_TEST_CASE_H_
