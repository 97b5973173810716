// The question put to the decision point.
#ifndef SEKISHO_ENGINE_MODEL_REQUEST_H_
#define SEKISHO_ENGINE_MODEL_REQUEST_H_

#include "engine/model/value.h"

namespace sekisho {

struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Value context = Value::Record({});
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_REQUEST_H_
