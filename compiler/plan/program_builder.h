// Expressions to predicate programs, and the tables that programs refer to.
#ifndef SEKISHO_COMPILER_PLAN_PROGRAM_BUILDER_H_
#define SEKISHO_COMPILER_PLAN_PROGRAM_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/cedar/ast.h"
#include "engine/base/interner.h"
#include "engine/graph/graph.h"
#include "engine/model/value.h"

namespace sekisho {

using Program = std::vector<uint32_t>;

// The value of an expression that has the same in every request: a literal, a
// constructor of an extension type with a valid text, a set or record of
// nothing else.
std::optional<Value> ConstantOf(const Expr& expr);

// How many values the program of `expr` has on its stack at most, or more. Many
// where it makes a set or record of many values that are not constants; a
// program with more than kMaxProgramStack is refused.
size_t StackOf(const Expr& expr);

// The values of large sets: programs that are made of one expression share one
// value. Keeps the expressions alive until Clear().
class ConstantCache {
 public:
  // REQUIRES: `set` is constant.
  const Value& Of(const ExprPtr& set);
  void Clear() { values_.clear(); }

 private:
  absl::flat_hash_map<ExprPtr, Value> values_;
};

// The tables grow with every program; each entry is in them once.
class ProgramBuilder {
 public:
  // `cache`, which may be null, must outlive this object.
  explicit ProgramBuilder(ConstantCache* cache = nullptr) : cache_(cache) {}

  Program Compile(const Expr& expr);
  // Whether the entity that `expr` evaluates to is in the store.
  Program CompileExists(const Expr& expr);

  // What programs refer to.
  void CopyTables(DecisionGraph* graph) const;
  const std::deque<Value>& constants() const { return constants_.entries(); }
  const std::deque<std::string>& names() const { return names_.entries(); }
  const std::deque<std::vector<std::string>>& patterns() const {
    return patterns_.entries();
  }
  const std::deque<std::vector<std::string>>& shapes() const {
    return shapes_.entries();
  }

 private:
  void Emit(const Expr& expr, Program* code);
  void EmitOperands(const Expr& expr, Program* code);
  void EmitConnective(const Expr& expr, Program* code);
  void EmitIf(const Expr& expr, Program* code);
  void EmitIs(const Expr& expr, Program* code);
  void EmitRecord(const Expr& expr, Program* code);
  void EmitCall(const Expr& expr, Program* code);

  ConstantCache* const cache_;
  Interner<Value> constants_;
  Interner<std::string> names_;
  Interner<std::vector<std::string>> patterns_;
  Interner<std::vector<std::string>> shapes_;
};

}  // namespace sekisho

#endif  // SEKISHO_COMPILER_PLAN_PROGRAM_BUILDER_H_
