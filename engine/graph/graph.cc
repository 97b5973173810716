#include "engine/graph/graph.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "engine/graph/node_length.h"
#include "engine/graph/program.h"
#include "engine/model/functions.h"

namespace sekisho {
namespace {

// Calls f(child) for every edge of the node at `at`.
template <typename F>
void ForEachChild(absl::Span<const uint32_t> nodes, NodeRef at, F f) {
  const uint32_t word = nodes[at];
  switch (NodeKindOf(word)) {
    case NodeKind::kBranch:
      if (nodes[at + 2] != kNoNode) f(nodes[at + 2]);
      for (uint32_t i = 0; i < NodeCountOf(word); ++i) {
        f(nodes[at + 3 + 2 * i + 1]);
      }
      break;
    case NodeKind::kEmit:
      f(nodes[at + 2]);
      break;
    case NodeKind::kSplit:
      for (uint32_t i = 0; i < NodeCountOf(word); ++i) f(nodes[at + 1 + i]);
      break;
    case NodeKind::kEnd:
    case NodeKind::kTable:
      break;
  }
}

// Whether the table at `at` is as NodeKind says.
// REQUIRES: its words are within the nodes.
bool TableIsSound(const DecisionGraph& graph, NodeRef at) {
  const absl::Span<const uint32_t> words =
      graph.nodes.subspan(at, graph.nodes[at + 1]);
  const uint32_t count = NodeCountOf(words[0]);
  const uint64_t set_words = SetWords(count);
  if (count == 0 || words.size() < 3 || words[2] == 0 ||
      (words.size() - 3) / 2 < words[2]) {
    return false;
  }
  const absl::Span<const uint32_t> heads = words.subspan(3, 2 * words[2]);
  uint64_t runs = 0;
  for (size_t i = 0; i < heads.size(); i += 2) runs += heads[i + 1];
  // Neither product nor sum can overflow: runs are fewer than 2^64 / 2^32.
  if (runs > words.size() ||
      words.size() != 3 + heads.size() + count + runs * (1 + set_words)) {
    return false;
  }
  size_t next = 3 + heads.size();
  for (size_t i = 0; i < heads.size(); i += 2) {
    const uint32_t test = heads[i];
    if (test >= graph.tests.size() || !graph.tests[test].total ||
        heads[i + 1] == 0) {
      return false;
    }
    for (uint32_t run = 0; run < heads[i + 1]; ++run, ++next) {
      const Outcome first = words[next];
      if ((run == 0 ? first != 0 : first <= words[next - 1]) ||
          first >= graph.tests[test].outcome_count()) {
        return false;
      }
    }
  }
  for (uint32_t i = 0; i < count; ++i, ++next) {
    if (words[next] >= graph.is_forbid.size()) return false;
  }
  const uint32_t unused = count % 32 == 0 ? 0 : ~0u << (count % 32);
  for (; next < words.size(); next += set_words) {
    if ((words[next + set_words - 1] & unused) != 0) return false;
  }
  return true;
}

// Follows every path through a program and checks stack and operands. Jumps
// lead forward, so one pass over the instructions sees each after all that
// lead to it.
class ProgramVerifier {
 public:
  ProgramVerifier(const DecisionGraph& graph, uint32_t begin, uint32_t end)
      : graph_(graph), begin_(begin), end_(end) {}

  bool Verify() {
    if (begin_ >= end_ || end_ > graph_.code.size()) return false;
    if (!Reach(begin_, {})) return false;
    for (uint32_t at = begin_; at < end_; ++at) {
      auto stack = stack_at_.find(at);
      if (stack == stack_at_.end()) return false;
      Stack moved = std::move(stack->second);
      stack_at_.erase(stack);
      if (!Step(at, std::move(moved))) return false;
    }
    auto stack = stack_at_.find(end_);
    return stack != stack_at_.end() && stack->second.size() == 1;
  }

 private:
  // For each value, how many sets and records the program has put around
  // others in it, one in the other. Values are compared and released
  // recursively.
  using Stack = std::vector<uint8_t>;

