// The walk: report what the nodes from the root say, then combine.
#include "engine/eval/evaluate.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/eval/machine.h"

namespace sekisho {
namespace {

// The policies that a walk has reported.
struct Reports {
  absl::InlinedVector<PolicyIndex, 16> satisfied;
  absl::InlinedVector<PolicyIndex, 16> failed;
};

// Ascending, each once.
void Normalize(PolicyIndexes* policies) {
  if (policies->size() < 2) return;
  std::sort(policies->begin(), policies->end());
  policies->erase(std::unique(policies->begin(), policies->end()),
                  policies->end());
}

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

absl::Status CannotEvaluate(const Test& test) {
  return absl::DataLossError(absl::StrCat(
      "an entity does not fit the schema: cannot evaluate `", test.text, "`"));
}

// Takes from `left` what is in none of one of the sets; false if nothing is
// left.
bool Intersect(absl::Span<const uint32_t* const> sets,
               absl::Span<uint32_t> left) {
  // So much at a time that what is ruled out early is not looked at again.
  constexpr size_t kBlock = 16;
  bool any = false;
  for (size_t begin = 0; begin < left.size(); begin += kBlock) {
    const size_t end = std::min(begin + kBlock, left.size());
    uint32_t in_block = 0;
    for (const uint32_t* set : sets) {
      in_block = 0;
      for (size_t i = begin; i < end; ++i) in_block |= left[i] &= set[i];
      if (in_block == 0) break;
    }
    any |= in_block != 0;
  }
  return any;
}

// Reports the policies of the table at `node` that its tests leave.
absl::Status LookUp(const DecisionGraph& graph, const uint32_t* node,
                    Machine& machine, Reports& reports) {
  // So many sets are on their way from memory at once.
  constexpr uint32_t kAtOnce = 16;
  const uint32_t policies = NodeCountOf(node[0]);
  const uint32_t words = SetWords(policies);
  const uint32_t tests = node[2];
  const uint32_t* const heads = node + 3;
  const uint32_t* firsts = heads + 2 * size_t{tests};
  size_t all_runs = 0;
  for (uint32_t i = 0; i < tests; ++i) all_runs += heads[2 * i + 1];
  const uint32_t* const names = firsts + all_runs;
  const uint32_t* sets = names + policies;
  absl::InlinedVector<uint32_t, 128> left(words, ~uint32_t{0});
  if (policies % 32 != 0) left.back() = ~(~uint32_t{0} << (policies % 32));
  absl::InlinedVector<const uint32_t*, kAtOnce> chosen;
  for (uint32_t i = 0; i < tests; ++i) {
    const TestIndex test = heads[2 * i];
    const Outcome outcome = machine.Ask(test);
    RETURN_IF_ERROR(machine.status());
    if (outcome == kErrorOutcome) return CannotEvaluate(graph.tests[test]);
    const uint32_t runs = heads[2 * i + 1];
    const auto run = std::upper_bound(firsts, firsts + runs, outcome) - firsts;
    chosen.push_back(sets + static_cast<size_t>(run - 1) * words);
    __builtin_prefetch(chosen.back());
    firsts += runs;
    sets += size_t{runs} * words;
    if (chosen.size() < kAtOnce && i + 1 < tests) continue;
    if (!Intersect(chosen, absl::MakeSpan(left))) return absl::OkStatus();
    chosen.clear();
  }
  for (uint32_t i = 0; i < words; ++i) {
    for (uint32_t bits = left[i]; bits != 0; bits &= bits - 1) {
      reports.satisfied.push_back(
          names[32 * i + static_cast<uint32_t>(__builtin_ctz(bits))]);
    }
  }
  return absl::OkStatus();
}

absl::Status Walk(const DecisionGraph& graph, NodeRef root, Machine& machine,
                  Reports& reports) {
  absl::InlinedVector<NodeRef, 32> open = {root};
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
          if (at == kNoNode) return CannotEvaluate(graph.tests[node[1]]);
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
        case NodeKind::kTable:
          RETURN_IF_ERROR(LookUp(graph, node, machine, reports));
          at = kNoNode;
          break;
      }
    }
  }
  return absl::OkStatus();
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
  RETURN_IF_ERROR(Walk(graph, environment->root, machine, reports));
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
