// What comes with a decision besides permit or deny.
#ifndef SEKISHO_ENGINE_MODEL_OBLIGATION_H_
#define SEKISHO_ENGINE_MODEL_OBLIGATION_H_

#include <string>

#include "engine/model/value.h"

namespace sekisho {

// An obligation, which the enforcement point fulfils or else denies, or a piece
// of advice, which it may leave alone.
struct Obligation {
  std::string name;
  Value parameters = Value::Record({});

  bool operator==(const Obligation&) const = default;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_OBLIGATION_H_
