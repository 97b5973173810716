// The walk through a decision graph: what the nodes from a root report for the
// outcomes of their tests.
//
//   Reports reports;
//   RETURN_IF_ERROR(Walk(graph, environment.root, &machine, &reports));
//
// Outcomes answers what the walk asks: a Machine, or outcomes that are known.
//   Outcome Ask(TestIndex);        each test is asked at most once
//   const absl::Status& status();  not ok once an answer could not be had
#ifndef SEKISHO_ENGINE_EVAL_WALK_H_
#define SEKISHO_ENGINE_EVAL_WALK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/graph/graph.h"

namespace sekisho {

// The policies that a walk has reported.
struct Reports {
  absl::InlinedVector<PolicyIndex, 16> satisfied;
  absl::InlinedVector<PolicyIndex, 16> failed;
};

// The last of `runs` runs that begins at or before the outcome. Their first
// outcomes are `stride` words apart. There is one at least, and the first one's
// is 0.
inline uint32_t RunOf(const uint32_t* firsts, size_t stride, uint32_t runs,
                      Outcome outcome) {
  // Often each outcome has a run of its own.
  if (firsts[stride * (runs - 1)] == runs - 1) {
    return std::min(outcome, runs - 1);
  }
  // Without branches, which no processor could predict.
  uint32_t run = 0;
  while (runs > 1) {
    const uint32_t half = runs / 2;
    run += firsts[stride * (run + half)] <= outcome ? half : 0;
    runs -= half;
  }
  return run;
}

// The node that a branch continues at.
inline NodeRef NextNode(const uint32_t* branch, Outcome outcome) {
  if (outcome == kErrorOutcome) return branch[2];
  const uint32_t* const runs = branch + 3;
  return runs[2 * RunOf(runs, 2, NodeCountOf(branch[0]), outcome) + 1];
}

// Takes from `left` what is in none of one of the sets; false if nothing is
// left.
bool Intersect(absl::Span<const uint32_t* const> sets,
               absl::Span<uint32_t> left);

// What is to be said where a total test fails.
absl::Status CannotEvaluate(const Test& test);

// Reports the policies of the table at `node` that its tests leave.
template <typename Outcomes>
absl::Status LookUp(const DecisionGraph& graph, const uint32_t* node,
                    Outcomes* outcomes, Reports* reports) {
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
    const Outcome outcome = outcomes->Ask(test);
    if (!outcomes->status().ok()) return outcomes->status();
    if (outcome == kErrorOutcome) return CannotEvaluate(graph.tests[test]);
    const uint32_t runs = heads[2 * i + 1];
    const uint32_t run = RunOf(firsts, 1, runs, outcome);
    chosen.push_back(sets + size_t{run} * words);
    __builtin_prefetch(chosen.back());
    firsts += runs;
    sets += size_t{runs} * words;
    if (chosen.size() < kAtOnce && i + 1 < tests) continue;
    if (!Intersect(chosen, absl::MakeSpan(left))) return absl::OkStatus();
    chosen.clear();
  }
  for (uint32_t i = 0; i < words; ++i) {
    for (uint32_t bits = left[i]; bits != 0; bits &= bits - 1) {
      reports->satisfied.push_back(
          names[32 * i + static_cast<uint32_t>(__builtin_ctz(bits))]);
    }
  }
  return absl::OkStatus();
}

// Adds to `*reports`. DataLoss if a test fails that cannot on valid entities.
template <typename Outcomes>
absl::Status Walk(const DecisionGraph& graph, NodeRef root, Outcomes* outcomes,
                  Reports* reports) {
  absl::InlinedVector<NodeRef, 32> open = {root};
  while (!open.empty()) {
    NodeRef at = open.back();
    open.pop_back();
    while (at != kNoNode) {
      const uint32_t* node = &graph.nodes[at];
      const uint32_t count = NodeCountOf(node[0]);
      switch (NodeKindOf(node[0])) {
        case NodeKind::kBranch:
          at = NextNode(node, outcomes->Ask(node[1]));
          if (!outcomes->status().ok()) return outcomes->status();
          if (at == kNoNode) return CannotEvaluate(graph.tests[node[1]]);
          break;
        case NodeKind::kEmit: {
          const uint32_t* const satisfied = node + 3;
          const uint32_t* const failed = satisfied + count;
          reports->satisfied.insert(reports->satisfied.end(), satisfied,
                                    failed);
          reports->failed.insert(reports->failed.end(), failed,
                                 failed + node[1]);
          at = node[2];
          break;
        }
        case NodeKind::kSplit:
          open.insert(open.end(), node + 1, node + 1 + count);
          at = kNoNode;
          break;
        case NodeKind::kEnd:
          at = kNoNode;
          break;
        case NodeKind::kTable: {
          const absl::Status status = LookUp(graph, node, outcomes, reports);
          if (!status.ok()) return status;
          at = kNoNode;
          break;
        }
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_EVAL_WALK_H_
