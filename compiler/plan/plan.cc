// A state is the set of policies that are still undecided, each with what is
// left of its formula. The node for a state branches on one test and leads to
// the states that its outcomes leave; policies that an outcome decides are
// reported on the way and leave the state, so states are shared whatever was
// decided before. Equal states are one node.
//
// Which test comes next is a choice of cost alone, as a formula may be
// evaluated in any order. Presence tests that decide first in most policies
// come first; otherwise the test that is expected to rule out most policies,
// preferring those that read nothing but the request. Policies that share no
// test are walked apart (a split), because combining them would multiply
// states.
//
// Policies that are conjunctions can also stand in a table, which takes the
// place of their diagram where an environment has many policies and few of them
// are left: its size is that of the policies, the diagram's that of their
// combinations.
//
// Where the budget of nodes is spent, or the recursion grows too deep, what can
// stand in a table does, and each of the other policies is walked on its own.
// Tests are asked once a walk whichever way. A
// single policy may still take exponentially many nodes, so these are counted
// too; what is over its budget becomes one test with a program.
#include "compiler/plan/plan.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "compiler/plan/table.h"
#include "engine/base/interner.h"

namespace sekisho {
namespace {

// A policy that is one test has at most one more for each part of its head.
constexpr uint32_t kMinPolicyBudget = 16;

// Fewer are no gain.
constexpr size_t kMinTablePolicies = 8;

// Single policies have at most 256 tests, which bounds the depth below this.
constexpr int kMaxCombinedDepth = 2000;

using NodeId = uint32_t;

// A node before it has a place is the words that it will be, with the numbers
// of nodes for their places.
using NodeWords = absl::Span<const uint32_t>;

uint32_t Head(NodeKind kind, size_t count) {
  return static_cast<uint32_t>(kind) | static_cast<uint32_t>(count) << 8;
}

// Calls f(i) for each word that is an edge.
template <typename F>
void ForEachEdge(NodeWords node, F f) {
  switch (NodeKindOf(node[0])) {
    case NodeKind::kBranch:
      if (node[2] != kNoNode) f(2);
      for (size_t i = 4; i < node.size(); i += 2) f(i);
      break;
    case NodeKind::kEmit:
      f(2);
      break;
    case NodeKind::kSplit:
      for (size_t i = 1; i < node.size(); ++i) f(i);
      break;
    case NodeKind::kEnd:
    case NodeKind::kTable:
      break;
  }
}

}  // namespace

class Planner::Builder {
 public:
  Builder(const std::vector<Test>& tests, const std::vector<TestTraits>& traits,
          FormulaPool* pool, const PlanOptions& options)
      : tests_(tests), traits_(traits), pool_(*pool), options_(options) {
    end_ = nodes_.Intern({Head(NodeKind::kEnd, 0)});
  }

  NodeId Report(const PolicyFormulas& policies, int depth) {
    PolicyFormulas state;
    std::vector<PolicyIndex> satisfied;
    std::vector<PolicyIndex> failed;
    for (const auto& [policy, formula] : policies) {
      if (formula == kTrueFormula) {
        satisfied.push_back(policy);
      } else if (formula == kErrorFormula) {
        failed.push_back(policy);
      } else if (formula != kFalseFormula) {
        state.emplace_back(policy, formula);
      }
    }
    const NodeId next = Build(std::move(state), depth);
    if (satisfied.empty() && failed.empty()) return next;
    std::vector<uint32_t> emit = {Head(NodeKind::kEmit, satisfied.size()),
                                  static_cast<uint32_t>(failed.size()), next};
    emit.insert(emit.end(), satisfied.begin(), satisfied.end());
    emit.insert(emit.end(), failed.begin(), failed.end());
    return nodes_.Intern(emit);
  }

  std::vector<uint32_t> Layout(const std::vector<NodeId>& roots,
                               std::vector<NodeRef>* places) const;

  // As Report, for the policies of one environment.
  NodeId AddRoot(const PolicyFormulas& policies) {
    single_nodes_.clear();
    // What a table leaves out after a few tests is not looked at again, so that
    // large ones are searched nearly as fast as small ones, and those are so
    // many, with the same policies in them again and again, that they fit into
    // no cache.
    table_policies_ = policies.size() > options_.table_threshold
                          ? std::clamp<size_t>(policies.size() / 4, 4096, 32768)
                          : 0;
    return Report(policies, /*depth=*/0);
  }

  uint32_t splits_by_budget() const { return splits_by_budget_; }
  std::vector<PolicyIndex> too_large() const {
    return {too_large_.begin(), too_large_.end()};
  }

