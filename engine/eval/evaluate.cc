// The walk: report what the nodes from the root say, then combine.
#include "engine/eval/evaluate.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/eval/machine.h"

namespace sekisho {
namespace {

// The policies that a walk has reported.
struct Reports {
  std::vector<PolicyIndex> satisfied;
  std::vector<PolicyIndex> failed;
};

// The node that a branch continues at.
NodeRef Take(const uint32_t* node, Outcome outcome) {
  if (outcome == kErrorOutcome) return node[2];
  const uint32_t runs = NodeCountOf(node[0]);
  // The last run that begins at or before the outcome.
  uint32_t low = 0;
  uint32_t high = runs;
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    if (node[3 + 2 * middle] <= outcome) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return node[3 + 2 * low + 1];
}

absl::Status Walk(const DecisionGraph& graph, NodeRef root, Machine& machine,
                  Reports& reports) {
  std::vector<NodeRef> open = {root};
  while (!open.empty()) {
    NodeRef at = open.back();
    open.pop_back();
    while (at != kNoNode) {
      const uint32_t* node = &graph.nodes[at];
      const uint32_t count = NodeCountOf(node[0]);
      switch (NodeKindOf(node[0])) {
        case NodeKind::kBranch:
          at = Take(node, machine.Ask(node[1]));
          if (!machine.status().ok()) return machine.status();
          if (at == kNoNode) {
            return absl::DataLossError(absl::StrCat(
                "an entity does not fit the schema: cannot evaluate `",
                graph.tests[node[1]].text, "`"));
          }
          break;
        case NodeKind::kEmit:
          reports.satisfied.insert(reports.satisfied.end(), node + 3,
                                   node + 3 + count);
          reports.failed.insert(reports.failed.end(), node + 3 + count,
                                node + 3 + count + node[1]);
          at = node[2];
          break;
        case NodeKind::kSplit:
          open.insert(open.end(), node + 1, node + 1 + count);
          at = kNoNode;
          break;
        case NodeKind::kEnd:
          at = kNoNode;
          break;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

Decision Combine(const std::vector<bool>& is_forbid, bool fail_closed,
                 const std::vector<PolicyIndex>& satisfied,
                 const std::vector<PolicyIndex>& failed) {
  Decision decision;
  std::vector<PolicyIndex> permits;
  std::vector<PolicyIndex> forbids;
  for (PolicyIndex policy : satisfied) {
    (is_forbid[policy] ? forbids : permits).push_back(policy);
  }
  decision.errors = failed;
  std::vector<PolicyIndex> undecided;
  for (PolicyIndex policy : failed) {
    if (is_forbid[policy]) undecided.push_back(policy);
  }
  if (!forbids.empty()) {
    decision.cause = Cause::kForbidden;
    decision.determining = std::move(forbids);
  } else if (fail_closed && !undecided.empty()) {
    decision.cause = Cause::kForbidUndecided;
    decision.undecided_forbids = std::move(undecided);
  } else if (!permits.empty()) {
    decision.cause = Cause::kPermitted;
    decision.determining = std::move(permits);
  }
  for (auto* policies :
       {&decision.determining, &decision.errors, &decision.undecided_forbids}) {
    std::sort(policies->begin(), policies->end());
    policies->erase(std::unique(policies->begin(), policies->end()),
                    policies->end());
  }
  return decision;
}

absl::StatusOr<Decision> Evaluate(const DecisionGraph& graph,
                                  const Request& request,
                                  EntityReader& entities, Evidence* evidence) {
  Reports reports;
  const Environment* environment =
      graph.Find(request.action, request.principal.type, request.resource.type);
  if (environment != nullptr) {
    Machine machine(graph, request, entities);
    RETURN_IF_ERROR(Walk(graph, environment->root, machine, reports));
    if (evidence != nullptr) {
      RETURN_IF_ERROR(machine.FetchSlice(*environment));
      *evidence = machine.TakeEvidence();
    }
  }
  return Combine(graph.is_forbid, graph.fail_closed, reports.satisfied,
                 reports.failed);
}

}  // namespace sekisho
