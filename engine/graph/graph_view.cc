// What concerns one policy is found from the last node to the first, so that a
// node's children are known when it is looked at. Nodes that come to the same,
// the same test with the same children, become one, and a branch whose edges
// all lead to one node becomes that node: what remains is the reduced diagram
// of the policy, in the order of the whole graph's tests. Time and memory are
// linear in the graph.
//
// Tested by graph_view_test.cc.
#include "engine/graph/graph_view.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/base/text_width.h"
#include "engine/graph/node_length.h"
#include "engine/model/value.h"

namespace sekisho {
namespace {

// The text in quotes, in lines of about kLabelWidth columns.
std::string DotString(absl::string_view text) {
  constexpr int kLabelWidth = 40;
  std::string out = "\"";
  int width = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    const int word_width = TerminalWidth(word);
    if (width > 0) {
      const bool fits = width + 1 + word_width <= kLabelWidth;
      out += fits ? " " : "\\n";
      width = fits ? width + 1 : 0;
    }
    width += word_width;
    for (const char c : word) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n') {
        out += "\\n";
        width = 0;
      } else {
        out += c;
      }
    }
  }
  return out + "\"";
}

std::string IdOf(absl::Span<const std::string> policies, PolicyIndex policy) {
  return policy < policies.size() ? policies[policy]
                                  : absl::StrCat("p", policy);
}

}  // namespace

GraphView::GraphView(const DecisionGraph& graph) : graph_(graph) {
  absl::flat_hash_map<NodeRef, uint32_t> numbers;
  for (NodeRef at = 0; at < graph.nodes.size();
       at += static_cast<NodeRef>(NodeLength(graph.nodes, at))) {
    numbers.emplace(at, static_cast<uint32_t>(nodes_.size()));
    nodes_.push_back(ReadNode(at));
    nodes_.back().number = static_cast<uint32_t>(nodes_.size() - 1);
  }
  for (Node& node : nodes_) {
    for (Edge& edge : node.edges) edge.to = numbers[edge.to];
  }
  for (const Environment& environment : graph.environments) {
    roots_.push_back({&environment, numbers[environment.root], false});
  }
}

GraphView::Node GraphView::ReadNode(NodeRef at) const {
  const absl::Span<const uint32_t> words = graph_.nodes.subspan(at);
  const uint32_t count = NodeCountOf(words[0]);
  Node node;
  node.kind = NodeKindOf(words[0]);
  node.ref = at;
  switch (node.kind) {
    case NodeKind::kBranch:
      node.tests = {words[1]};
      for (uint32_t i = 0; i < count; ++i) {
        node.edges.push_back({words[3 + 2 * i], words[4 + 2 * i], false});
      }
      if (words[2] != kNoNode) {
        node.edges.push_back({kErrorOutcome, words[2], false});
      }
      break;
    case NodeKind::kEmit: {
      const auto policies = words.subspan(3);
      node.satisfied.assign(policies.begin(), policies.begin() + count);
      node.failed.assign(policies.begin() + count,
                         policies.begin() + count + words[1]);
      node.edges.push_back({0, words[2], false});
      break;
    }
    case NodeKind::kSplit:
      for (uint32_t i = 0; i < count; ++i) {
        node.edges.push_back({0, words[1 + i], false});
      }
      break;
    case NodeKind::kEnd:
      break;
    case NodeKind::kTable: {
      const uint32_t tests = words[2];
      size_t policies = 3 + 2 * size_t{tests};
      for (uint32_t i = 0; i < tests; ++i) {
        node.tests.push_back(words[3 + 2 * i]);
        policies += words[4 + 2 * i];
      }
      const auto names = words.subspan(policies, count);
      node.satisfied.assign(names.begin(), names.end());
      break;
    }
  }
  return node;
}

std::vector<GraphView::Edge> GraphView::TableRuns(const Node& table,
                                                  size_t index,
                                                  PolicyIndex policy,
                                                  uint32_t left,
                                                  uint32_t not_left) const {
  const absl::Span<const uint32_t> words = graph_.nodes.subspan(table.ref);
  const size_t policies = table.satisfied.size();
  const size_t bit =
      std::find(table.satisfied.begin(), table.satisfied.end(), policy) -
      table.satisfied.begin();
  size_t runs_before = 0, all_runs = 0;
  for (size_t i = 0; i < table.tests.size(); ++i) {
    if (i < index) runs_before += words[4 + 2 * i];
    all_runs += words[4 + 2 * i];
  }
  const size_t firsts = 3 + 2 * table.tests.size();
  const size_t sets = firsts + all_runs + policies;
  const size_t set_words = SetWords(static_cast<uint32_t>(policies));
  std::vector<Edge> edges;
  for (size_t i = 0; i < words[4 + 2 * index]; ++i) {
    const size_t run = runs_before + i;
    const bool is_left =
        (words[sets + run * set_words + bit / 32] >> (bit % 32) & 1) != 0;
    edges.push_back({words[firsts + run], is_left ? left : not_left, false});
  }
  return edges;
}

