// Requests and entities against the schema. What passes here cannot make a
// strictly validated policy fail for its types.
#ifndef SEKISHO_ENGINE_MODEL_VALIDATE_H_
#define SEKISHO_ENGINE_MODEL_VALIDATE_H_

#include <string>
#include <vector>

#include "engine/model/entity.h"
#include "engine/model/request.h"
#include "engine/model/schema.h"

namespace sekisho {

// One thing wrong, at the field that is wrong: `context.location`,
// `principal`, `attributes.roles[2]`, `parents`.
struct FieldError {
  std::string field;
  std::string message;

  bool operator==(const FieldError&) const = default;
};

// Empty if the request fits: its action is declared and applies to the types
// of its principal and resource, enumerated entities are among their ids, and
// the context has the declared attributes, all required ones, and no others.
std::vector<FieldError> ValidateRequest(const Schema& schema,
                                        const Request& request);

// Empty if the entity fits its type: attributes, tags, parents, enumerated
// ids. Enumerated entities and actions are not stored and do not fit.
std::vector<FieldError> ValidateEntity(const Schema& schema,
                                       const Entity& entity);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_VALIDATE_H_
