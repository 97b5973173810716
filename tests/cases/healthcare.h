// The healthcare policies with their cases, as all tests of this folder use
// them.
#ifndef SEKISHO_TESTS_CASES_HEALTHCARE_H_
#define SEKISHO_TESTS_CASES_HEALTHCARE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/cases/cases.h"
#include "compiler/cases/compiled_cases.h"
#include "engine/eval/decision.h"
#include "engine/model/entity.h"

namespace sekisho {

// Compiled once; ends the test program if they have errors.
const CompiledCases& Healthcare();

// The population with the case's changes.
std::vector<Entity> EntitiesOf(const CaseSet& set, const Case& c);

// How a failure names the case: its label and where it stands.
std::string Describe(const Case& c);

// The ids of policies, from their indices.
std::vector<std::string> PolicyIds(const PolicyIndexes& policies);

// Whether an error's message is about `field` or a part of it.
bool NamesField(absl::string_view message, absl::string_view field);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_CASES_HEALTHCARE_H_
