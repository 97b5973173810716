// Why a decision is what it is.
#ifndef SEKISHO_ENGINE_MODEL_CAUSE_H_
#define SEKISHO_ENGINE_MODEL_CAUSE_H_

#include <cstdint>

namespace sekisho {

// A permit has the first, a denial one of the others. Frozen: these numbers are
// written into decision logs.
enum class Cause : uint8_t {
  kPermitted = 0,
  // A forbid is satisfied.
  kForbidden = 1,
  // A forbid could not be evaluated, and none is satisfied: fail closed.
  kForbidUndecided = 2,
  // No permit is satisfied.
  kNotCovered = 3,
  // A permit is satisfied that comes with an obligation which the enforcement
  // point cannot fulfil. Never from the policies alone: see
  // engine/decide/oblige.h.
  kObligationUnsupported = 4,
};

// "permitted", "not covered", ...
const char* CauseName(Cause cause);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_MODEL_CAUSE_H_