  bool Step(uint32_t at, Stack stack) {
    const uint32_t word = graph_.code[at];
    const uint32_t operand = OperandOf(word);
    if ((word & 0xff) > kLastOp) return false;
    const Op op = OpOf(word);
    size_t pops = 0;
    switch (op) {
      case Op::kConstant:
        if (operand >= graph_.constants.size()) return false;
        break;
      case Op::kLinked:
        if (operand >= graph_.templates.size()) return false;
        break;
      case Op::kPrincipal:
      case Op::kAction:
      case Op::kResource:
      case Op::kContext:
        break;
      case Op::kGet:
      case Op::kHas:
      case Op::kIs:
        if (operand >= graph_.names.size()) return false;
        pops = 1;
        break;
      case Op::kLike:
        if (operand >= graph_.patterns.size()) return false;
        pops = 1;
        break;
      case Op::kExists:
      case Op::kNot:
      case Op::kNegate:
      case Op::kIsEmpty:
      case Op::kCheckBool:
        pops = 1;
        break;
      case Op::kSet:
        pops = operand;
        break;
      case Op::kCall:
        if (operand > kLastFunction) return false;
        pops = SignatureOf(static_cast<Function>(operand)).arity;
        break;
      case Op::kRecord:
        if (operand >= graph_.shapes.size()) return false;
        pops = graph_.shapes[operand].size();
        break;
      case Op::kAndJump:
      case Op::kOrJump: {
        if (stack.empty() || !Jump(at, operand, stack)) return false;
        stack.pop_back();
        return Reach(at + 1, std::move(stack));
      }
      case Op::kBranchFalse:
        if (stack.empty()) return false;
        stack.pop_back();
        return Jump(at, operand, stack) && Reach(at + 1, std::move(stack));
      case Op::kJump:
        return Jump(at, operand, std::move(stack));
      case Op::kDuplicate:
        if (stack.empty()) return false;
        stack.push_back(0);
        return Reach(at + 1, std::move(stack));
      default:
        pops = 2;
        break;
    }
    if (stack.size() < pops) return false;
    uint8_t nesting = 0;
    for (size_t i = stack.size() - pops; i < stack.size(); ++i) {
      nesting = std::max(nesting, stack[i]);
    }
    if (op == Op::kSet || op == Op::kRecord) {
      if (nesting == kMaxProgramNesting) return false;
      ++nesting;
    }
    stack.resize(stack.size() - pops);
    stack.push_back(nesting);
    return Reach(at + 1, std::move(stack));
  }

  bool Jump(uint32_t at, uint32_t distance, Stack stack) {
    if (distance == 0 || distance > end_ - at) return false;
    return Reach(at + distance, std::move(stack));
  }

  // Notes that the stack at `target` is like that.
  bool Reach(uint32_t target, Stack stack) {
    if (stack.size() > kMaxProgramStack) return false;
    auto [it, added] = stack_at_.emplace(target, Stack());
    Stack& known = it->second;
    if (added) {
      known = std::move(stack);
      return stack_at_.size() <= kMaxPendingJumps;
    }
    if (known.size() != stack.size()) return false;
    for (size_t i = 0; i < known.size(); ++i) {
      known[i] = std::max(known[i], stack[i]);
    }
    return true;
  }

  // Expressions nest less deep than this, and so do their jumps.
  static constexpr size_t kMaxPendingJumps = 1000;

