// What an explanation suggests, carried out: not by the code that made the
// suggestion but by that which carries out the changes of cases.
#ifndef SEKISHO_TESTS_EXPLAIN_EDITED_CASE_H_
#define SEKISHO_TESTS_EXPLAIN_EDITED_CASE_H_

#include <string>
#include <vector>

#include "analysis/explanation.h"
#include "compiler/cases/cases.h"
#include "engine/model/entity.h"
#include "engine/model/request.h"

namespace sekisho {

struct EditedCase {
  Request request;
  std::vector<Entity> entities;
  // What could not be carried out; empty if all was.
  std::string errors;
};

// The case's request and entities after the edits.
EditedCase ApplyEdits(const CaseSet& set, const Case& c, const EditSet& edits);

}  // namespace sekisho

#endif  // SEKISHO_TESTS_EXPLAIN_EDITED_CASE_H_