void GraphView::Keep(PolicyIndex policy) {
  using Key = std::tuple<NodeKind, std::vector<TestIndex>, bool, bool,
                         std::vector<std::pair<Outcome, uint32_t>>>;
  std::vector<Node> made(1);  // the end
  absl::flat_hash_map<Key, uint32_t> known;
  const auto make = [&](Node node) {
    Key key = {node.kind,
               node.tests,
               !node.satisfied.empty(),
               !node.failed.empty(),
               {}};
    for (const Edge& edge : node.edges) {
      std::get<4>(key).emplace_back(edge.first, edge.to);
    }
    const auto [it, is_new] =
        known.emplace(std::move(key), static_cast<uint32_t>(made.size()));
    if (is_new) made.push_back(std::move(node));
    return it->second;
  };
  const auto make_branch = [&](TestIndex test, const std::vector<Edge>& edges) {
    Node branch;
    branch.kind = NodeKind::kBranch;
    branch.tests = {test};
    bool differs = false;
    for (const Edge& edge : edges) {
      differs |= edge.to != edges[0].to;
      if (branch.edges.empty() || branch.edges.back().to != edge.to ||
          edge.first == kErrorOutcome) {
        branch.edges.push_back({edge.first, edge.to, false});
      }
    }
    return differs ? make(std::move(branch)) : edges[0].to;
  };
  const auto make_emit = [&](bool satisfied, bool failed, uint32_t next) {
    Node emit;
    emit.kind = NodeKind::kEmit;
    if (satisfied) emit.satisfied = {policy};
    if (failed) emit.failed = {policy};
    emit.edges = {{0, next, false}};
    return make(std::move(emit));
  };
  const auto holds = [policy](const std::vector<PolicyIndex>& policies) {
    return std::find(policies.begin(), policies.end(), policy) !=
           policies.end();
  };

  // By number, what became of a node.
  std::vector<uint32_t> becomes(nodes_.size(), 0);
  for (size_t i = nodes_.size(); i-- > 0;) {
    const Node& node = nodes_[i];
    std::vector<Edge> edges = node.edges;
    for (Edge& edge : edges) edge.to = becomes[edge.to];
    const bool satisfied = holds(node.satisfied), failed = holds(node.failed);
    switch (node.kind) {
      case NodeKind::kBranch:
        becomes[i] = make_branch(node.tests[0], edges);
        break;
      case NodeKind::kEmit:
        becomes[i] = satisfied || failed
                         ? make_emit(satisfied, failed, edges[0].to)
                         : edges[0].to;
        break;
      case NodeKind::kSplit: {
        std::erase_if(edges, [](const Edge& edge) { return edge.to == 0; });
        if (edges.size() < 2) {
          becomes[i] = edges.empty() ? 0 : edges[0].to;
        } else {
          Node split;
          split.kind = NodeKind::kSplit;
          split.edges = std::move(edges);
          becomes[i] = make(std::move(split));
        }
        break;
      }
      case NodeKind::kEnd:
        break;
      case NodeKind::kTable: {
        if (!satisfied) break;
        // One policy of a table is a conjunction.
        uint32_t next = make_emit(true, false, 0);
        for (size_t test = node.tests.size(); test-- > 0;) {
          next = make_branch(node.tests[test],
                             TableRuns(node, test, policy, next, 0));
        }
        becomes[i] = next;
        break;
      }
    }
  }

  // Children were made first.
  const auto last = static_cast<uint32_t>(made.size() - 1);
  std::reverse(made.begin(), made.end());
  for (Node& node : made) {
    for (Edge& edge : node.edges) edge.to = last - edge.to;
  }
  for (Root& root : roots_) root.node = last - becomes[root.node];
  std::erase_if(roots_, [last](const Root& root) { return root.node == last; });
  nodes_ = std::move(made);
  is_whole_ = false;
  DropUnreachable();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].number = static_cast<uint32_t>(i);
  }
}

void GraphView::Trace(const Environment& environment,
                      absl::FunctionRef<Outcome(TestIndex)> ask) {
  for (Root& root : roots_) {
    if (root.environment != &environment) continue;
    root.traced = true;
    nodes_[root.node].traced = true;
  }
  for (Node& node : nodes_) {
    if (!node.traced) continue;
    if (node.kind != NodeKind::kBranch) {
      for (Edge& edge : node.edges) edge.traced = true;
    } else {
      const Outcome outcome = ask(node.tests[0]);
      Edge* taken = nullptr;
      for (Edge& edge : node.edges) {
        if (edge.first == outcome ||
            (outcome != kErrorOutcome && edge.first < outcome)) {
          taken = &edge;
        }
      }
      if (taken != nullptr) taken->traced = true;
    }
    for (const Edge& edge : node.edges) {
      if (edge.traced) nodes_[edge.to].traced = true;
    }
  }
}