  const DecisionGraph& graph_;
  const uint32_t begin_;
  const uint32_t end_;
  // Of the instructions ahead that something leads to.
  absl::flat_hash_map<uint32_t, Stack> stack_at_;
};

// Verifies all programs. Distinct ones do not overlap, so that this takes time
// in proportion to the code.
bool ProgramsAreSafe(const DecisionGraph& graph) {
  absl::flat_hash_set<std::pair<uint32_t, uint32_t>> seen;
  size_t words = 0;
  auto is_safe = [&](uint32_t begin, uint32_t end) {
    if (!seen.emplace(begin, end).second) return true;
    words += end - begin;
    return words <= graph.code.size() &&
           ProgramVerifier(graph, begin, end).Verify();
  };
  for (const Test& test : graph.tests) {
    if (!is_safe(test.code_begin, test.code_end)) return false;
  }
  for (const Environment& environment : graph.environments) {
    for (const SliceEntry& entry : environment.slice) {
      if (!is_safe(entry.code_begin, entry.code_end)) return false;
    }
  }
  return true;
}

// What a walk costs at most. Nodes below a split are
// counted for each of its edges, since a walk passes them once for each.
struct WalkCost {
  uint64_t nodes = 0;
  uint64_t tests = 0;
  uint64_t reports = 0;
};

constexpr uint64_t kManyNodes = uint64_t{1} << 40;

// Of walks from the root of each environment. REQUIRES: nodes fit and edges
// lead forward.
std::vector<WalkCost> RootCosts(const DecisionGraph& graph) {
  const absl::Span<const uint32_t> nodes = graph.nodes;
  // Where nodes begin.
  std::vector<NodeRef> order;
  for (size_t at = 0; at < nodes.size(); at += NodeLength(nodes, at)) {
    order.push_back(static_cast<NodeRef>(at));
  }
  // By place in `order`; those of a node's children are known when it is
  // reached from the end.
  std::vector<WalkCost> costs(order.size());
  const auto cost_of = [&](NodeRef at) -> WalkCost& {
    return costs[static_cast<size_t>(
        std::lower_bound(order.begin(), order.end(), at) - order.begin())];
  };
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const NodeKind kind = NodeKindOf(nodes[*it]);
    WalkCost cost;
    ForEachChild(nodes, *it, [&](NodeRef ref) {
      const WalkCost& child = cost_of(ref);
      if (kind == NodeKind::kSplit) {
        cost.nodes = std::min(kManyNodes, cost.nodes + child.nodes);
        cost.tests = std::min(kManyNodes, cost.tests + child.tests);
        cost.reports = std::min(kManyNodes, cost.reports + child.reports);
      } else {
        cost.nodes = std::max(cost.nodes, child.nodes);
        cost.tests = std::max(cost.tests, child.tests);
        cost.reports = std::max(cost.reports, child.reports);
      }
    });
    ++cost.nodes;
    if (kind == NodeKind::kBranch) ++cost.tests;
    if (kind == NodeKind::kEmit) {
      cost.reports += uint64_t{NodeCountOf(nodes[*it])} + nodes[*it + 1];
    }
    if (kind == NodeKind::kTable) {
      const uint64_t policies = NodeCountOf(nodes[*it]);
      cost.tests = nodes[*it + 2];
      cost.reports = policies;
      // Policies are looked at 512 at a time.
      cost.nodes += cost.tests * (1 + policies / 512);
    }
    costs[static_cast<size_t>(order.rend() - it) - 1] = cost;
  }
  std::vector<WalkCost> roots;
  for (const Environment& environment : graph.environments) {
    roots.push_back(cost_of(environment.root));
  }
  return roots;
}

// Sorted, each once.
template <typename T>
bool Ascend(const std::vector<T>& entries) {
  return std::adjacent_find(entries.begin(), entries.end(),
                            [](const T& a, const T& b) { return !(a < b); }) ==
         entries.end();
}

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the decision graph is damaged: ", what));
}

// The text of a number interval [lower, upper), either of which may be absent.
std::string IntervalName(const Test& test, Outcome outcome) {
  const auto name = [&test](int64_t number) {
    switch (test.number_kind) {
      case Value::Kind::kDatetime:
        return Datetime{number}.ToString();
      case Value::Kind::kDuration:
        return Duration{number}.ToString();
      default:
        return absl::StrCat(number);
    }
  };
  std::string text;
  if (outcome > 0) text = name(test.bounds[outcome - 1]);
  text += "..";
  if (outcome < test.bounds.size()) text += name(test.bounds[outcome] - 1);
  return text;
}

}  // namespace

uint32_t Test::outcome_count() const {
  switch (kind) {
    case TestKind::kBoolean:
      return 2;
    case TestKind::kSymbol:
      return static_cast<uint32_t>(symbols.size()) + 1;
    case TestKind::kInterval:
      return static_cast<uint32_t>(bounds.size()) + 1;
  }
  return 0;
}

std::string Test::OutcomeName(Outcome outcome) const {
  if (outcome == kErrorOutcome) return "error";
  switch (kind) {
    case TestKind::kBoolean:
      return outcome == 0 ? "false" : "true";
    case TestKind::kSymbol:
      return outcome < symbols.size() ? symbols[outcome].ToString() : "other";
    case TestKind::kInterval:
      return IntervalName(*this, outcome);
  }
  return "";
}

const Environment* DecisionGraph::Find(const EntityUid& action,
                                       const std::string& principal_type,
                                       const std::string& resource_type) const {
  auto wanted = std::tie(action, principal_type, resource_type);
  auto it = std::lower_bound(
      environments.begin(), environments.end(), wanted,
      [](const Environment& environment, const auto& key) {
        return std::tie(environment.action, environment.principal_type,
                        environment.resource_type) < key;
      });
  if (it != environments.end() &&
      std::tie(it->action, it->principal_type, it->resource_type) == wanted) {
    return &*it;
  }
  // The one for all requests has empty names and so stands first.
  if (!environments.empty() && environments[0].action.type.empty()) {
    return &environments[0];
  }
  return nullptr;
}

std::optional<uint32_t> DecisionGraph::TemplateOf(PolicyIndex policy) const {
  auto it = std::lower_bound(
      templates.begin(), templates.end(), policy,
      [](const Template& a, PolicyIndex index) { return a.policy < index; });
  if (it == templates.end() || it->policy != policy) return std::nullopt;
  return static_cast<uint32_t>(it - templates.begin());
}

