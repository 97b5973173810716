// What Explain needs of policies beyond the graph: their clauses one by one,
// each with its place in the matrix, its labels, and a tree of conditions whose
// leaves say what they read and what would change their outcome.
//
// Explanations are made by the compiler, kept in a section of the artifact of
// their own, and read only when somebody asks for one: no decision touches
// them. Everything is in flat tables that refer to each other by index.
#ifndef SEKISHO_ENGINE_GRAPH_EXPLANATION_H_
#define SEKISHO_ENGINE_GRAPH_EXPLANATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/graph/attribute_path.h"
#include "engine/graph/graph.h"
#include "engine/model/value.h"

namespace sekisho {

// The same in two languages; either may be empty.
struct Label {
  std::string english;
  std::string japanese;

  bool empty() const { return english.empty() && japanese.empty(); }
  bool operator==(const Label&) const = default;
};

// Frozen: these numbers are written into artifacts.
enum class EditKind : uint8_t {
  kAssign = 0,  // the value becomes what stands at the path
  kInsert = 1,  // the value becomes an element of the set at the path
  kRemove = 2,  // the value is no element of the set at the path any more
  kDelete = 3,  // the attribute at the path is absent
};

// A change after which an atom should have another outcome.
struct EditPlan {
  EditKind kind = EditKind::kAssign;
  // Into Explanations::paths.
  uint32_t path = 0;
  // The program that leaves the value; not used by kDelete.
  TestIndex value = 0;
};

// Frozen: these numbers are written into artifacts.
enum class ConditionKind : uint8_t {
  kAtom = 0,
  kNot = 1,  // one operand
  kAnd = 2,
  kOr = 3,
};

struct Condition {
  ConditionKind kind = ConditionKind::kAtom;
  // Conditions that stand before this one.
  std::vector<uint32_t> operands;
  // kAtom: the test that computes it, into Explanations::programs.tests.
  TestIndex test = 0;
  // kAtom: what it reads, into Explanations::paths.
  std::vector<uint32_t> reads;
  // kAtom: alternatives, any of which should make it true, or false. Empty
  // where that cannot be said. Whoever offers them tries them first.
  std::vector<EditPlan> to_hold;
  std::vector<EditPlan> to_fail;
};

// A column of the matrix.
struct ExplainedColumn {
  std::string key;
  Label header;
  // Whether it is the request whose word counts for its cells, and not the
  // entity store. Only such cells may be told to end users.
  bool from_request = false;
};

// Trees that are deeper are refused, so that they may be walked recursively.
inline constexpr int kMaxConditionDepth = 1000;

inline constexpr uint32_t kNoColumn = ~uint32_t{0};

// Words on what helps where a condition does not hold.
struct Help {
  uint32_t condition = 0;
  Label words;
};

// One `when` or `unless`, or a part of the head that is more than a type.
struct ExplainedClause {
  // Into Explanations::columns, or kNoColumn.
  uint32_t column = kNoColumn;
  // The cell of the matrix; empty for other policies.
  Label cell;
  // As Cedar text.
  std::string text;
  // Where it comes from: a source's name and the line, from 1.
  std::string source;
  uint32_t line = 0;
  // True where the clause holds. Into Explanations::conditions.
  uint32_t condition = 0;
  std::vector<Help> help;
};

struct ExplainedPolicy {
  // What the head says of types; empty: any.
  std::string principal_type;
  std::string resource_type;
  // A policy is satisfied if the types fit and all of these hold.
  std::vector<ExplainedClause> clauses;
};

struct Explanations {
  // Holds the programs alone, as tests without nodes: the atoms', and those
  // that compute the values of edits.
  DecisionGraph programs;
  // What programs.code points to.
  std::vector<uint32_t> code;
  std::vector<AttributePath> paths;
  std::vector<Condition> conditions;
  std::vector<ExplainedColumn> columns;
  // By PolicyIndex.
  std::vector<ExplainedPolicy> policies;
  // What values are called: ascending, distinct.
  std::vector<std::pair<Value, Label>> labels;

  Explanations() = default;
  Explanations(Explanations&&) = default;
  Explanations& operator=(Explanations&&) = default;

  // The value's label, or nullptr.
  const Label* LabelOf(const Value& value) const;

  // Shows that every index and program is in bounds, and that there is one
  // explanation a policy. DataLoss otherwise.
  absl::Status Verify(size_t policy_count) const;
};

}  // namespace sekisho

#endif  // SEKISHO_ENGINE_GRAPH_EXPLANATION_H_
