// Expressions to the condition trees of explanations.
//
//   Explanations part;
//   ConditionBuilder builder(&schema, &constants, &part);
//   clause.condition = builder.Build(clause_body);
//   builder.EndPart();
//
// `&&`, `||` and `!` become conditions; whatever else is boolean becomes an
// atom, with the attributes that it reads and the changes that should give it
// another outcome. A change is said only where it is plain from the form of
// the expression (`path == value`, `path.contains(value)`, bounds, booleans);
// whether it helps in the whole of its policy is found out by trying it.
#ifndef SEKISHO_COMPILER_EXPLAIN_CONDITION_BUILDER_H_
#define SEKISHO_COMPILER_EXPLAIN_CONDITION_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "compiler/plan/program_builder.h"
#include "engine/base/interner.h"
#include "engine/graph/explanation.h"
#include "engine/model/schema.h"

namespace sekisho {

class ConditionBuilder {
 public:
  // All must outlive this object.
  ConditionBuilder(const Schema* schema, ConstantCache* constants,
                   Explanations* out)
      : schema_(*schema), out_(*out), programs_(constants) {}

  // The condition that holds where `expr` is true, fails where it is false and
  // errs where it errs. Equal expressions are one condition.
  uint32_t Build(const ExprPtr& expr);

  // Completes the part: with what its programs refer to, but for what earlier
  // parts have. What is built from here on belongs to the next part, for which
  // the explanations are to be emptied; indices count on.
  void EndPart();

 private:
  uint32_t BuildNew(const ExprPtr& expr);
  uint32_t Combine(ConditionKind kind, std::vector<uint32_t> operands);
  uint32_t BuildAtom(const Expr& expr);
  // a.containsAll([b, c]) as a.contains(b) && a.contains(c), where that is the
  // same.
  std::optional<uint32_t> BuildContainsAll(const Expr& expr);

  TestIndex AddProgram(const Expr& expr);
  uint32_t AddPath(const AttributePath& path);
  void AddReads(const Expr& expr, std::vector<uint32_t>* reads);

  void AddEdits(const Expr& expr, Condition* atom);
  void AddEqual(const Expr& a, const Expr& b, std::vector<EditPlan>* edits);
  // a < b, or with `or_equal` a <= b.
  void AddLess(const ExprPtr& a, const ExprPtr& b, bool or_equal,
               std::vector<EditPlan>* edits);
  void AddCall(const Expr& expr, Condition* atom);
  void AddActions(const Expr& ancestors, std::vector<EditPlan>* edits);
  // Does nothing where `path` is no path that can be changed.
  void AddEdit(EditKind kind, const Expr& path, const Expr& value,
               std::vector<EditPlan>* edits);

  const Schema& schema_;
  Explanations& out_;
  ProgramBuilder programs_;
  // Of this part, keeping its keys alive.
  absl::flat_hash_map<ExprPtr, uint32_t> built_;
  // By index of the condition: its kind, and its operands or its test.
  SequenceInterner<uint32_t> conditions_;
  // By TestIndex.
  SequenceInterner<uint32_t> tests_;
  absl::flat_hash_map<AttributePath, uint32_t> paths_;
  // What earlier parts have.
  struct {
    size_t code = 0, constants = 0, names = 0, patterns = 0, shapes = 0;
  } before_;
};

// The variable and attributes that `expr` is, if it is nothing else.
std::optional<AttributePath> PathOf(const Expr& expr);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_EXPLAIN_CONDITION_BUILDER_H_
