// A decision graph for people: its nodes with names on their edges, all of them
// or what of them concerns one policy, as text and for Graphviz.
//
//   GraphView view(graph);
//   std::cout << view.ToString(ids);
//   view.Keep(policy);
//   view.Trace(root, [&](TestIndex test) { return machine.Ask(test); });
//   std::string dot = view.ToDot(ids);
//
// Not for the hot path, and for one thread.
#ifndef SEKISHO_ENGINE_GRAPH_GRAPH_VIEW_H_
#define SEKISHO_ENGINE_GRAPH_GRAPH_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "engine/graph/graph.h"

namespace sekisho {

class GraphView {
 public:
  // All of the graph, which must outlive this object.
  // REQUIRES: graph.Verify() is ok.
  explicit GraphView(const DecisionGraph& graph);

  size_t size() const { return nodes_.size(); }

  // Leaves what decides whether the policy is satisfied or fails: other reports
  // are gone, and so is each branch that makes no difference to it.
  void Keep(PolicyIndex policy);

  // Marks what a walk from the environment's root passes. `ask` returns the
  // outcome of a test. REQUIRES: the environment is the graph's.
  void Trace(const Environment& environment,
             absl::FunctionRef<Outcome(TestIndex)> ask);
  // Leaves what Trace() marked, and the other edges of it out.
  void KeepTraced();

  // One line a test, a policy, a root and a node; marked ones begin with `*`.
  // Stable. `policies` are their ids, by PolicyIndex; those without one have no
  // line.
  std::string ToString(absl::Span<const std::string> policies) const;
  // In the language of Graphviz's `dot`.
  std::string ToDot(absl::Span<const std::string> policies) const;

 private:
  struct Edge {
    // The first outcome of the run; the last before that of the next edge.
    Outcome first = 0;
    uint32_t to = 0;
    bool traced = false;
  };
  struct Node {
    NodeKind kind = NodeKind::kEnd;
    // Where it is in the graph.
    NodeRef ref = kNoNode;
    // As text calls it.
    uint32_t number = 0;
    // Of a branch, one; of a table, all.
    std::vector<TestIndex> tests;
    // Of an emit, what it reports; of a table, what it may report.
    std::vector<PolicyIndex> satisfied;
    std::vector<PolicyIndex> failed;
    // Lead to later nodes. Of a branch, those of its outcomes, ascending.
    std::vector<Edge> edges;
    bool traced = false;
  };
  struct Root {
    const Environment* environment = nullptr;
    uint32_t node = 0;
    bool traced = false;
  };

  // Edges lead to NodeRefs yet.
  Node ReadNode(NodeRef at) const;
  // Of a table, the runs of test `index` in which the policy is left, as edges
  // of a branch to one of two nodes.
  std::vector<Edge> TableRuns(const Node& table, size_t index,
                              PolicyIndex policy, uint32_t left,
                              uint32_t not_left) const;
  // Leaves the nodes that a root leads to.
  void DropUnreachable();
  std::string TextOf(const Node& node) const;
  // `test`, or of several a list; what is reported by `policies`.
  std::string LabelOf(const Node& node,
                      absl::Span<const std::string> policies) const;
  // The outcomes on the edges of a branch that lead to that node.
  std::string OutcomesOf(const Node& node, uint32_t to) const;

  const DecisionGraph& graph_;
  bool is_whole_ = true;
  std::vector<Root> roots_;
  std::vector<Node> nodes_;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_GRAPH_VIEW_H_
