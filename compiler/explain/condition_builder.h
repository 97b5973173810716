// Expressions to the condition trees of explanations.
//
//   Explanations explanations;
//   ConditionBuilder builder(&schema, &explanations);
//   clause.condition = builder.Build(clause_body);
//   builder.Finish();
//
// `&&`, `||` and `!` become conditions; whatever else is boolean becomes an
// atom, with the attributes that it reads and the changes that should give it
// another outcome. A change is said only where it is plain from the form of
// the expression (`path == value`, `path.contains(value)`, bounds, booleans);
// whether it helps in the whole of its policy is found out by trying it.
#ifndef SEKISHO_COMPILER_EXPLAIN_CONDITION_BUILDER_H_
#define SEKISHO_COMPILER_EXPLAIN_CONDITION_BUILDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "compiler/plan/program_builder.h"
#include "engine/graph/explanation.h"
#include "engine/model/schema.h"

namespace sekisho {

class ConditionBuilder {
 public:
  // Both must outlive this object.
  ConditionBuilder(const Schema* schema, Explanations* out)
      : schema_(*schema), out_(*out) {}

  // The condition that holds where `expr` is true, fails where it is false and
  // errs where it errs. Equal expressions are one condition.
  uint32_t Build(const ExprPtr& expr);

  // Puts the programs into the explanations. No building after this.
  void Finish();

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
  // Keeps the keys of `built_` alive.
  std::vector<ExprPtr> kept_;
  absl::flat_hash_map<const Expr*, uint32_t> built_;
  absl::flat_hash_map<std::tuple<ConditionKind, std::vector<uint32_t>>,
                      uint32_t>
      conditions_;
  absl::flat_hash_map<Program, TestIndex> tests_;
  absl::flat_hash_map<AttributePath, uint32_t> paths_;
};

// The variable and attributes that `expr` is, if it is nothing else.
std::optional<AttributePath> PathOf(const Expr& expr);

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_EXPLAIN_CONDITION_BUILDER_H_