 private:
  NodeId Build(PolicyFormulas state, int depth) {
    if (state.empty()) return end_;
    if (const auto known = states_.Find(state)) return built_[*known];
    NodeId node;
    const bool spent =
        nodes_.size() >= options_.node_budget || depth >= kMaxCombinedDepth;
    if (state.size() > 1 && spent) {
      node = Cut(state, depth);
    } else if (state.size() >= kMinTablePolicies &&
               state.size() <= table_policies_ &&
               PartForTable(state, pool_).others.empty()) {
      node = Table(state);
    } else if (state.size() == 1 && IsTooLarge(state[0].first)) {
      node = end_;
    } else if (std::vector<PolicyFormulas> parts = Independent(state);
               parts.size() > 1) {
      node = Split(parts, depth);
    } else {
      node = Branch(state, depth);
    }
    states_.Intern(state);
    built_.push_back(node);
    return node;
  }

  // Without combining any more.
  NodeId Cut(const PolicyFormulas& state, int depth) {
    TableParts parts = PartForTable(state, pool_);
    if (parts.others.empty()) return Table(state);
    if (parts.tabular.size() < 2) parts = {{}, state};
    if (parts.others.size() > 1) ++splits_by_budget_;
    std::vector<NodeId> children;
    if (!parts.tabular.empty()) children.push_back(Table(parts.tabular));
    for (const auto& entry : parts.others) {
      children.push_back(Build({entry}, depth + 1));
    }
    return AddSplit(children);
  }

  // REQUIRES: all of it can stand in a table.
  NodeId Table(const PolicyFormulas& state) {
    const std::vector<uint32_t> table = TableWords(state, tests_, pool_);
    std::vector<uint32_t> words = {Head(NodeKind::kTable, state.size()),
                                   2 + static_cast<uint32_t>(table.size())};
    words.insert(words.end(), table.begin(), table.end());
    return nodes_.Intern(words);
  }

  // Counts a node for a policy alone.
  bool IsTooLarge(PolicyIndex policy) {
    if (++single_nodes_[policy] <=
        std::max(kMinPolicyBudget, options_.policy_budget)) {
      return false;
    }
    too_large_.insert(policy);
    return true;
  }

  NodeId Split(const std::vector<PolicyFormulas>& parts, int depth) {
    std::vector<NodeId> children;
    for (const PolicyFormulas& part : parts) {
      children.push_back(Build(part, depth + 1));
    }
    return AddSplit(children);
  }

  NodeId AddSplit(const std::vector<NodeId>& children) {
    std::vector<uint32_t> split = {Head(NodeKind::kSplit, children.size())};
    split.insert(split.end(), children.begin(), children.end());
    return nodes_.Intern(split);
  }

  // What is left of the policies of a state, by policy, without those that are
  // false.
  using Rest = absl::btree_map<PolicyIndex, FormulaId>;

  NodeId Branch(const PolicyFormulas& state, int depth) {
    const TestIndex test = Choose(state);
    // Which formulas of the state change at which outcome. The others go on
    // from the outcome before: of many policies for one value each, all but
    // one are false.
    std::vector<std::pair<Outcome, uint32_t>> changes;
    std::vector<Outcome> starts;
    for (uint32_t i = 0; i < state.size(); ++i) {
      starts = {0};
      pool_.AddBoundaries(state[i].second, test, &starts);
      for (Outcome start : starts) {
        if (start < tests_[test].outcome_count())
          changes.emplace_back(start, i);
      }
    }
    std::sort(changes.begin(), changes.end());

    std::vector<uint32_t> branch = {0, test, kNoNode};
    Rest rest;
    for (size_t i = 0; i < changes.size();) {
      const Outcome start = changes[i].first;
      for (; i < changes.size() && changes[i].first == start; ++i) {
        const auto& [policy, formula] = state[changes[i].second];
        const FormulaId left = pool_.Restrict(formula, test, start);
        if (left == kFalseFormula) {
          rest.erase(policy);
        } else {
          rest[policy] = left;
        }
      }
      const NodeId child =
          Report(PolicyFormulas(rest.begin(), rest.end()), depth + 1);
      if (branch.size() == 3 || branch.back() != child) {
        branch.insert(branch.end(), {start, child});
      }
    }
    if (!tests_[test].total) branch[2] = AfterError(state, test, depth);
    const size_t runs = (branch.size() - 3) / 2;
    // A test whose outcome makes no difference need not be asked.
    if (runs == 1 && (tests_[test].total || branch[2] == branch.back())) {
      return branch.back();
    }
    branch[0] = Head(NodeKind::kBranch, runs);
    return nodes_.Intern(branch);
  }

  NodeId AfterError(const PolicyFormulas& state, TestIndex test, int depth) {
    PolicyFormulas next;
    next.reserve(state.size());
    for (const auto& [policy, formula] : state) {
      next.emplace_back(policy, pool_.Restrict(formula, test, kErrorOutcome));
    }
    return Report(next, depth + 1);
  }