absl::Status DecisionGraph::Verify() const {
  for (size_t i = 0; i < templates.size(); ++i) {
    if (templates[i].policy >= is_forbid.size() ||
        (i > 0 && templates[i].policy <= templates[i - 1].policy)) {
      return Damaged("a template that there is not");
    }
  }
  for (const LinkPtr& link : links.by_id()) {
    if (link->policy >= is_forbid.size()) {
      return Damaged("a link that there is not");
    }
  }
  if (!ProgramsAreSafe(*this)) return Damaged("a program leaves its bounds");
  for (const Test& test : tests) {
    if (!Ascend(test.symbols) || !Ascend(test.bounds)) {
      return Damaged("a table is not sorted");
    }
    // The interval below a bound is never empty.
    if (!test.bounds.empty() &&
        test.bounds[0] == std::numeric_limits<int64_t>::min()) {
      return Damaged("a bound that separates nothing");
    }
  }
  for (const std::vector<std::string>& shape : shapes) {
    if (!Ascend(shape)) return Damaged("a table is not sorted");
  }
  for (const std::vector<std::string>& pattern : patterns) {
    if (pattern.empty()) return Damaged("an empty pattern");
  }
  std::vector<bool> starts(nodes.size(), false);
  for (size_t at = 0; at < nodes.size();) {
    starts[at] = true;
    const size_t length = NodeLength(nodes, at);
    if (length == 0) return Damaged("a node leaves its bounds");
    at += length;
  }
  for (NodeRef at = 0; at < nodes.size();
       at += static_cast<NodeRef>(NodeLength(nodes, at))) {
    bool ok = true;
    ForEachChild(nodes, at, [&](NodeRef child) {
      ok = ok && child > at && child < nodes.size() && starts[child];
    });
    if (!ok) return Damaged("an edge leads nowhere");
    const uint32_t word = nodes[at];
    if (NodeKindOf(word) == NodeKind::kBranch) {
      if (nodes[at + 1] >= tests.size() || NodeCountOf(word) == 0) {
        return Damaged("a branch without a test");
      }
      const Test& test = tests[nodes[at + 1]];
      if (!test.total && nodes[at + 2] == kNoNode) {
        return Damaged("a branch without an error edge");
      }
      for (uint32_t i = 0; i < NodeCountOf(word); ++i) {
        const uint32_t first = nodes[at + 3 + 2 * i];
        if (i == 0 ? first != 0 : first <= nodes[at + 1 + 2 * i]) {
          return Damaged("the outcomes of a branch are out of order");
        }
        if (first >= test.outcome_count()) {
          return Damaged("a branch on an outcome that there is not");
        }
      }
    } else if (NodeKindOf(word) == NodeKind::kEmit) {
      const size_t count = size_t{NodeCountOf(word)} + nodes[at + 1];
      for (size_t i = 0; i < count; ++i) {
        if (nodes[at + 3 + i] >= is_forbid.size()) {
          return Damaged("a policy that there is not");
        }
      }
    } else if (NodeKindOf(word) == NodeKind::kTable) {
      if (!TableIsSound(*this, at)) return Damaged("a table of policies");
    }
  }
  if (!Ascend(environments)) {
    return Damaged("the environments are not sorted");
  }
  for (const Environment& environment : environments) {
    if (environment.root >= nodes.size() || !starts[environment.root]) {
      return Damaged("a root leads nowhere");
    }
  }
  for (const WalkCost& cost : RootCosts(*this)) {
    if (cost.nodes > kMaxWalkNodes || cost.reports > kMaxWalkNodes) {
      return Damaged("a walk would not end in reasonable time");
    }
  }
  return absl::OkStatus();
}

GraphSize Measure(const DecisionGraph& graph) {
  GraphSize size;
  size.tests = static_cast<uint32_t>(graph.tests.size());
  size.bytes = (graph.nodes.size() + graph.code.size()) * sizeof(uint32_t);
  for (size_t at = 0; at < graph.nodes.size();
       at += NodeLength(graph.nodes, at)) {
    ++size.nodes;
    if (NodeKindOf(graph.nodes[at]) == NodeKind::kSplit) ++size.splits;
  }
  for (const WalkCost& cost : RootCosts(graph)) {
    size.worst_nodes = std::max(size.worst_nodes, cost.nodes);
    // Each test is asked once, however many nodes branch on it.
    size.worst_tests = std::max<uint64_t>(
        size.worst_tests, std::min<uint64_t>(cost.tests, size.tests));
  }
  return size;
}

}  // namespace sekisho