void GraphView::KeepTraced() {
  for (Node& node : nodes_) {
    std::erase_if(node.edges, [](const Edge& edge) { return !edge.traced; });
  }
  std::erase_if(roots_, [](const Root& root) { return !root.traced; });
  is_whole_ = false;
  DropUnreachable();
}

void GraphView::DropUnreachable() {
  std::vector<bool> reached(nodes_.size(), false);
  for (const Root& root : roots_) reached[root.node] = true;
  std::vector<uint32_t> numbers(nodes_.size());
  std::vector<Node> left;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!reached[i]) continue;
    numbers[i] = static_cast<uint32_t>(left.size());
    for (const Edge& edge : nodes_[i].edges) reached[edge.to] = true;
    left.push_back(std::move(nodes_[i]));
  }
  for (Node& node : left) {
    for (Edge& edge : node.edges) edge.to = numbers[edge.to];
  }
  for (Root& root : roots_) root.node = numbers[root.node];
  nodes_ = std::move(left);
}

// ---- Text ------------------------------------------------------------------

std::string GraphView::ToString(absl::Span<const std::string> policies) const {
  std::vector<bool> used(graph_.tests.size(), is_whole_);
  for (const Node& node : nodes_) {
    for (const TestIndex test : node.tests) used[test] = true;
  }
  std::string out;
  for (size_t i = 0; i < graph_.tests.size(); ++i) {
    if (!used[i]) continue;
    const Test& test = graph_.tests[i];
    absl::StrAppend(&out, "t", i, " ",
                    test.kind == TestKind::kBoolean  ? "boolean"
                    : test.kind == TestKind::kSymbol ? "symbol"
                                                     : "interval",
                    test.total ? " total " : " ", test.text, "\n");
  }
  absl::btree_set<PolicyIndex> reported;
  for (const Node& node : nodes_) {
    reported.insert(node.satisfied.begin(), node.satisfied.end());
    reported.insert(node.failed.begin(), node.failed.end());
  }
  for (const PolicyIndex policy : reported) {
    if (policy >= policies.size()) break;
    absl::StrAppend(&out, "p", policy, " ",
                    graph_.is_forbid[policy] ? "forbid " : "permit ",
                    Quote(policies[policy]), "\n");
  }
  for (const Root& root : roots_) {
    absl::StrAppend(&out, root.traced ? "* " : "", "root ",
                    root.environment->action.ToString(), " ",
                    root.environment->principal_type, " ",
                    root.environment->resource_type, " n",
                    nodes_[root.node].number, "\n");
  }
  for (const Node& node : nodes_) {
    absl::StrAppend(&out, node.traced ? "* " : "", TextOf(node), "\n");
  }
  return out;
}

std::string GraphView::TextOf(const Node& node) const {
  std::string out = absl::StrCat("n", node.number);
  const auto name = [this](const Edge& edge) {
    return absl::StrCat("n", nodes_[edge.to].number);
  };
  switch (node.kind) {
    case NodeKind::kBranch:
      absl::StrAppend(&out, " branch t", node.tests[0]);
      for (const Edge& edge : node.edges) {
        absl::StrAppend(&out, " ",
                        graph_.tests[node.tests[0]].OutcomeName(edge.first),
                        "->", name(edge));
      }
      break;
    case NodeKind::kEmit:
      absl::StrAppend(&out, " emit");
      for (const PolicyIndex policy : node.satisfied) {
        absl::StrAppend(&out, " +p", policy);
      }
      for (const PolicyIndex policy : node.failed) {
        absl::StrAppend(&out, " !p", policy);
      }
      absl::StrAppend(&out, " ->", name(node.edges[0]));
      break;
    case NodeKind::kSplit:
      absl::StrAppend(&out, " split");
      for (const Edge& edge : node.edges)
        absl::StrAppend(&out, " ", name(edge));
      break;
    case NodeKind::kEnd:
      absl::StrAppend(&out, " end");
      break;
    case NodeKind::kTable:
      absl::StrAppend(&out, " table");
      for (const PolicyIndex policy : node.satisfied) {
        absl::StrAppend(&out, " p", policy);
      }
      for (const TestIndex test : node.tests) absl::StrAppend(&out, " t", test);
      break;
  }
  return out;
}

// ---- Graphviz --------------------------------------------------------------

