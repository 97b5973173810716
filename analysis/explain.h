// Why a request is decided as it is, and what would help.
//
//   ASSIGN_OR_RETURN(Explanation explanation,
//                    Explain(*artifact, request, entities));
//   std::cout << InWords(explanation, Language::kEnglish);
//
// Slower than a decision by orders of magnitude, and bounded: the clauses of
// every permit that fits the types are evaluated once, and for the nearest
// ones and the forbids in the way at most kMaxTrials changes are tried. Tests:
// tests/explain.
#ifndef SEKISHO_ANALYSIS_EXPLAIN_H_
#define SEKISHO_ANALYSIS_EXPLAIN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/explanation.h"
#include "engine/graph/artifact.h"
#include "engine/model/entity.h"
#include "engine/model/link.h"
#include "engine/model/request.h"

namespace sekisho {

// Changes that one explanation tries; after these it offers no more.
inline constexpr size_t kMaxTrials = 500;

struct ExplainOptions {
  // What the enforcement point can fulfil; nothing if it does not say. See
  // engine/decide/oblige.h.
  std::optional<std::vector<std::string>> supported_obligations;
  // Links made at run time, or null.
  const LinkSet* links = nullptr;
  // How many permits that came near to report.
  size_t max_nearest = 5;
  // How many policies that decided, or forbids in the way, to report.
  size_t max_determining = 20;
};

// The decision is the one that Evaluate and Oblige make of the same.
// `evidence`, unless null, is what was read of `entities`, for the log: as much
// as would make the decision and the explanation again.
// InvalidArgument, naming the first wrong field as `field: message`, if the
// request does not fit the schema; what `entities` returned if it failed;
// FailedPrecondition or DataLoss if the artifact has no explanations or damaged
// ones.
//
// `entities` must show one revision throughout. It may return NotFound for an
// entity of which it does not know whether there is one: what rests on that is
// kEntityUnknown, unless the decision itself does.
absl::StatusOr<Explanation> Explain(const Artifact& artifact,
                                    const Request& request,
                                    EntityReader& entities,
                                    const ExplainOptions& options = {},
                                    Evidence* evidence = nullptr);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_EXPLAIN_H_
