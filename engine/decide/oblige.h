// What comes with a decision: the obligations and the advice of the policies
// that determine it.
//
// Thread-safe: a pure function.
#ifndef SEKISHO_ENGINE_DECIDE_OBLIGE_H_
#define SEKISHO_ENGINE_DECIDE_OBLIGE_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/eval/decision.h"
#include "engine/graph/artifact.h"
#include "engine/model/obligation.h"
#include "engine/model/request.h"

namespace sekisho {

struct Obliged {
  // Each once, in the order of the policies, then as each names them.
  std::vector<Obligation> obligations;
  std::vector<Obligation> advice;
  // The names of those obligations that cannot be fulfilled, of a permit that
  // is none for it.
  std::vector<std::string> unsupported;
};

// Returns what `decision`, which the artifact's policies made on `request`,
// comes with. A permit with an obligation that is not among `supported`, where
// the enforcement point says what it supports, becomes a denial for
// kObligationUnsupported, with the permits it would have had as determining
// policies. So does one with an obligation or advice whose parameter has no
// value, which does not happen if the policies were validated.
Obliged Oblige(const Artifact& artifact, const Request& request,
               const std::optional<std::vector<std::string>>& supported,
               Decision* decision);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_DECIDE_OBLIGE_H_
