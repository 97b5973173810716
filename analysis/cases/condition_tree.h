// A policy as a tree of conditions, and what each of them did to its outcome.
//
//   const ConditionTree tree = BuildConditionTree(policy);
//   TreeValues values;
//   Evaluate(tree, truths, &values);  // of the atoms
//   values[node].reached, values[node].policy_if[Truth::kFalse] ...
//
// `&&`, `||`, `!` and `if` that choose between conditions are nodes; whatever
// else is boolean is an atom, and so is what the head demands of the principal,
// the action and the resource. Not compiled anywhere: only for observing what
// the graph decides.
#ifndef SEKISHO_ANALYSIS_CASES_CONDITION_TREE_H_
#define SEKISHO_ANALYSIS_CASES_CONDITION_TREE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/cedar/ast.h"
#include "compiler/source/source.h"

namespace sekisho {

// Three-valued, as conditions are.
enum class Tri : uint8_t { kFalse = 0, kTrue = 1, kError = 2 };
inline constexpr std::array<Tri, 3> kAllTri = {Tri::kFalse, Tri::kTrue,
                                               Tri::kError};

struct TreeNode {
  enum class Kind : uint8_t { kAtom, kNot, kAnd, kOr, kIf };
  Kind kind = Kind::kAtom;
  // Null for what a slot of a template stands for.
  ExprPtr expr;
  // Into ConditionTree::nodes; all stand behind this one. Of kIf three.
  std::vector<uint32_t> children;
};

// A part of the head that demands something, or a clause.
struct TreePart {
  uint32_t node = 0;
  // Into Policy::clauses, or kHead.
  size_t clause = 0;
  // Of a matrix row: the key of its column; empty for a head's part.
  std::string column;
  // As Cedar text, `principal is Person` or `when { .. }`.
  std::string text;
  // Of the head's part or of the clause's origin.
  Span span;

  static constexpr size_t kHead = ~size_t{0};
};

struct ConditionTree {
  // The first is the root: whether the policy is satisfied.
  std::vector<TreeNode> nodes;
  // In the order of evaluation.
  std::vector<TreePart> parts;
};

// The tree of a link has the shape of its template's.
ConditionTree BuildConditionTree(const Policy& policy);

struct NodeValue {
  // Evaluated alone, whether it is reached or not.
  Tri value = Tri::kFalse;
  bool reached = false;
  // What the policy would come to, had this node come out so. If it is not
  // reached, what it comes to.
  std::array<Tri, 3> policy_if = {};
  // Of a node that is not reached: the atom that decided before it.
  uint32_t decided_by = 0;
};

// `values`, by node, must hold the values of the atoms; the rest is filled in.
void Evaluate(const ConditionTree& tree, std::vector<NodeValue>* values);

}  // namespace sekisho

#endif  // SEKISHO_ANALYSIS_CASES_CONDITION_TREE_H_