std::string GraphView::OutcomesOf(const Node& node, uint32_t to) const {
  constexpr size_t kMostNames = 4;
  const Test& test = graph_.tests[node.tests[0]];
  std::vector<std::string> names;
  size_t count = 0;
  for (size_t i = 0; i < node.edges.size(); ++i) {
    const Edge& edge = node.edges[i];
    if (edge.to != to) continue;
    if (edge.first == kErrorOutcome) {
      ++count;
      names.push_back(test.OutcomeName(edge.first));
      continue;
    }
    const bool has_next =
        i + 1 < node.edges.size() && node.edges[i + 1].first != kErrorOutcome;
    const Outcome end =
        has_next ? node.edges[i + 1].first : test.outcome_count();
    count += end - edge.first;
    for (Outcome outcome = edge.first;
         outcome < end && names.size() < kMostNames; ++outcome) {
      names.push_back(test.OutcomeName(outcome));
    }
  }
  if (count > names.size()) {
    names.push_back(absl::StrCat("+", count - names.size()));
  }
  return absl::StrJoin(names, ", ");
}

std::string GraphView::LabelOf(const Node& node,
                               absl::Span<const std::string> policies) const {
  constexpr size_t kMostPolicies = 8;
  std::vector<std::string> lines;
  if (node.kind == NodeKind::kBranch) {
    return graph_.tests[node.tests[0]].text;
  }
  if (node.kind == NodeKind::kTable) {
    lines.push_back(absl::StrCat("table of ", node.tests.size(), " tests"));
  }
  const auto add = [&](const std::vector<PolicyIndex>& reported,
                       absl::string_view what) {
    for (size_t i = 0; i < reported.size() && i < kMostPolicies; ++i) {
      lines.push_back(
          absl::StrCat(graph_.is_forbid[reported[i]] ? "forbid" : "permit",
                       what, " ", IdOf(policies, reported[i])));
    }
    if (reported.size() > kMostPolicies) {
      lines.push_back(absl::StrCat("+", reported.size() - kMostPolicies));
    }
  };
  add(node.satisfied, "");
  add(node.failed, " fails:");
  return absl::StrJoin(lines, "\n");
}

std::string GraphView::ToDot(absl::Span<const std::string> policies) const {
  constexpr absl::string_view kTraced = ", color=\"#1f5fbf\", penwidth=2.5";
  std::string out =
      "digraph decision {\n"
      "  graph [rankdir=TB, fontname=\"sans-serif\"];\n"
      "  node [fontname=\"sans-serif\", fontsize=11, shape=box];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9];\n";
  for (size_t i = 0; i < roots_.size(); ++i) {
    const Root& root = roots_[i];
    const Environment& environment = *root.environment;
    const std::string name =
        environment.action.type.empty()
            ? "all requests"
            : absl::StrCat(environment.principal_type, ", ",
                           environment.action.ToString(), ", ",
                           environment.resource_type);
    const absl::string_view traced = root.traced ? kTraced : "";
    absl::StrAppend(&out, "  r", i, " [label=", DotString(name),
                    ", shape=plaintext];\n  r", i, " -> n",
                    nodes_[root.node].number, " [style=bold", traced, "];\n");
  }
  for (const Node& node : nodes_) {
    const absl::string_view traced = node.traced ? kTraced : "";
    absl::string_view shape;
    switch (node.kind) {
      case NodeKind::kBranch:
        shape = "style=rounded";
        break;
      case NodeKind::kEmit: {
        const PolicyIndex first =
            node.satisfied.empty() ? node.failed[0] : node.satisfied[0];
        shape = node.satisfied.empty() ? "style=filled, fillcolor=\"#f5e3b3\""
                : graph_.is_forbid[first]
                    ? "style=filled, fillcolor=\"#f3c6c6\""
                    : "style=filled, fillcolor=\"#c9e7cb\"";
        break;
      }
      case NodeKind::kSplit:
        shape = "shape=diamond, width=0.3, height=0.3";
        break;
      case NodeKind::kEnd:
        shape = "shape=point, width=0.12";
        break;
      case NodeKind::kTable:
        shape = "shape=box3d";
        break;
    }
    absl::StrAppend(&out, "  n", node.number,
                    " [label=", DotString(LabelOf(node, policies)), ", ", shape,
                    traced, "];\n");
    absl::flat_hash_set<uint32_t> drawn;
    for (const Edge& edge : node.edges) {
      const bool is_branch = node.kind == NodeKind::kBranch;
      if (is_branch && !drawn.insert(edge.to).second) continue;
      const bool is_traced = std::any_of(
          node.edges.begin(), node.edges.end(), [&](const Edge& other) {
            return other.to == edge.to && other.traced;
          });
      absl::StrAppend(
          &out, "  n", node.number, " -> n", nodes_[edge.to].number,
          " [label=", DotString(is_branch ? OutcomesOf(node, edge.to) : ""),
          is_traced ? kTraced : "", "];\n");
    }
  }
  return out + "}\n";
}

std::string DecisionGraph::ToString() const {
  return GraphView(*this).ToString({});
}

}  // namespace sekisho
