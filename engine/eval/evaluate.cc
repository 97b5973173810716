// A decision: the walk reports policies, and the rule of combination decides.
#include "engine/eval/evaluate.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/base/status_macros.h"
#include "engine/eval/machine.h"
#include "engine/eval/walk.h"

namespace sekisho {
namespace {

// Ascending, each once.
void Normalize(PolicyIndexes* policies) {
  // As they mostly are.
  if (std::adjacent_find(policies->begin(), policies->end(),
                         std::greater_equal<>()) == policies->end()) {
    return;
  }
  std::sort(policies->begin(), policies->end());
  policies->erase(std::unique(policies->begin(), policies->end()),
                  policies->end());
}

// The decision with the links that fit in the place of the templates reported.
// With `all`, names the run-time links of the others too.
Decision CombineLinks(const DecisionGraph& graph, Machine& machine,
                      const Reports& reports, bool all) {
  std::vector<DecidedLink> links;
  auto add_links = [&](uint32_t index) {
    for (const LinkPtr& link : machine.Matches(index)) {
      if (link->policy != kNoPolicy) continue;
      links.push_back({link, graph.templates[index].policy});
    }
  };
  if (all) {
    for (uint32_t i = 0; i < graph.templates.size(); ++i) add_links(i);
  } else {
    for (const auto* policies : {&reports.satisfied, &reports.failed}) {
      for (PolicyIndex policy : *policies) {
        if (auto index = graph.TemplateOf(policy)) add_links(*index);
      }
    }
  }
  auto by_id = [](const DecidedLink& a, const DecidedLink& b) {
    return a.link->id < b.link->id;
  };
  std::sort(links.begin(), links.end(), by_id);
  links.erase(std::unique(links.begin(), links.end()), links.end());
  std::vector<bool> is_forbid = graph.is_forbid;
  for (const DecidedLink& link : links) {
    is_forbid.push_back(graph.is_forbid[link.template_policy]);
  }

  auto expand = [&](absl::Span<const PolicyIndex> policies) {
    PolicyIndexes expanded;
    for (PolicyIndex policy : policies) {
      const std::optional<uint32_t> index = graph.TemplateOf(policy);
      if (!index.has_value()) {
        expanded.push_back(policy);
        continue;
      }
      for (const LinkPtr& link : machine.Matches(*index)) {
        const auto place = std::lower_bound(links.begin(), links.end(),
                                            DecidedLink{link, policy}, by_id);
        expanded.push_back(
            link->policy != kNoPolicy
                ? link->policy
                : static_cast<PolicyIndex>(graph.is_forbid.size() +
                                           (place - links.begin())));
      }
    }
    return expanded;
  };
  Decision decision =
      Combine(is_forbid, graph.fail_closed, expand(reports.satisfied),
              expand(reports.failed));
  decision.links = std::move(links);
  return decision;
}

}  // namespace

Decision Combine(const std::vector<bool>& is_forbid, bool fail_closed,
                 absl::Span<const PolicyIndex> satisfied,
                 absl::Span<const PolicyIndex> failed) {
  // Those that are forbids, or those that are not: ascending, each once.
  const auto select = [&](absl::Span<const PolicyIndex> policies, bool forbid) {
    PolicyIndexes selected;
    for (PolicyIndex policy : policies) {
      if (is_forbid[policy] == forbid) selected.push_back(policy);
    }
    Normalize(&selected);
    return selected;
  };
  Decision decision;
  decision.errors.assign(failed.begin(), failed.end());
  Normalize(&decision.errors);
  decision.determining = select(satisfied, /*forbid=*/true);
  if (!decision.determining.empty()) {
    decision.cause = Cause::kForbidden;
    return decision;
  }
  if (fail_closed) {
    decision.undecided_forbids = select(failed, /*forbid=*/true);
    if (!decision.undecided_forbids.empty()) {
      decision.cause = Cause::kForbidUndecided;
      return decision;
    }
  }
  decision.determining = select(satisfied, /*forbid=*/false);
  if (!decision.determining.empty()) decision.cause = Cause::kPermitted;
  return decision;
}

absl::StatusOr<Decision> Evaluate(const DecisionGraph& graph,
                                  const Request& request,
                                  EntityReader& entities, Evidence* evidence,
                                  const LinkSet* links) {
  const Environment* environment =
      graph.Find(request.action, request.principal.type, request.resource.type);
  if (environment == nullptr) {
    return Combine(graph.is_forbid, graph.fail_closed, {}, {});
  }
  Reports reports;
  Machine machine(graph, request, entities, links, environment);
  // First, so that entities are on their way while other tests are made.
  if (evidence != nullptr) RETURN_IF_ERROR(machine.FetchSlice(*environment));
  RETURN_IF_ERROR(Walk(graph, environment->root, &machine, &reports));
  Decision decision;
  if (graph.templates.empty()) {
    decision = Combine(graph.is_forbid, graph.fail_closed, reports.satisfied,
                       reports.failed);
  } else {
    decision =
        CombineLinks(graph, machine, reports, /*all=*/evidence != nullptr);
    RETURN_IF_ERROR(machine.status());
  }
  if (evidence != nullptr) *evidence = machine.TakeEvidence();
  return decision;
}

}  // namespace sekisho