  // The parts of the state that share no test, in the order of their first
  // policy.
  std::vector<PolicyFormulas> Independent(const PolicyFormulas& state) {
    std::vector<uint32_t> group(state.size());
    std::iota(group.begin(), group.end(), 0u);
    auto find = [&](uint32_t i) {
      while (group[i] != i) i = group[i] = group[group[i]];
      return i;
    };
    absl::flat_hash_map<TestIndex, uint32_t> first_with;
    for (uint32_t i = 0; i < state.size(); ++i) {
      for (TestIndex test : pool_.Tests(state[i].second)) {
        auto [it, added] = first_with.emplace(test, i);
        if (added) continue;
        const uint32_t a = find(i);
        const uint32_t b = find(it->second);
        group[std::max(a, b)] = std::min(a, b);
      }
    }
    std::map<uint32_t, PolicyFormulas> parts;
    for (uint32_t i = 0; i < state.size(); ++i) {
      parts[find(i)].push_back(state[i]);
    }
    std::vector<PolicyFormulas> out;
    for (auto& [root, part] : parts) out.push_back(std::move(part));
    return out;
  }

  TestIndex Choose(const PolicyFormulas& state) {
    absl::flat_hash_map<TestIndex, float> gain;
    absl::flat_hash_map<TestIndex, uint32_t> decides_first;
    for (const auto& [policy, formula] : state) {
      ++decides_first[pool_.FirstTest(formula)];
      for (const FormulaPool::Requirement& requirement :
           pool_.Requirements(formula)) {
        gain[requirement.test] += requirement.share;
      }
    }
    // Ties go to the test that the sources mention first.
    TestIndex best = pool_.FirstTest(state[0].second);
    float best_score = -1;
    for (const auto& [test, first] : decides_first) {
      const bool presence =
          traits_[test].is_presence && 2 * first >= state.size();
      const float score = presence ? static_cast<float>(first) : 0;
      if (score > best_score || (score == best_score && test < best)) {
        best = test;
        best_score = score;
      }
    }
    if (best_score > 0) return best;
    for (const auto& [test, sum] : gain) {
      const float score = sum / static_cast<float>(1 + traits_[test].entities);
      if (score > best_score || (score == best_score && test < best)) {
        best = test;
        best_score = score;
      }
    }
    return best;
  }

  const std::vector<Test>& tests_;
  const std::vector<TestTraits>& traits_;
  FormulaPool& pool_;
  const PlanOptions options_;
  NodeId end_ = 0;
  uint32_t splits_by_budget_ = 0;
  // Of the environment that is planned: the nodes of policies alone, and how
  // many policies a table that is no last resort may have.
  absl::flat_hash_map<PolicyIndex, uint32_t> single_nodes_;
  size_t table_policies_ = 0;
  absl::btree_set<PolicyIndex> too_large_;
  SequenceInterner<uint32_t> nodes_;
  // What was built, by number of its state.
  SequenceInterner<PolicyFormulas::value_type> states_;
  std::deque<NodeId> built_;
};

std::vector<uint32_t> Planner::Builder::Layout(
    const std::vector<NodeId>& roots, std::vector<NodeRef>* places) const {
  // A node is added after its children, so descending numbers put parents
  // first. Those that no root reaches are left out.
  std::vector<bool> reached(nodes_.size(), false);
  for (NodeId root : roots) reached[root] = true;
  std::vector<NodeRef> place(nodes_.size(), kNoNode);
  NodeRef at = 0;
  for (NodeId id = nodes_.size(); id-- > 0;) {
    if (!reached[id]) continue;
    const NodeWords node = nodes_[id];
    ForEachEdge(node, [&](size_t edge) { reached[node[edge]] = true; });
    place[id] = at;
    at += static_cast<NodeRef>(node.size());
  }
  std::vector<uint32_t> words;
  words.reserve(at);
  for (NodeId id = nodes_.size(); id-- > 0;) {
    if (place[id] == kNoNode) continue;
    const NodeWords node = nodes_[id];
    words.insert(words.end(), node.begin(), node.end());
    ForEachEdge(node, [&, begin = words.data() + place[id]](size_t edge) {
      begin[edge] = place[node[edge]];
    });
  }
  for (NodeId root : roots) places->push_back(place[root]);
  return words;
}

Planner::Planner(const std::vector<Test>& tests,
                 const std::vector<TestTraits>& traits, FormulaPool* pool,
                 const PlanOptions& options)
    : builder_(std::make_unique<Builder>(tests, traits, pool, options)) {}

Planner::~Planner() = default;

size_t Planner::AddRoot(const PolicyFormulas& policies) {
  roots_.push_back(builder_->AddRoot(policies));
  return roots_.size() - 1;
}

std::vector<uint32_t> Planner::Finish(std::vector<NodeRef>* roots) {
  return builder_->Layout(roots_, roots);
}

std::vector<PolicyIndex> Planner::too_large() const {
  return builder_->too_large();
}

uint32_t Planner::splits_by_budget() const {
  return builder_->splits_by_budget();
}

}  // namespace sekisho
