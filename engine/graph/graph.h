// The decision graph: what policies are compiled to, and all that a decision
// reads.
//
// A *test* asks one question of the request and the entities and has a finite
// number of outcomes: a boolean; which of some listed values a value is; into
// which interval a number falls; or that the question could not be evaluated.
// A *node* branches on the outcome of a test, reports policies as satisfied or
// failed, continues at several nodes at once, or looks in a *table* which of
// many policies several outcomes leave. Each request environment has
// a root. Walking from it reports exactly the policies that are satisfied and
// those that fail, and asks each test at most once.
//
// Nodes are words in one array; an edge is an offset into it and always leads
// forward, so a walk ends, and its cost has a bound that can be computed.
#ifndef SEKISHO_ENGINE_GRAPH_GRAPH_H_
#define SEKISHO_ENGINE_GRAPH_GRAPH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/graph/graph_index.h"
#include "engine/graph/policy_info.h"
#include "engine/model/link.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace sekisho {

using TestIndex = uint32_t;
// The outcome of a test; which numbers there are is up to its kind.
using Outcome = uint32_t;
inline constexpr Outcome kErrorOutcome = ~Outcome{0};
// An offset into DecisionGraph::nodes.
using NodeRef = uint32_t;
inline constexpr NodeRef kNoNode = ~NodeRef{0};

// Frozen: these numbers are written into artifacts.
enum class TestKind : uint8_t {
  kBoolean = 0,   // outcome 0 is false, 1 is true
  kSymbol = 1,    // outcome i is symbols[i], symbols.size() any other value
  kInterval = 2,  // outcome i: i of `bounds` are <= OrderedNumber of the value
};

struct Test {
  TestKind kind = TestKind::kBoolean;
  // True if the test cannot fail on a valid request and valid entities, as the
  // checker has shown. Its nodes have no error edge.
  bool total = false;
  // The program is code[code_begin, code_end).
  uint32_t code_begin = 0;
  uint32_t code_end = 0;
  std::vector<Value> symbols;   // ascending
  std::vector<int64_t> bounds;  // ascending
  // What an interval test's values are: integers, datetimes or durations.
  Value::Kind number_kind = Value::Kind::kLong;
  // The expression it evaluates, as Cedar text: for people.
  std::string text;

  uint32_t outcome_count() const;
  // `false`, `Location::"hospital"`, `2..6`, `other`: for people.
  std::string OutcomeName(Outcome outcome) const;
};

// Frozen: these numbers are written into artifacts.
//   kBranch  kind|runs<<8, test, error node or kNoNode,
//            runs * (first outcome, node)
//   kEmit    kind|satisfied<<8, failed, next node, policies..., policies...
//   kSplit   kind|children<<8, nodes...
//   kEnd     kind
//   kTable   kind|policies<<8, words of the node, tests, tests * (test, runs),
//            first outcome of each run, policies..., set of each run
// The runs of a branch begin with outcome 0 and ascend; a run ends where the
// next begins. So too those of each test of a table. A set has a bit for each
// policy of the table, the first in the lowest bit of the first word: which of
// them that outcome leaves. The policies that all tests leave are satisfied.
// The tests are total.
enum class NodeKind : uint8_t {
  kBranch = 0,
  kEmit = 1,
  kSplit = 2,
  kEnd = 3,
  kTable = 4,
};

inline constexpr NodeKind NodeKindOf(uint32_t word) {
  return static_cast<NodeKind>(word & 0xff);
}
inline constexpr uint32_t NodeCountOf(uint32_t word) { return word >> 8; }
// The words of a set of so many policies in a table.
inline constexpr uint32_t SetWords(uint32_t policies) {
  return policies / 32 + (policies % 32 != 0);
}

// Graphs in which one walk could pass more nodes are refused.
inline constexpr uint64_t kMaxWalkNodes = 50'000'000;

// An entity that a policy may read, found by a program.
struct SliceEntry {
  // The program is code[code_begin, code_end); it leaves the entity's name.
  uint32_t code_begin = 0;
  uint32_t code_end = 0;
  // Whether its ancestors may be read too.
  bool ancestors = false;
};

// A kind of request, with the node at which its walk begins. One with empty
// names stands for all requests: what unvalidated policies are compiled for.
struct Environment {
  EntityUid action;
  std::string principal_type;
  std::string resource_type;
  NodeRef root = kNoNode;
  // All that any of its policies may read. Empty for unvalidated policies.
  std::vector<SliceEntry> slice;

  friend bool operator<(const Environment& a, const Environment& b) {
    return std::tie(a.action, a.principal_type, a.resource_type) <
           std::tie(b.action, b.principal_type, b.resource_type);
  }
};

// Frozen: these numbers are written into artifacts.
enum class SlotUse : uint8_t {
  kNone = 0,   // no slot
  kEqual = 1,  // the request's entity is what stands for the slot
  kIn = 2,     // it is in it
};

// A policy that its links make others of. The walk evaluates its conditions
// once, behind a test whether any link fits the request, and reports the
// template; a decision names the links that fit in its place.
struct Template {
  PolicyIndex policy = 0;
  std::string id;
  SlotUse principal = SlotUse::kNone;
  SlotUse resource = SlotUse::kNone;
  // The types of principal and resource with which its head, but for the slots,
  // fits an action. Ascending. Empty for unvalidated policies: any.
  std::vector<std::pair<std::string, std::string>> types = {};
};

struct DecisionGraph {
  absl::Span<const uint32_t> nodes;
  absl::Span<const uint32_t> code;
  std::vector<Test> tests;
  std::vector<Value> constants;
  // Attribute and type names that instructions refer to.
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> patterns;
  // The attribute names of record expressions, each ascending.
  std::vector<std::vector<std::string>> shapes;
  // Ascending.
  std::vector<Environment> environments;
  // Which policies are forbids, by PolicyIndex.
  std::vector<bool> is_forbid;
  // Ascending by policy.
  std::vector<Template> templates;
  // The links that were compiled; each is a policy too.
  LinkSet links;
  // Forbids that fail deny; otherwise they are skipped, as Cedar does.
  bool fail_closed = true;

  // Where the action groups are. Outlives the graph.
  const Schema* schema = nullptr;
  // Of a graph that was loaded; may be null.
  std::shared_ptr<const GraphIndex> look_up;

  // The environment of a request, or nullptr if it fits none.
  const Environment* Find(const EntityUid& action,
                          const std::string& principal_type,
                          const std::string& resource_type) const;

  // Into templates; nothing if the policy is no template.
  std::optional<uint32_t> TemplateOf(PolicyIndex policy) const;

  // Shows that walking is safe: every offset, index and program is in bounds,
  // edges lead forward, programs keep their stack. DataLoss otherwise.
  absl::Status Verify() const;

  // One line a test and a node, stable.
  std::string ToString() const;
};

// What a graph costs.
struct GraphSize {
  uint32_t nodes = 0;
  uint32_t tests = 0;
  uint32_t splits = 0;
  size_t bytes = 0;
  // The most nodes that a walk from any root passes, and the most tests that
  // it asks: no request costs more.
  uint64_t worst_nodes = 0;
  uint64_t worst_tests = 0;
};
// REQUIRES: graph.Verify() is ok.
GraphSize Measure(const DecisionGraph& graph);

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_GRAPH_H_
